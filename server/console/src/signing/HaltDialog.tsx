// Stops everything, a kind or a job at once: by a gesture, or by the line for a terminal.
import { Button, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { toUnsigned } from '@muster/protocol';
import { commandKinds, draftHalt, HALT_TYPE, type HaltScope } from '@muster/protocol/commands';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, take } from '../api/client.ts';
import { texts, useText } from '../app/text.ts';
import { Dialog } from '../parts/Dialog.tsx';
import { formatShortSpan } from '../parts/format/short-span.ts';
import { Problem } from '../parts/Problem.tsx';
import { quoteWord } from '../parts/shell.ts';
import { CliCommand } from './CliCommand.tsx';
import { newId } from './order.ts';
import { type Signing, useSigning } from './use-signing.ts';

const text = texts({
  en: {
    title: 'Halt',
    happens:
      'At once nothing of this starts on any device, and what runs and can be stopped is stopped. It ends by itself; lifting it earlier needs the command line.',
    scope: 'What is to stop',
    all: 'Everything',
    kind: 'A kind of command',
    job: 'This job: {{id}}',
    which: 'Which kind',
    whichHelp: 'A whole subject with .*, as service.*',
    long: 'How long',
    h1: '1 hour',
    h4: '4 hours',
    d1: '1 day',
    d7: '7 days',
    reason: 'Why',
    usual: 'Stopped from the console.',
    now: 'Sign and halt now',
    cancel: 'Close',
    failed: 'Nothing was halted',
    line: 'In a terminal',
  },
  de: {
    title: 'Halt',
    happens:
      'Sofort beginnt nichts davon mehr, auf keinem Gerät, und was läuft und sich anhalten lässt, wird angehalten. Es endet von selbst; früher aufheben geht nur mit der Befehlszeile.',
    scope: 'Was anhalten soll',
    all: 'Alles',
    kind: 'Eine Art von Befehl',
    job: 'Dieser Auftrag: {{id}}',
    which: 'Welche Art',
    whichHelp: 'Ein ganzes Gebiet mit .*, etwa service.*',
    long: 'Wie lange',
    h1: '1 Stunde',
    h4: '4 Stunden',
    d1: '1 Tag',
    d7: '7 Tage',
    reason: 'Warum',
    usual: 'Von der Konsole angehalten.',
    now: 'Signieren und sofort anhalten',
    cancel: 'Schließen',
    failed: 'Nichts wurde angehalten',
    line: 'In einem Terminal',
  },
});

const spans = [
  ['h1', 3_600_000],
  ['h4', 14_400_000],
  ['d1', 86_400_000],
  ['d7', 604_800_000],
] as const;

interface Props {
  readonly opened: boolean;
  readonly onClose: () => void;
  /** The job that is meant at first; absent: everything is. */
  readonly job?: string;
}

export function HaltDialog({ opened, onClose, job }: Props) {
  const say = useText(text);
  const signing = useSigning();
  return (
    <Dialog opened={opened} onClose={onClose} title={say('title')}>
      {signing !== null && <Form signing={signing} onClose={onClose} job={job} />}
    </Dialog>
  );
}

/** What is halted, as the line for a terminal says it. */
function wordsOf(scope: HaltScope): string[] {
  if (scope.what === 'all') return ['--all'];
  return scope.what === 'kind' ? ['--kind', scope.kind] : ['--job', scope.cmdId];
}

/** Subjects as a whole and every kind. */
const patterns = [...new Set(commandKinds.map((kind) => `${kind.split('.')[0] ?? kind}.*`)), ...commandKinds];

function toScope(what: string, kind: string, job: string | undefined): HaltScope {
  if (what === 'command' && job !== undefined) return { what, cmdId: job };
  return what === 'kind' ? { what, kind } : { what: 'all' };
}

interface FormProps {
  readonly signing: Signing;
  readonly onClose: () => void;
  readonly job: string | undefined;
}

interface Values {
  readonly what: string;
  readonly kind: string;
  readonly forMs: number;
  readonly reason: string;
}

function useHalt({ signing, onClose, job }: FormProps, values: Values) {
  const queries = useQueryClient();
  const wish = { role: 'halt', kind: '', commandClass: 'routine' } as const;
  const way = signing.wayOf(wish);
  const scope = toScope(values.what, values.kind, job);
  const halt = useMutation({
    mutationFn: async () => {
      if (way.by !== 'passkey') throw new Error('signing by passkey is not possible here');
      const { trust } = signing;
      const nowMs = Date.now();
      const document = draftHalt(trust, {
        ...{ haltId: newId('hlt'), scope, requester: way.signer, reason: values.reason },
        at: new Date(nowMs).toISOString(),
        until: new Date(nowMs + values.forMs).toISOString(),
      });
      const envelope = await signing.seal(toUnsigned(HALT_TYPE, document), way);
      return take(api.POST('/api/v1/halts', { body: { envelope } }));
    },
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['halts'] });
      onClose();
    },
  });
  const line = [
    'muster',
    'halt',
    ...wordsOf(scope),
    '--for',
    formatShortSpan(values.forMs),
    '--reason',
    values.reason,
  ];
  return { halt, way, wish, line: line.map(quoteWord).join(' ') };
}

function Form(props: FormProps) {
  const { signing, onClose, job } = props;
  const say = useText(text);
  const [values, setValues] = useState<Values>({
    what: job === undefined ? 'all' : 'command',
    ...{ kind: 'service.*', forMs: 3_600_000, reason: say('usual') },
  });
  const change = (part: Partial<Values>) => setValues((before) => ({ ...before, ...part }));
  const { halt, way, wish, line } = useHalt(props, values);
  return (
    <Stack gap="sm">
      <Text size="sm">{say('happens')}</Text>
      <Select
        label={say('scope')}
        allowDeselect={false}
        data={[
          ...(job === undefined ? [] : [{ value: 'command', label: say('job', { id: job }) }]),
          { value: 'kind', label: say('kind') },
          { value: 'all', label: say('all') },
        ]}
        value={values.what}
        onChange={(what) => change({ what: what ?? 'all' })}
      />
      {values.what === 'kind' && (
        <Select
          label={say('which')}
          description={say('whichHelp')}
          searchable
          allowDeselect={false}
          data={patterns}
          value={values.kind}
          onChange={(kind) => change({ kind: kind ?? 'service.*' })}
        />
      )}
      <Select
        label={say('long')}
        allowDeselect={false}
        data={spans.map(([name, ms]) => ({ value: String(ms), label: say(name) }))}
        value={String(values.forMs)}
        onChange={(ms) => change({ forMs: Number(ms) })}
      />
      <TextInput
        label={say('reason')}
        maxLength={512}
        value={values.reason}
        onChange={({ currentTarget }) => change({ reason: currentTarget.value })}
      />
      {halt.isError && <Problem error={halt.error} what={say('failed')} />}
      {way.by === 'passkey' ? (
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {say('cancel')}
          </Button>
          <Button
            color="red"
            loading={halt.isPending}
            disabled={values.reason.trim() === ''}
            onClick={() => halt.mutate()}
            data-autofocus
          >
            {say('now')}
          </Button>
        </Group>
      ) : (
        <CliCommand way={way} wish={wish} trust={signing.trust} lines={[{ label: say('line'), line }]} />
      )}
    </Stack>
  );
}
