// How many devices are there, and how many are not: each figure leads to exactly those.
import { Group, Skeleton, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { lazy, memo, Suspense, useState } from 'react';
import { useText } from '../../app/text.ts';
import { useFormat } from '../../parts/format.ts';
import { PageLink } from '../../parts/PageLink.tsx';
import { PopoverButton } from '../../parts/PopoverButton.tsx';
import { Problem } from '../../parts/Problem.tsx';
import { devicesAt } from '../devices/search.ts';
import { Card } from './Card.tsx';
import { type Counted, counted, useCounts } from './counts.ts';
import classes from './home.module.css';
import { text } from './text.ts';

/** Charts are not among what is loaded first; drawn again with each device that comes or goes, theirs would lose its cursor. */
const Course = lazy(async () => ({ default: memo((await import('./Course.tsx')).Course) }));

const shares = ['online', 'offline', 'missing', 'never'] as const;

export function FleetCard() {
  const say = useText(text);
  const { counts, error, again } = useCounts();
  const isKnown = counts.total !== null;
  const aside = (
    <Group gap="xs" wrap="nowrap">
      <div role="status">{isKnown && error !== null && <Stale error={error} again={again} />}</div>
      <PageLink to="/devices">{say('all')}</PageLink>
    </Group>
  );
  return (
    <Card title={say('fleet')} aside={aside}>
      {isKnown ? <Figures counts={counts} /> : <Unknown error={error} again={again} />}
    </Card>
  );
}

interface Failed<Reason> {
  readonly error: Reason;
  readonly again: () => void;
}

/** As high as the figures with their course will be, so that nothing below moves when they come after all. */
function Unknown({ error, again }: Failed<Error | null>) {
  const say = useText(text);
  // While it is asked again there is no error; what was said stays until there is something better to say.
  const [said, setSaid] = useState(error);
  if (error !== null && error !== said) setSaid(error);
  return (
    <div className={classes.fleet}>
      {said === null ? (
        <Skeleton className={classes.fleet} />
      ) : (
        <Problem error={said} what={say('fleetFailed')} retry={again} />
      )}
    </div>
  );
}

/** The figures are those of before; why, in a form that takes no room on the page. */
function Stale({ error, again }: Failed<Error>) {
  const say = useText(text);
  const icon = <IconAlertTriangle size={15} aria-hidden />;
  return (
    <PopoverButton label={say('fleetStale')} icon={icon} size="compact-sm">
      {() => <Problem error={error} what={say('fleetFailed')} retry={again} />}
    </PopoverButton>
  );
}

function Figures({ counts }: { readonly counts: Readonly<Record<Counted, number | null>> }) {
  const say = useText(text);
  const format = useFormat();
  const total = counts.total ?? 0;
  // What is zero and needs nobody is left out, so that what is shown counts.
  const shown = (
    ['total', 'online', 'offline', 'missing', 'never', 'pending', 'quarantined'] as const
  ).filter((name) => name === 'total' || name === 'online' || (counts[name] ?? 0) > 0);
  return (
    <>
      <Group gap="xl" mb="sm">
        {shown.map((name) => (
          <div key={name}>
            <PageLink to={devicesAt(counted[name])} className={classes.figure} data-name={name}>
              {counts[name] === null ? '–' : format.number(counts[name])}
            </PageLink>
            <Text size="sm" c="dimmed" className={classes.name} data-name={name}>
              {say(name)}
            </Text>
          </div>
        ))}
      </Group>
      {total > 0 && (
        <div
          className={classes.bar}
          role="img"
          aria-label={say('presenceOf', {
            online: format.number(counts.online ?? 0),
            total: format.number(total),
          })}
        >
          {shares
            .filter((name) => (counts[name] ?? 0) > 0)
            .map((name) => (
              <span key={name} data-name={name} style={{ flexGrow: counts[name] ?? 0 }} />
            ))}
        </div>
      )}
      {total > 0 && (
        <Suspense fallback={<Skeleton className={classes.course} mt="md" />}>
          <Course />
        </Suspense>
      )}
    </>
  );
}
