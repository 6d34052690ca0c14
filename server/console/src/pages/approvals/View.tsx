// What waits for a second signature: who asks and why, decoded from the signed bytes; sign, take the line for a terminal, or reject.
import { Skeleton, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api, take } from '../../api/client.ts';
import { useText } from '../../app/text.ts';
import { Empty } from '../../parts/Empty.tsx';
import { PageHead } from '../../parts/PageHead.tsx';
import { Problem } from '../../parts/Problem.tsx';
import { useSigning } from '../../signing/use-signing.ts';
import { ContentCard } from './ContentCard.tsx';
import { JobCard } from './JobCard.tsx';
import { text } from './text.ts';

/** How often it is looked what came, ms; and how many are shown. */
const EVERY_MS = 5_000;
const SHOWN = 100;

/** Jobs and content that lack a signature. */
function useWaiting() {
  const jobs = useQuery({
    queryKey: ['jobs', 'waiting'],
    queryFn: async () => {
      const query = { state: 'awaiting-signatures' as const, limit: SHOWN };
      return (await take(api.GET('/api/v1/jobs', { params: { query } }))).jobs;
    },
    refetchInterval: EVERY_MS,
  });
  const content = useQuery({
    queryKey: ['content', 'waiting'],
    queryFn: async () =>
      (await take(api.GET('/api/v1/content'))).content.filter(({ state }) => state === 'awaiting-signatures'),
    // Who may not see content has only jobs to approve.
    retry: false,
    refetchInterval: EVERY_MS,
  });
  return { jobs, content: content.data ?? [], isContentKnown: !content.isPending };
}

export function View() {
  const say = useText(text);
  const signing = useSigning();
  const { jobs, content, isContentKnown } = useWaiting();
  const isEmpty = jobs.data?.length === 0 && isContentKnown && content.length === 0;
  return (
    <>
      <PageHead title={say('title')} docs="architecture/trust" />
      {jobs.isError && <Problem error={jobs.error} what={say('failed')} retry={() => void jobs.refetch()} />}
      {jobs.isPending && <Skeleton h={300} />}
      {isEmpty && (
        <Empty
          title={say('emptyTitle')}
          why={say('emptyWhy')}
          action={{ label: say('toJobs'), to: '/jobs' }}
          docs="architecture/trust"
        />
      )}
      {signing !== null && !isEmpty && jobs.data !== undefined && (
        <Stack gap="md">
          <Text size="sm" c="dimmed">
            {say('intro')}
          </Text>
          {jobs.data.map(({ id }) => (
            <JobCard key={id} id={id} signing={signing} />
          ))}
          {content.map((one) => (
            <ContentCard key={one.digest} content={one} signing={signing} />
          ))}
        </Stack>
      )}
    </>
  );
}
