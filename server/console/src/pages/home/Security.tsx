// What makes this fleet safer and is not done yet, each with the place where it is done.
import { Text } from '@mantine/core';
import { useText } from '../../app/text.ts';
import { PageLink } from '../../parts/PageLink.tsx';
import { Status } from '../../parts/Status.tsx';
import { devicesAt } from '../devices/search.ts';
import { Card } from './Card.tsx';
import { counted, useCounts, usePasskeyCount, useTrustMode } from './counts.ts';
import classes from './home.module.css';
import { text } from './text.ts';

interface Task {
  readonly title: string;
  readonly why: string;
  readonly to: string;
}

function useTasks(): Task[] {
  const say = useText(text);
  const { counts } = useCounts();
  const { mode } = useTrustMode();
  const { count: passkeys } = usePasskeyCount();
  const { quarantined, pending } = counts;
  const tasks: (Task | null)[] = [
    mode === 'quickstart' ? { title: say('taskHarden'), why: say('taskHardenWhy'), to: '/trust' } : null,
    (quarantined ?? 0) > 0
      ? {
          title: say('taskQuarantine', { count: quarantined ?? 0 }),
          why: say('taskQuarantineWhy'),
          to: devicesAt(counted.quarantined),
        }
      : null,
    (pending ?? 0) > 0
      ? {
          title: say('taskPending', { count: pending ?? 0 }),
          why: say('taskPendingWhy'),
          to: devicesAt(counted.pending),
        }
      : null,
    passkeys === 1 ? { title: say('taskPasskey'), why: say('taskPasskeyWhy'), to: '/me' } : null,
  ];
  return tasks.flatMap((task) => task ?? []);
}

export function SecurityCard() {
  const say = useText(text);
  const tasks = useTasks();
  return (
    <Card title={say('security')}>
      {tasks.length === 0 && <Status tone="good" word={say('noTasks')} />}
      <div className={classes.rows}>
        {tasks.map(({ title, why, to }) => (
          <div key={to}>
            <PageLink to={to}>{title}</PageLink>
            <Text size="sm" c="dimmed">
              {why}
            </Text>
          </div>
        ))}
      </div>
    </Card>
  );
}
