// Presence over time with real workers and a real lease: the controller samples, and who takes over takes no second sample of a moment.
import { systemClock } from '@muster/server';
import t from 'tap';
import { type CrewMember, startCrew } from '../support/crew.ts';
import { FILE_PATIENCE_MS, pause, until } from '../support/wait.ts';

t.setTimeout(FILE_PATIENCE_MS);

const QUARTER_MS = 900_000;
const beganMs = Date.now();
/** A quarter of an hour of the clock, not far from now. */
const momentMs = Math.floor(beganMs / QUARTER_MS) * QUARTER_MS;
/** Just behind that moment, and slow, so that the minute in which it may be sampled is long enough for three controllers. */
const clock = { ...systemClock, now: () => momentMs + 1_000 + (Date.now() - beganMs) / 10 };

interface Course {
  readonly samples: readonly { readonly at: string; readonly online: number | null }[];
}

t.test('a moment has one sample, whichever process takes it', async (t) => {
  const crew = await startCrew(t, 2, { clock });
  const [first, second] = crew.members;
  if (first === undefined || second === undefined) throw new Error('too few workers');
  const read = ({ running }: CrewMember) =>
    running.database.sql<{ at: Date; online: number }[]>`SELECT at, online FROM presence_sample`;
  const last = async () => (await second.call<Course>('/api/v1/devices/presence')).body.samples?.at(-1);

  await until('the controller has sampled', async () => (await read(second)).length === 1);
  t.same(await read(second), [{ at: new Date(momentMs), online: 0 }]);
  t.match(await last(), { at: new Date(momentMs).toISOString(), online: 0, offline: 0, missing: 0 });

  await second.running.database.sql`UPDATE presence_sample SET online = 7`;
  await first.running.stop();
  await until('the second is the controller', async () => (await last())?.online === 7);
  // It has tried before it answered anything, or is about to.
  await pause(300);
  t.same(await read(second), [{ at: new Date(momentMs), online: 7 }], 'it left the sample as it was');
  // The third comes only now, so that nobody else takes over, and finds the moment without a sample: who takes over tries.
  const third = await crew.join();
  await third.running.database.sql`DELETE FROM presence_sample`;
  await second.running.stop();
  await until('the third has sampled', async () => (await read(third)).length === 1);
  t.same(await read(third), [{ at: new Date(momentMs), online: 0 }]);
});
