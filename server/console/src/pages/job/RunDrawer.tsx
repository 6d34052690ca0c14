// One run: where it stands, what the device says, whether its own key signed the result, and its output.
import { Alert, Anchor, Group, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api, take } from '../../api/client.ts';
import { useText } from '../../app/text.ts';
import { Dialog } from '../../parts/Dialog.tsx';
import { Problem } from '../../parts/Problem.tsx';
import { Status } from '../../parts/Status.tsx';
import { When } from '../../parts/When.tsx';
import type { Job } from '../../signing/api.ts';
import { GoButton, GoLink } from '../../signing/Go.tsx';
import { stateText } from '../../signing/job-texts.ts';
import { RunStatus } from '../../signing/states.tsx';
import { Output } from './Output.tsx';
import type { JobState } from './search.ts';
import { text } from './text.ts';

/** While the job is open the run is read again so often, ms. */
const EVERY_MS = 2_000;

interface Props {
  readonly job: Job;
  readonly state: JobState;
  readonly onClose: () => void;
  /** What it has printed so far, as it came. */
  readonly live: string | undefined;
}

function useRun(job: Job, deviceId: string | undefined) {
  const { id } = job;
  return useQuery({
    queryKey: ['runs', id, 'one', deviceId],
    queryFn: () =>
      take(
        api.GET('/api/v1/jobs/{id}/runs/{deviceId}', { params: { path: { id, deviceId: deviceId ?? '' } } }),
      ),
    enabled: deviceId !== undefined,
    refetchInterval: job.endedAt === null ? EVERY_MS : false,
  });
}

export function RunDrawer({ job, state, onClose, live }: Props) {
  const say = useText(text);
  const run = useRun(job, state.run);
  return (
    <Dialog
      opened={state.run !== undefined}
      onClose={onClose}
      isSide
      size="xl"
      title={say('run', { name: run.data?.hostname ?? state.run ?? '' })}
    >
      {run.isError && <Problem error={run.error} what={say('runFailed')} retry={() => void run.refetch()} />}
      {run.isPending && <Skeleton h={200} />}
      {run.data !== undefined && <Whole run={run.data} job={job} line={state.line} live={live} />}
    </Dialog>
  );
}

type Run = NonNullable<ReturnType<typeof useRun>['data']>;

function Whole({
  run,
  job,
  line,
  live,
}: {
  readonly run: Run;
  readonly job: Job;
  readonly line: number | undefined;
  readonly live: string | undefined;
}) {
  const say = useText(text);
  const sayState = useText(stateText);
  const body = run.output ?? live ?? '';
  const says = [run.code, run.message].filter((one) => one !== null && one !== '').join(' · ');
  return (
    <Stack gap="sm">
      <Group gap="md">
        <RunStatus state={run.state} />
        {run.exit !== null && <Text size="sm">{`${say('exit')}: ${run.exit}`}</Text>}
        {run.at !== null && (
          <Text size="sm">
            <When at={run.at} />
          </Text>
        )}
        <GoLink to={`/devices/${run.deviceId}`} inherit={false} size="sm">
          {say('toDevice')}
        </GoLink>
      </Group>
      <Text size="sm" c="dimmed">
        {sayState(`about/${run.state}`)}
      </Text>
      {says !== '' && <Text size="sm">{says}</Text>}
      {run.state === 'waiting-person' && <Decide job={job} deviceId={run.deviceId} />}
      <Text size="sm" component="div">
        <Signature isGenuine={run.isGenuine} />
      </Text>
      {job.kind === 'file.fetch' && run.state === 'succeeded' && (
        <Anchor href={`/api/v1/jobs/${job.id}/runs/${run.deviceId}/file`} download size="sm">
          {say('fetched')}
        </Anchor>
      )}
      {run.truncated && (
        <Text size="sm" c="dimmed">
          {say('truncated')}
        </Text>
      )}
      {body === '' ? <Text size="sm">{say('noOutput')}</Text> : <Output body={body} line={line} />}
    </Stack>
  );
}

function Signature({ isGenuine }: { readonly isGenuine: boolean | null }) {
  const say = useText(text);
  if (isGenuine === null) return <Status tone="idle" word={say('unsigned')} />;
  if (isGenuine) return <Status tone="good" word={say('genuine')} />;
  return (
    <Alert color="red" role="alert" p="xs">
      {say('forged')}
    </Alert>
  );
}

/** A run that may not repeat itself by itself. */
function Decide({ job, deviceId }: { readonly job: Job; readonly deviceId: string }) {
  const say = useText(text);
  const search = (action: 'again' | 'give-up') => ({
    kind: 'run.resolve',
    args: { command: job.id, action },
    devices: [deviceId],
  });
  return (
    <Alert color="orange" variant="light" p="xs">
      <Text size="sm" mb="xs">
        {say('decide')}
      </Text>
      <Group gap="xs">
        <GoButton to="/act" search={search('again')} size="compact-sm">
          {say('again')}
        </GoButton>
        <GoButton to="/act" search={search('give-up')} size="compact-sm" variant="default">
          {say('giveUp')}
        </GoButton>
      </Group>
    </Alert>
  );
}
