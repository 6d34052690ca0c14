// How a job stands: progress, devices by state as links, what it waits for, and for how long it can still be taken back.
import { Alert, Badge, Button, Group, List, Stack, Text } from '@mantine/core';
import { matchesKind } from '@muster/protocol/commands';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { api, take } from '../../api/client.ts';
import { useText } from '../../app/text.ts';
import { useFormat } from '../../parts/format.ts';
import { useNow } from '../../parts/now.ts';
import { Problem } from '../../parts/Problem.tsx';
import type { HaltView, Job } from '../../signing/api.ts';
import { GoLink } from '../../signing/Go.tsx';
import { ProgressBar } from '../../signing/ProgressBar.tsx';
import { countFailed, RunStatus, runStates } from '../../signing/states.tsx';
import { useJobAct } from './Actions.tsx';
import { text } from './text.ts';

/** A job that begins so soon can be taken back as if it had never been ordered, ms. */
const TAKE_BACK_MS = 60_000;

export function Standing({ job }: { readonly job: Job }) {
  return (
    <Stack gap="sm">
      <TakeBack job={job} />
      <ProgressBar job={job} isWide />
      <CountLinks job={job} />
      <Notices job={job} />
      <Rings job={job} />
    </Stack>
  );
}

function CountLinks({ job: { counts } }: { readonly job: Job }) {
  const say = useText(text);
  const format = useFormat();
  return (
    <Group gap="md" component="nav" aria-label={say('counts')}>
      {runStates
        .filter((state) => (counts[state] ?? 0) > 0)
        .map((state) => (
          <GoLink
            key={state}
            to="."
            search={{ tab: 'devices', state }}
            inherit={false}
            c="inherit"
            size="sm"
            underline="always"
            style={{ display: 'inline-flex', gap: 6, minHeight: 24, alignItems: 'center' }}
          >
            <Text span inherit fw={600} className="tabular">
              {format.number(counts[state] ?? 0)}
            </Text>
            <RunStatus state={state} />
          </GoLink>
        ))}
    </Group>
  );
}

/** Halts that hold this job. */
function useHolding({ id, kind, endedAt }: Job) {
  const { data } = useQuery({
    queryKey: ['halts'],
    queryFn: async () => (await take(api.GET('/api/v1/halts'))).halts,
    enabled: endedAt === null,
    retry: false,
  });
  return (data ?? []).filter(({ state, what, scope }) => {
    if (state !== 'in-force') return false;
    if (what === 'command') return scope === id;
    return what === 'all' || matchesKind(scope, kind);
  });
}

/** What it waits for, and what is not as it should be, as sentences. */
function useSentences(job: Job, holding: readonly HaltView[]): string[] {
  const say = useText(text);
  const format = useFormat();
  const nowMs = useNow();
  const { state, held, counts, notAfter, endedAt } = job;
  const queued = counts.queued ?? 0;
  const unknown = counts.unknown ?? 0;
  const untilMs = Date.parse(notAfter);
  const left = untilMs > nowMs ? format.relative(untilMs, nowMs) : say('leftOver');
  return [
    ...holding.map(({ requester, until }) =>
      say('haltedBy', { who: requester, until: format.exact(Date.parse(until)) }),
    ),
    ...(state === 'held' ? [say('held', { why: held ?? '' })] : []),
    ...(state === 'canceled' ? [say('canceledWhy', { why: held ?? '' })] : []),
    ...(queued > 0 && endedAt === null
      ? [say('waiting', { count: queued, shown: format.number(queued), until: format.exact(untilMs), left })]
      : []),
    ...(unknown > 0 ? [say('unknown', { count: unknown, shown: format.number(unknown) })] : []),
  ];
}

function Notices({ job }: { readonly job: Job }) {
  const say = useText(text);
  const holding = useHolding(job);
  const sentences = useSentences(job, holding);
  const { state, signers, needed } = job;
  return (
    <>
      {state === 'awaiting-signatures' && (
        <Alert variant="light" color="orange" p="xs">
          <Text size="sm">{say('needsSignature', { signers: signers.length, needed })}</Text>
          <GoLink to="/approvals" inherit={false} size="sm">
            {say('toApprovals')}
          </GoLink>
        </Alert>
      )}
      {sentences.length > 0 && (
        <Alert variant="light" color={holding.length > 0 || state === 'held' ? 'orange' : 'gray'} p="xs">
          {sentences.map((sentence) => (
            <Text key={sentence} size="sm">
              {sentence}
            </Text>
          ))}
        </Alert>
      )}
    </>
  );
}

/** Whole seconds until a moment; ticks while it is to come. */
function useSecondsTo(atMs: number): number {
  const [nowMs, setNow] = useState(Date.now());
  const isToCome = atMs > nowMs;
  useEffect(() => {
    if (!isToCome) return;
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [isToCome]);
  return Math.max(0, Math.ceil((atMs - nowMs) / 1_000));
}

function TakeBack({ job }: { readonly job: Job }) {
  const say = useText(text);
  const act = useJobAct(job.id);
  const seconds = useSecondsTo(Date.parse(job.notBefore));
  if (job.state !== 'scheduled' || seconds === 0 || seconds * 1_000 > TAKE_BACK_MS) return null;
  return (
    <Alert variant="light" color="blue" p="xs">
      <Group justify="space-between">
        <Text size="sm" className="tabular">
          {say('startsIn', { seconds })}
        </Text>
        <Button
          size="compact-sm"
          loading={act.isPending}
          onClick={() => act.mutate({ act: 'cancel', reason: say('takenBack') })}
        >
          {say('takeBack')}
        </Button>
      </Group>
      {act.isError && <Problem error={act.error} what={say('actFailed')} />}
    </Alert>
  );
}

/** Rings of a roll-out: which is done, which is under way, which comes next, and what stops it. */
function Rings({ job: { options, counts, targets } }: { readonly job: Job }) {
  const say = useText(text);
  const format = useFormat();
  const { batches, stopAtFailures } = options;
  if (batches.length === 0) return null;
  const begun = targets - (counts.queued ?? 0);
  const sizes = batches.map((percent) => Math.ceil((targets * percent) / 100));
  const now = sizes.findIndex((size) => size >= begun);
  const standing = (at: number) => (at < now ? 'ringDone' : at === now ? 'ringNow' : 'ringNext');
  return (
    <section aria-label={say('rings')}>
      <List size="sm" listStyleType="none">
        {batches.map((percent, at) => (
          <List.Item key={percent}>
            <Group gap="xs">
              {say('ring', { n: at + 1, percent, count: format.number(sizes[at] ?? 0) })}
              <Badge size="sm" variant="light" color={at === now ? 'blue' : 'gray'} tt="none">
                {say(standing(at))}
              </Badge>
            </Group>
          </List.Item>
        ))}
      </List>
      {stopAtFailures !== null && (
        <Text size="sm" c="dimmed">
          {say('gate', {
            limit: format.number(stopAtFailures),
            now: format.number(countFailed(counts)),
          })}
        </Text>
      )}
    </section>
  );
}
