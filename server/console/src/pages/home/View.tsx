// Home: what of the fleet needs a person.
import { Skeleton } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { useMay } from '../../app/session.ts';
import { useSettled } from '../../app/settled.ts';
import { useText } from '../../app/text.ts';
import { PageHead } from '../../parts/PageHead.tsx';
import { cards } from './cards.ts';
import { useCounts, useFreshCounts } from './counts.ts';
import classes from './home.module.css';
import { useSteps } from './steps.ts';
import { text } from './text.ts';

const Checks = lazy(async () => ({ default: (await import('./Checks.tsx')).Checks }));

export function View() {
  const say = useText(text);
  const may = useMay();
  useFreshCounts();
  // What stands on top decides where all the rest is.
  const { isLoading } = useCounts();
  const { steps } = useSteps();
  const isSettled = useSettled(isLoading || steps === null);
  return (
    <>
      <div className={classes.head}>
        <PageHead
          title={say('title')}
          actions={
            may('settings.read') && (
              <Suspense>
                <Checks />
              </Suspense>
            )
          }
        />
      </div>
      {isSettled ? <Cards /> : <Skeleton h={440} aria-busy />}
    </>
  );
}

function Cards() {
  const may = useMay();
  return (
    <div className={classes.grid}>
      {cards
        .filter(({ permission }) => may(permission))
        .map(({ id, isWide = false, Content }) => (
          <div key={id} className={isWide ? classes.wide : classes.half}>
            <Content />
          </div>
        ))}
    </div>
  );
}
