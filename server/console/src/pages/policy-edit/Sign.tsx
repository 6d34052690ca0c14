// The gestures: one for each document, beside what it says, read from the very bytes; the last one hands all in.
import { Alert, Button, Checkbox, Group, Paper, Stack, Text, TextInput, Title } from '@mantine/core';
import type { MadePlan } from '@muster/cli/draft-plan';
import { carriesCode } from '@muster/protocol/policy';
import { IconFingerprint } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { ApiError } from '../../api/client.ts';
import { useMay } from '../../app/session.ts';
import { useText } from '../../app/text.ts';
import { Problem } from '../../parts/Problem.tsx';
import { quoteWord } from '../../parts/shell.ts';
import type { ApiEnvelope } from '../../signing/api.ts';
import { CliCommand } from '../../signing/CliCommand.tsx';
import type { PasskeyWay } from '../../signing/gesture.ts';
import type { Signing } from '../../signing/use-signing.ts';
import { DocumentFacts } from './DocumentFacts.tsx';
import { toProblem } from './failure.ts';
import { applySigned, draftDocuments } from './make-plan.ts';
import { text } from './text.ts';

interface Props {
  readonly made: MadePlan;
  readonly signing: Signing;
  readonly name: string;
  readonly again: () => void;
  readonly onDone: () => void;
}

/** From so many devices on a few are told first, unless somebody wants it otherwise. */
const MANY_DEVICES = 100;

const wish = { role: 'request', kind: '', commandClass: 'privileged' } as const;

/** True where something new or changed brings a program: who signs that must see it by other means than a page. */
function bringsCode({ plan, wanted }: MadePlan): boolean {
  const changed = new Set(plan.changes.map(({ name }) => name));
  return wanted.some(({ policy }) => changed.has(policy.name) && carriesCode(policy));
}

export function Sign(props: Props) {
  const say = useText(text);
  const may = useMay();
  const { made, signing, name } = props;
  const isCode = bringsCode(made);
  const way = isCode ? ({ by: 'cli', why: 'class' } as const) : signing.wayOf(wish);
  const isForTwo = isCode && made.trust.mode === 'hardened';
  const isGone = made.wanted.every(({ policy }) => policy.name !== name);
  if (!may('policies.write')) return <Text size="sm">{say('mayNot')}</Text>;
  if (way.by === 'passkey') return <Gestures {...props} way={way} />;
  const folder = [
    'muster export --to policies',
    ...(isGone ? [`rm policies/${quoteWord(`${name}.yaml`)}`] : []),
  ];
  return (
    <CliCommand
      {...{ way, wish: isCode ? { role: 'request', kind: 'content' } : wish, trust: made.trust }}
      lines={[
        { label: say('lineExport'), line: folder.join(' && ') },
        { label: say(isGone ? 'linePlan' : 'linePlanText', { name }), line: 'muster plan -f policies' },
        ...(isForTwo
          ? [
              { label: say('lineOut'), line: 'muster apply -f policies --out plan.json' },
              { label: say('lineWith'), line: 'muster apply --with plan.json' },
            ]
          : [{ label: say('lineApply'), line: 'muster apply -f policies' }]),
      ]}
    />
  );
}

/** What is signed, one after another; nothing reaches the server before the last one. */
function useGestures({ made, signing, onDone, name, way }: Props & { readonly way: PasskeyWay }) {
  const queries = useQueryClient();
  const [reason, setReason] = useState('');
  const [isInWaves, setInWaves] = useState(made.view.devices >= MANY_DEVICES);
  const [signed, setSigned] = useState<readonly ApiEnvelope[]>([]);
  const [at] = useState(() => new Date().toISOString());
  const written = reason.trim();
  const drafted = useMemo(() => {
    const common = { at, requester: way.signer, reason: written === '' ? `console: ${name}` : written };
    try {
      return { documents: draftDocuments(made, common), error: null };
    } catch (error) {
      return { documents: [], error };
    }
  }, [made, at, way.signer, written, name]);
  const gesture = useMutation({
    mutationFn: async () => {
      const next = drafted.documents[signed.length];
      const all = next === undefined ? signed : [...signed, await signing.seal(next, way)];
      setSigned(all);
      if (all.length < drafted.documents.length) return;
      await applySigned(all, isInWaves);
      await queries.invalidateQueries({ queryKey: ['policies'] });
      onDone();
    },
  });
  return { reason, setReason, isInWaves, setInWaves, signed, drafted, gesture };
}

function Gestures(props: Props & { readonly way: PasskeyWay }) {
  const say = useText(text);
  const { reason, setReason, isInWaves, setInWaves, signed, drafted, gesture } = useGestures(props);
  const { documents } = drafted;
  const at = Math.min(signed.length, documents.length - 1);
  const shown = documents[at];
  if (drafted.error !== null) return <Problem error={toProblem(drafted.error)} what={say('signFailed')} />;
  if (shown === undefined) return null;
  const isLast = at === documents.length - 1;
  const figures = { number: at + 1, all: documents.length };
  return (
    <Paper withBorder p="md" component="section" aria-label={say('sign')}>
      <Stack gap="sm">
        <Title order={2} fz="md">
          {say('sign')}
        </Title>
        <Text size="sm">{say('gestures', { count: documents.length })}</Text>
        <TextInput
          label={say('why')}
          description={say('whyWhat')}
          maxLength={512}
          value={reason}
          disabled={signed.length > 0}
          onChange={({ currentTarget }) => setReason(currentTarget.value)}
        />
        <Checkbox
          label={say('inWaves')}
          description={say('inWavesWhat')}
          checked={isInWaves}
          onChange={({ currentTarget }) => setInWaves(currentTarget.checked)}
        />
        <DocumentFacts unsigned={shown} title={say(isLast ? 'theSet' : 'theRevision', figures)} />
        {gesture.isError && <Failed error={gesture.error} again={props.again} />}
        <Group aria-live="polite">
          <Button
            loading={gesture.isPending}
            leftSection={<IconFingerprint size={16} aria-hidden />}
            onClick={() => gesture.mutate()}
          >
            {say(isLast ? 'signSet' : 'signRevision', figures)}
          </Button>
          {signed.length > 0 && (
            <Text size="sm">{say('signedSoFar', { count: signed.length, ...figures })}</Text>
          )}
        </Group>
      </Stack>
    </Paper>
  );
}

function Failed({ error, again }: { readonly error: unknown; readonly again: () => void }) {
  const say = useText(text);
  if (!(error instanceof ApiError && error.code === 'E_PLAN_MOVED'))
    return <Problem error={toProblem(error)} what={say('signFailed')} />;
  return (
    <Alert role="alert" color="red" variant="light" title={say('signFailed')}>
      <Text size="sm" mb="xs">
        {say('moved')}
      </Text>
      <Button size="compact-sm" variant="default" onClick={again}>
        {say('planAgain')}
      </Button>
    </Alert>
  );
}
