// What is wrong right now, worst first.
import { Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api, take } from '../../api/client.ts';
import { useText } from '../../app/text.ts';
import { useAgain } from '../../parts/again.ts';
import { PageLink } from '../../parts/PageLink.tsx';
import { Problem } from '../../parts/Problem.tsx';
import { Status } from '../../parts/Status.tsx';
import { useStream } from '../../parts/stream.ts';
import { When } from '../../parts/When.tsx';
import { Card } from './Card.tsx';
import classes from './home.module.css';
import { text } from './text.ts';

const KEY = ['home', 'alerts'] as const;
const READ = 100;
const SHOWN = 7;

async function readAlerts() {
  return take(api.GET('/api/v1/alerts', { params: { query: { state: 'open', limit: READ } } }));
}

export function AlertsCard() {
  const say = useText(text);
  const changed = useAgain();
  const alerts = useQuery({ queryKey: KEY, queryFn: readAlerts });
  useStream('/api/v1/events', { alerts: () => changed(KEY), open: () => changed(KEY) });
  const items = alerts.data?.items ?? [];
  // What nobody has comes first, then what is worst.
  const rank = ({ severity, acknowledged }: (typeof items)[number]) =>
    (acknowledged === null ? 2 : 0) + (severity === 'critical' ? 1 : 0);
  const sorted = items.toSorted((a, b) => rank(b) - rank(a));
  const count = alerts.data?.next == null ? `${items.length}` : `${items.length}+`;
  const holderOf = ({ by, isYours }: { readonly by: string; readonly isYours: boolean }) =>
    isYours ? say('youHave') : say('has', { who: by });
  const aside = items.length > 0 && <PageLink to="/alerts">{`${count} · ${say('all')}`}</PageLink>;
  return (
    <Card title={say('alerts')} aside={aside}>
      {alerts.isError && (
        <Problem error={alerts.error} what={say('alertsFailed')} retry={() => void alerts.refetch()} />
      )}
      {alerts.isPending && <Skeleton h={88} />}
      {alerts.data !== undefined && items.length === 0 && <Status tone="good" word={say('noAlerts')} />}
      <div className={classes.rows}>
        {sorted
          .slice(0, SHOWN)
          .map(({ id, deviceId = '', hostname, rule, severity = 'warning', since = null, acknowledged }) => (
            <div className={classes.row} key={id}>
              <Status tone={severity === 'critical' ? 'bad' : 'warn'} word={say(severity)} />
              <PageLink to={`/devices/${deviceId}`}>{hostname}</PageLink>
              <span className={classes.grow}>
                {acknowledged === null ? rule : `${rule} · ${holderOf(acknowledged)}`}
              </span>
              <Text span size="sm" c="dimmed">
                <When at={since} />
              </Text>
            </div>
          ))}
      </div>
    </Card>
  );
}
