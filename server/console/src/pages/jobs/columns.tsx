// Columns of the list of jobs.
import { Badge, Group, Text } from '@mantine/core';
import { useMemo } from 'react';
import { useText } from '../../app/text.ts';
import { useFormat } from '../../parts/format.ts';
import type { Column } from '../../parts/table/column.ts';
import { When } from '../../parts/When.tsx';
import type { JobSummary } from '../../signing/api.ts';
import { GoLink } from '../../signing/Go.tsx';
import { ProgressBar } from '../../signing/ProgressBar.tsx';
import { countFailed, JobStatus } from '../../signing/states.tsx';
import { text } from './text.ts';

function Kind({ job: { id, kind, dryRun } }: { readonly job: JobSummary }) {
  const say = useText(text);
  return (
    <Group gap={6} wrap="nowrap">
      <GoLink to={`/jobs/${id}`}>{kind}</GoLink>
      {dryRun && (
        <Badge size="xs" variant="outline" color="gray" tt="none">
          {say('dryRun')}
        </Badge>
      )}
    </Group>
  );
}

/** How many failed, as a link to them. */
function Failed({ job: { id, counts } }: { readonly job: JobSummary }) {
  const format = useFormat();
  const count = countFailed(counts);
  if (count === 0)
    return (
      <Text span inherit c="dimmed">
        {format.number(0)}
      </Text>
    );
  return (
    <GoLink to={`/jobs/${id}`} search={{ state: 'failed' }} c="var(--muster-bad)">
      {format.number(count)}
    </GoLink>
  );
}

export function useColumns(): readonly Column<JobSummary>[] {
  const say = useText(text);
  const format = useFormat();
  return useMemo(() => {
    // A column that shows a text as it is.
    const plain = (id: 'reason' | 'requester' | 'id', header: string, width: number) => ({
      ...{ id, header, width },
      cell: (job: JobSummary) => job[id],
      value: (job: JobSummary) => job[id],
    });
    return [
      {
        ...{ id: 'what', header: say('what'), width: 200 },
        cell: (job) => <Kind job={job} />,
        value: ({ kind }) => kind,
      },
      {
        ...{ id: 'state', header: say('state'), width: 160 },
        cell: (job) => <JobStatus job={job} />,
        value: ({ state }) => state,
      },
      { id: 'progress', header: say('progress'), width: 200, cell: (job) => <ProgressBar job={job} /> },
      {
        ...{ id: 'failed', header: say('failed'), width: 90, isNumeric: true },
        cell: (job) => <Failed job={job} />,
        value: ({ counts }) => countFailed(counts),
      },
      plain('reason', say('reason'), 150),
      plain('requester', say('requester'), 90),
      {
        ...{ id: 'created', header: say('created'), width: 140 },
        cell: ({ createdAt }) => <When at={createdAt} />,
        value: ({ createdAt }) => createdAt,
      },
      {
        ...{ id: 'ended', header: say('ended'), width: 140, isHidden: true },
        cell: ({ endedAt }) => <When at={endedAt} never={say('open')} />,
        value: ({ endedAt }) => endedAt,
      },
      {
        ...{ id: 'targets', header: say('targets'), width: 100, isNumeric: true, isHidden: true },
        cell: ({ targets }) => format.number(targets),
        value: ({ targets }) => targets,
      },
      { ...plain('id', say('id'), 270), isHidden: true },
    ];
  }, [say, format]);
}
