// One job: how it stands, device by device, what was printed, what was signed; and what can be done about it.
import { Badge, Box, Skeleton, Tabs, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { api, take } from '../../api/client.ts';
import { useText } from '../../app/text.ts';
import { HistoryLink } from '../../parts/HistoryLink.tsx';
import { PageHead } from '../../parts/PageHead.tsx';
import { Problem } from '../../parts/Problem.tsx';
import { useSearchState } from '../../parts/search-state.ts';
import { When } from '../../parts/When.tsx';
import type { Job } from '../../signing/api.ts';
import { JobStatus } from '../../signing/states.tsx';
import { Actions } from './Actions.tsx';
import { Details } from './Details.tsx';
import { useLiveJob } from './live.ts';
import { Outputs } from './Outputs.tsx';
import { RunDrawer } from './RunDrawer.tsx';
import { Runs } from './Runs.tsx';
import { Standing } from './Standing.tsx';
import { jobSearch, tabs } from './search.ts';
import { text } from './text.ts';

/** Besides what the stream tells: a job may change while the stream is broken, ms. */
const EVERY_MS = 10_000;

export function View() {
  const say = useText(text);
  const { id = '' }: { id?: string } = useParams({ strict: false });
  const job = useQuery({
    queryKey: ['job', id],
    queryFn: () => take(api.GET('/api/v1/jobs/{id}', { params: { path: { id } } })),
    refetchInterval: ({ state }) => (state.data?.endedAt == null ? EVERY_MS : false),
  });
  if (job.isError && job.data === undefined)
    return <Problem error={job.error} what={say('loadFailed')} retry={() => void job.refetch()} />;
  return job.data === undefined ? <Skeleton h={400} /> : <Shown job={job.data} />;
}

function Shown({ job }: { readonly job: Job }) {
  const say = useText(text);
  const [state, set] = useSearchState(jobSearch);
  const live = useLiveJob(job.id, job);
  const tab = state.tab ?? 'devices';
  const names = { devices: say('tabDevices'), outputs: say('tabOutputs'), details: say('tabDetails') };
  return (
    <>
      <Box
        pos="sticky"
        top="var(--app-shell-header-offset, 0px)"
        bg="var(--mantine-color-body)"
        py={4}
        style={{ zIndex: 5 }}
      >
        <PageHead
          title={job.kind}
          crumbs={[{ label: say('jobs'), to: '/jobs' }]}
          beside={
            <>
              <JobStatus job={job} />
              {job.dryRun && (
                <Badge variant="outline" color="gray" tt="none">
                  {say('dryRun')}
                </Badge>
              )}
            </>
          }
          actions={<Actions job={job} />}
        />
      </Box>
      <Text size="sm" c="dimmed" mb="sm">
        {`${say('askedBy', { who: job.requester, why: job.reason })} · ${say('ordered')} `}
        <When at={job.createdAt} />
        {' · '}
        <HistoryLink subject={job.id} />
      </Text>
      <Standing job={job} />
      <Tabs
        mt="md"
        value={tab}
        onChange={(next) => set({ tab: tabs.find((one) => one === next) ?? null }, { replace: true })}
        keepMounted={false}
      >
        <Tabs.List mb="sm">
          {tabs.map((one) => (
            <Tabs.Tab key={one} value={one}>
              {names[one]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="devices">
          <Runs job={job} state={state} set={set} />
        </Tabs.Panel>
        <Tabs.Panel value="outputs">
          <Outputs job={job} state={state} set={set} live={live} />
        </Tabs.Panel>
        <Tabs.Panel value="details">
          <Details job={job} />
        </Tabs.Panel>
      </Tabs>
      <RunDrawer
        job={job}
        state={state}
        onClose={() => set({ run: null, line: null })}
        live={state.run === undefined ? undefined : live.outputs.get(state.run)}
      />
    </>
  );
}
