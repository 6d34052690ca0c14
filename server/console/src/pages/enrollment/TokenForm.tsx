// What a new token is: one device and one hour, unless said otherwise.
import { Group, NumberInput, Select, Switch, TagsInput, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, take } from '../../api/client.ts';
import { useText } from '../../app/text.ts';
import { DialogForm } from '../../parts/DialogForm.tsx';
import { text } from './text.ts';

const HOUR_MS = 3_600_000;
const spans = { hour: HOUR_MS, day: 24 * HOUR_MS, week: 7 * 24 * HOUR_MS, month: 30 * 24 * HOUR_MS } as const;
type Span = keyof typeof spans;
const LABEL = /^([a-z][a-z0-9_.-]*)=(.*)$/;

interface Wish {
  readonly name: string;
  readonly uses: number;
  readonly expiresInMs: number;
  readonly autoApprove: boolean;
  readonly labels: Readonly<Record<string, string>>;
}

function makeToken(body: Wish) {
  return take(api.POST('/api/v1/enrollment-tokens', { body: { ...body, labels: { ...body.labels } } }));
}

/** A token with its secret, as it is answered this once. */
export type MadeToken = Awaited<ReturnType<typeof makeToken>>;

interface Props {
  readonly onMade: (made: MadeToken) => void;
  readonly onCancel: () => void;
}

export function TokenForm({ onMade, onCancel }: Props) {
  const say = useText(text);
  const queries = useQueryClient();
  const [name, setName] = useState(say('defaultName'));
  const [uses, setUses] = useState<number>(1);
  const [span, setSpan] = useState<Span>('hour');
  const [needsApproval, setNeedsApproval] = useState(false);
  const [labels, setLabels] = useState<string[]>([]);
  const wrong = labels.find((label) => !LABEL.test(label));
  const make = useMutation({
    mutationFn: makeToken,
    onSuccess(made) {
      void queries.invalidateQueries({ queryKey: ['enrollment-tokens'] });
      onMade(made);
    },
  });
  const isRight = name.trim() !== '' && uses >= 1 && wrong === undefined;
  return (
    <DialogForm
      act={say('make')}
      isRight={isRight}
      sending={make}
      failed={say('makeFailed')}
      onSubmit={() =>
        make.mutate({
          name: name.trim(),
          uses,
          expiresInMs: spans[span],
          autoApprove: !needsApproval,
          labels: readLabels(labels),
        })
      }
      onClose={onCancel}
    >
      <TextInput
        data-autofocus
        label={say('name')}
        description={say('nameHelp')}
        value={name}
        maxLength={64}
        required
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <HowOften {...{ uses, setUses, span, setSpan }} />
      <TagsInput
        label={say('labels')}
        description={say('labelsHelp')}
        value={labels}
        onChange={setLabels}
        error={wrong === undefined ? undefined : say('labelWrong', { label: wrong })}
      />
      <Switch
        label={say('approval')}
        description={say('approvalHelp')}
        checked={needsApproval}
        onChange={(event) => setNeedsApproval(event.currentTarget.checked)}
      />
    </DialogForm>
  );
}

interface HowOftenProps {
  readonly uses: number;
  readonly setUses: (uses: number) => void;
  readonly span: Span;
  readonly setSpan: (span: Span) => void;
}

/** How many devices, and for how long. */
function HowOften({ uses, setUses, span, setSpan }: HowOftenProps) {
  const say = useText(text);
  return (
    <Group grow align="flex-start">
      <NumberInput
        label={say('uses')}
        description={say('usesHelp')}
        value={uses}
        min={1}
        max={100_000}
        allowDecimal={false}
        onChange={(value) => setUses(Number(value))}
      />
      <Select
        label={say('expires')}
        description={say('expiresHelp')}
        allowDeselect={false}
        value={span}
        onChange={(value) => value !== null && setSpan(value)}
        data={(Object.keys(spans) as Span[]).map((one) => ({ value: one, label: say(one) }))}
      />
    </Group>
  );
}

function readLabels(labels: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    labels.flatMap((label) => {
      const [, key, value] = LABEL.exec(label) ?? [];
      return key === undefined || value === undefined ? [] : [[key, value]];
    }),
  );
}
