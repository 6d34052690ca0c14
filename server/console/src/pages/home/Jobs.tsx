// What is being done to the fleet right now, and what waits for somebody.
import { Skeleton, Text } from '@mantine/core';
import { useText } from '../../app/text.ts';
import { PageLink } from '../../parts/PageLink.tsx';
import { Problem } from '../../parts/Problem.tsx';
import { Status } from '../../parts/Status.tsx';
import { When } from '../../parts/When.tsx';
import { Card } from './Card.tsx';
import { useJobs } from './counts.ts';
import classes from './home.module.css';
import { text } from './text.ts';

const SHOWN = 6;
const underWay = {
  running: ['busy', 'running'],
  held: ['warn', 'held'],
  'awaiting-signatures': ['warn', 'awaiting'],
  scheduled: ['idle', 'scheduled'],
} as const;

function isUnderWay(state: string): state is keyof typeof underWay {
  return state in underWay;
}

export function JobsCard() {
  const say = useText(text);
  const jobs = useJobs();
  const open = (jobs.data ?? []).flatMap((job) =>
    isUnderWay(job.state) ? [{ ...job, look: underWay[job.state] }] : [],
  );
  return (
    <Card title={say('jobs')} aside={<PageLink to="/jobs">{say('all')}</PageLink>}>
      {jobs.isError && (
        <Problem error={jobs.error} what={say('jobsFailed')} retry={() => void jobs.refetch()} />
      )}
      {jobs.isPending && <Skeleton h={88} />}
      {jobs.data !== undefined && open.length === 0 && (
        <Text size="sm" c="dimmed">
          {say('noJobs')}
        </Text>
      )}
      <div className={classes.rows}>
        {open.slice(0, SHOWN).map(({ id, kind, reason, createdAt, look: [tone, word] }) => (
          <div className={classes.row} key={id}>
            <Status tone={tone} word={say(word)} />
            <PageLink to={`/jobs/${id}`}>{kind}</PageLink>
            <span className={classes.grow}>{reason}</span>
            <Text span size="sm" c="dimmed">
              <When at={createdAt} />
            </Text>
          </div>
        ))}
      </div>
    </Card>
  );
}
