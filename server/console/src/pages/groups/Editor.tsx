// Makes or changes a group; shows at once for how many devices the expression holds, and why it does for one of them.
import { Stack, Text, Textarea } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, take } from '../../api/client.ts';
import { useText } from '../../app/text.ts';
import { Dialog } from '../../parts/Dialog.tsx';
import { findFault } from '../../parts/expression/check.ts';
import { ExpressionField } from '../../parts/expression/ExpressionField.tsx';
import { NameField } from '../../parts/NameField.tsx';
import { Problem } from '../../parts/Problem.tsx';
import { SendForm } from '../../parts/SendForm.tsx';
import { DevicePick } from './DevicePick.tsx';
import { type Group, useExplanation, usePreview } from './data.ts';
import { Explain } from './Explain.tsx';
import { text } from './text.ts';

const WAIT_MS = 300;

interface Props {
  readonly opened: boolean;
  readonly onClose: () => void;
  /** The group to be changed; absent: a new one. */
  readonly group?: Group;
  readonly onSaved?: (group: Group) => void;
}

export function Editor(props: Props) {
  const say = useText(text);
  return (
    <Dialog opened={props.opened} onClose={props.onClose} title={props.group?.name ?? say('new')} size="lg">
      <Form {...props} />
    </Dialog>
  );
}

/** Made anew each time it is opened. */
function Form({ onClose, group, onSaved }: Props) {
  const say = useText(text);
  const queries = useQueryClient();
  const [name, setName] = useState(group?.name ?? '');
  const [description, setDescription] = useState(group?.description ?? '');
  const [expression, setExpression] = useState(group?.expression ?? '');
  const isRight = name.trim() !== '' && findFault(expression) === null;
  const save = async () => {
    const words = { name: name.trim(), description: description.trim() };
    const typed = expression.trim();
    const saved =
      group === undefined
        ? await take(
            api.POST('/api/v1/groups', { body: typed === '' ? words : { ...words, expression: typed } }),
          )
        : await take(
            api.PATCH('/api/v1/groups/{id}', {
              params: { path: { id: group.id } },
              body: { ...words, expression: typed === '' ? null : typed },
            }),
          );
    void queries.invalidateQueries({ queryKey: ['groups'] });
    void queries.invalidateQueries({ queryKey: ['group-members', saved.id] });
    queries.setQueryData(['group', saved.id], saved);
    onSaved?.(saved);
    onClose();
  };
  return (
    <SendForm
      act={group === undefined ? say('create') : say('save')}
      isRight={isRight}
      send={save}
      failed={say('saveFailed')}
      onClose={onClose}
    >
      <NameField label={say('name')} maxLength={64} value={name} onChange={setName} />
      <ExpressionField
        label={say('expression')}
        description={say('expressionHelp')}
        value={expression}
        onChange={setExpression}
        onSubmit={setExpression}
      />
      <Preview expression={expression} />
      <Textarea
        label={say('description')}
        value={description}
        maxLength={500}
        autosize
        minRows={2}
        onChange={(event) => setDescription(event.currentTarget.value)}
      />
    </SendForm>
  );
}

/** For how many devices it holds, and what it says of one of them. */
function Preview({ expression }: { readonly expression: string }) {
  const say = useText(text);
  const [typed] = useDebouncedValue(expression.trim(), WAIT_MS);
  const right = typed === '' || findFault(typed) !== null ? null : typed;
  const preview = usePreview(right);
  const [device, setDevice] = useState<string | null>(null);
  const explanation = useExplanation(device, right);
  if (right === null) return null;
  const count = preview.data?.count ?? null;
  const names = preview.data?.items.map(({ hostname }) => hostname).join(', ') ?? '';
  return (
    <Stack gap="xs">
      <Text size="sm" role="status">
        {count === null ? say('counting') : count === 0 ? say('fitsNone') : say('fits', { count })}
        {names !== '' && ` ${say('fitsSome', { names })}`}
      </Text>
      <DevicePick label={say('tryOn')} value={device} onChange={setDevice} />
      {explanation.data !== undefined && <Explain explanation={explanation.data} />}
      {explanation.isError && <Problem error={explanation.error} />}
    </Stack>
  );
}
