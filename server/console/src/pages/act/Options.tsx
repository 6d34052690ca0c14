// When and how: why, from and until, how many at a time, rings, when it stops by itself.
import { Checkbox, NumberInput, Select, SimpleGrid, Stack, TextInput } from '@mantine/core';
import type { CommandClass } from '@muster/protocol';
import { useText } from '../../app/text.ts';
import { parseBatches } from './fields.ts';
import { text } from './text.ts';

/** What a person chose, as the fields hold it. */
export interface OptionValues {
  readonly reason: string;
  /** As the browser's field has it, local time; empty: at once. */
  readonly start: string;
  readonly expiresMs: number;
  readonly concurrency: number | null;
  readonly batches: string;
  readonly stopAtFailures: number | null;
  readonly isUndoable: boolean;
}

export const initialOptions: OptionValues = {
  reason: '',
  start: '',
  expiresMs: 3_600_000,
  concurrency: null,
  batches: '',
  stopAtFailures: null,
  isUndoable: true,
};

/** Times after which it expires. */
const spans = [
  ['m15', 900_000],
  ['h1', 3_600_000],
  ['h4', 14_400_000],
  ['d1', 86_400_000],
  ['d7', 604_800_000],
  ['d30', 2_592_000_000],
] as const;
const DESTRUCTIVE_MOST_MS = 86_400_000;

interface Props {
  readonly values: OptionValues;
  readonly onChange: (change: Partial<OptionValues>) => void;
  readonly commandClass: CommandClass;
  /** A wait to take it back makes sense. */
  readonly mayUndo: boolean;
}

/** When a job of a class is held by itself, in words. */
export function useUsualStop(commandClass: CommandClass): string {
  const say = useText(text);
  if (commandClass === 'routine') return say('stopNever');
  return commandClass === 'destructive' ? say('stopFirst') : say('stopUsual');
}

export function Options({ values, onChange, commandClass, mayUndo }: Props) {
  const say = useText(text);
  const usual = useUsualStop(commandClass);
  const numberOf = (value: string | number) => (typeof value === 'number' ? value : null);
  const offered = spans.filter(([, ms]) => commandClass !== 'destructive' || ms <= DESTRUCTIVE_MOST_MS);
  return (
    <Stack gap="sm">
      <TextInput
        label={say('reason')}
        description={say('reasonHelp')}
        maxLength={512}
        value={values.reason}
        onChange={({ currentTarget }) => onChange({ reason: currentTarget.value })}
      />
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        <TextInput
          type="datetime-local"
          label={say('start')}
          description={say('startHelp')}
          value={values.start}
          onChange={({ currentTarget }) => onChange({ start: currentTarget.value })}
        />
        <Select
          label={say('expires')}
          description={say('expiresHelp')}
          data={offered.map(([name, ms]) => ({ value: String(ms), label: say(name) }))}
          value={String(values.expiresMs)}
          allowDeselect={false}
          onChange={(next) => onChange({ expiresMs: Number(next) })}
        />
        <NumberInput
          label={say('concurrency')}
          description={say('concurrencyHelp')}
          min={1}
          allowDecimal={false}
          value={values.concurrency ?? ''}
          onChange={(next) => onChange({ concurrency: numberOf(next) })}
        />
        <NumberInput
          label={say('stopAt')}
          description={say('stopAtHelp', { usual })}
          min={1}
          allowDecimal={false}
          value={values.stopAtFailures ?? ''}
          onChange={(next) => onChange({ stopAtFailures: numberOf(next) })}
        />
      </SimpleGrid>
      <TextInput
        label={say('batches')}
        description={say('batchesHelp')}
        value={values.batches}
        error={parseBatches(values.batches) === null && say('badBatches')}
        onChange={({ currentTarget }) => onChange({ batches: currentTarget.value })}
      />
      {mayUndo && (
        <Checkbox
          label={say('undoable')}
          checked={values.isUndoable}
          onChange={({ currentTarget }) => onChange({ isUndoable: currentTarget.checked })}
        />
      )}
    </Stack>
  );
}
