// What is to be done: the kind, with its class, and its parameters as fields.
import { Badge, Select, Stack } from '@mantine/core';
import { classOf, type ReadonlyTrust } from '@muster/protocol';
import { type CommandKind, commandKinds, isCommandKind } from '@muster/protocol/commands';
import { useText } from '../../app/text.ts';
import { kindText } from '../../signing/kind-texts.ts';
import { text as signingText } from '../../signing/text.ts';
import { ContentFields } from './ContentFields.tsx';
import { FieldInput } from './FieldInput.tsx';
import type { Field, FieldName } from './fields.ts';
import { text } from './text.ts';

interface Props {
  readonly trust: ReadonlyTrust;
  readonly kind: CommandKind | null;
  readonly onKind: (kind: CommandKind) => void;
  readonly fields: readonly Field[];
  readonly args: Readonly<Record<string, unknown>>;
  readonly onArgs: (change: Readonly<Record<string, unknown>>) => void;
  readonly wrong: FieldName | null;
}

/** Classes of commands, the milder first. */
const classes = ['routine', 'privileged', 'code', 'destructive'] as const;

/** The class of a kind, with what it asks for on hover. */
export function ClassBadge({ commandClass }: { readonly commandClass: ReturnType<typeof classOf> }) {
  const say = useText(signingText);
  const color = { routine: 'gray', privileged: 'blue', code: 'orange', destructive: 'red' }[commandClass];
  return (
    <Badge color={color} variant="light" title={say(`about/${commandClass}`)} tt="none">
      {say(commandClass)}
    </Badge>
  );
}

export function KindForm({ trust, kind, onKind, fields, args, onArgs, wrong }: Props) {
  const say = useText(text);
  const sayKind = useText(kindText);
  const sayClass = useText(signingText);
  const use = kind === 'script.run' ? 'script' : kind === 'file.put' ? 'file' : null;
  const own = fields.filter(({ name }) => use === null || !['content', 'parameters', 'runAs'].includes(name));
  return (
    <Stack gap="sm">
      <Select
        label={say('kind')}
        description={say('kindHelp')}
        placeholder={say('choose')}
        searchable
        allowDeselect={false}
        maxDropdownHeight={420}
        data={classes.map((commandClass) => ({
          group: sayClass(commandClass),
          items: commandKinds
            .filter((one) => classOf(one, trust.classes) === commandClass)
            .map((one) => ({ value: one, label: `${sayKind(`${one}/name`)} · ${one}` })),
        }))}
        value={kind}
        onChange={(next) => {
          if (next !== null && isCommandKind(next)) onKind(next);
        }}
      />
      {use !== null && <ContentFields use={use} args={args} onChange={onArgs} />}
      {own.map((field) => (
        <FieldInput
          key={`${kind} ${field.name}`}
          field={field}
          value={args[field.name]}
          isWrong={wrong === field.name}
          onChange={(value) => onArgs({ [field.name]: value })}
        />
      ))}
    </Stack>
  );
}
