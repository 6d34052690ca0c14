// Tests the limit of runs at one time: who was offered a run holds a place until it has an end, whatever becomes of his connection.

import type { RunState } from '@muster/protocol';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import type { TestSession } from '../inventory/testing/session.ts';
import { makeCommand, newTestId, signCommand } from './testing/documents.ts';
import { openStage, type Stage } from './testing/stage.ts';

const DEADLINE_MS = 60_000;
const counts = async (stage: Stage, id: string) => (await stage.call('GET', `/jobs/${id}`)).body.counts;

async function order(stage: Stage, t: Test, concurrency: number, change: object = {}): Promise<string> {
  const command = makeCommand(stage, change);
  const body = { envelope: signCommand(stage, command), options: { concurrency } };
  t.equal((await stage.call('POST', '/jobs', body)).status, 201);
  return command.cmdId;
}

/** Whatever was decided before has been stored: there is one writer, and a report is answered after it. */
const settle = (stage: Stage, session: TestSession, cmdId: string) =>
  stage.report(session, { cmdId }, ['accepted']);

t.test('a device that leaves in the middle of a run keeps its place, also over a restart', async (t) => {
  const stage = await openStage(t, { devices: 4 });
  const first = stage.connect(0);
  const cmdId = await order(stage, t, 1);
  await first.next('run.offer');
  await stage.report(first, { cmdId }, ['accepted', 'running']);
  const others = [stage.connect(1), stage.connect(2)];
  stage.disconnect(first);
  await settle(stage, first, cmdId);
  t.match(await counts(stage, cmdId), { running: 1, queued: 3 }, 'its connection closed');
  // As when all sessions of a gateway are announced anew.
  for (const session of others) stage.disconnect(session);
  const anew = [1, 2, 0].map((idx) => stage.connect(idx));
  await settle(stage, first, cmdId);
  t.match(await counts(stage, cmdId), { running: 1, queued: 3 }, 'all were announced anew');
  t.notOk([...others, ...anew].some(({ sent }) => sent.some(({ type }) => type === 'run.offer')));

  await stage.stop();
  const next = await stage.again();
  const [second, third] = [next.connect(1), next.connect(2)];
  await settle(next, second, cmdId);
  t.match(await counts(next, cmdId), { running: 1, queued: 3 }, 'the server started again');
  const back = next.connect(0);
  await next.report(back, { cmdId }, ['interrupted'], { n: 3 });
  await next.report(back, { cmdId }, ['waiting-person'], { n: 4 });
  await settle(next, back, cmdId);
  t.match(await counts(next, cmdId), { 'waiting-person': 1, queued: 3 }, 'a person may let it go on');
  await next.report(back, { cmdId }, ['running'], { n: 5 });
  await next.report(back, { cmdId }, ['succeeded'], { n: 6 });
  await second.next('run.offer');
  t.match(await counts(next, cmdId), { succeeded: 1, offered: 1, queued: 2 }, 'an end frees the place');
  // It never comes back: retiring it gives its place to the next.
  next.disconnect(second);
  await next.runs.forget(1, 1);
  await third.next('run.offer');
  t.match(await counts(next, cmdId), { succeeded: 1, unknown: 1, offered: 1, queued: 1 });
});

t.test('a place that nobody gives back is given up with the time of the job', async (t) => {
  const stage = await openStage(t, { devices: 2 });
  const lost = stage.connect(0);
  const cmdId = await order(stage, t, 1);
  await lost.next('run.offer');
  stage.disconnect(lost);
  const other = stage.connect(1);
  await settle(stage, other, cmdId);
  t.match(await counts(stage, cmdId), { offered: 1, queued: 1 });
  stage.clock.nowMs = Date.now() + 3_600_001;
  await stage.runs.look();
  t.match(await counts(stage, cmdId), { offered: 1, expired: 1 });
  stage.clock.nowMs += 86_400_000;
  await stage.runs.look();
  t.match(await counts(stage, cmdId), { unknown: 1, expired: 1 });
  t.notOk(other.sent.some(({ type }) => type === 'run.offer'));
});

const DEVICES = 5;
const once: readonly RunState[] = ['accepted', 'running', 'succeeded'];
const twice: readonly RunState[] = [
  'accepted',
  'running',
  'interrupted',
  'waiting-person',
  'running',
  'failed',
];

/** Five devices and a server that are disturbed; `most` is how many of them were at it together. */
function createWalk(t: Test, first: Stage, limit: number) {
  let stage = first;
  let cmdId = '';
  let most = 0;
  const sessions = new Map<number, TestSession>();
  /** What those have said who were offered the run and have not ended. */
  const busy = new Map<number, number>();
  const ended = new Set<number>();

  function meet(idx: number, id: string): void {
    if (id !== cmdId || ended.has(idx) || busy.has(idx)) return;
    busy.set(idx, 0);
    most = Math.max(most, busy.size);
  }

  const walk = {
    most: () => most,
    isOver: () => ended.size === DEVICES,
    async begin() {
      // An offer may come before the answer to the order.
      cmdId = newTestId('cmd');
      await order(stage, t, limit, { cmdId });
    },
    connect(idx: number) {
      if (sessions.has(idx)) return;
      const session = stage.connect(idx);
      sessions.set(idx, session);
      const own = session.send.bind(session);
      session.send = (message) => {
        own(message);
        if (message.type === 'run.offer') meet(idx, message.cmdId);
      };
    },
    disconnect(idx: number) {
      const session = sessions.get(idx);
      sessions.delete(idx);
      if (session !== undefined) stage.disconnect(session);
    },
    /** The device goes a step on and says so. */
    async step(idx: number) {
      const [session, said] = [sessions.get(idx), busy.get(idx)];
      if (session === undefined || said === undefined) return;
      const states = idx % 2 === 0 ? once : twice;
      const state = states[said] ?? 'failed';
      busy.set(idx, said + 1);
      if (said + 1 === states.length) {
        busy.delete(idx);
        ended.add(idx);
      }
      await stage.report(session, { cmdId }, [state], { n: said + 1 });
    },
    async restart() {
      sessions.clear();
      await stage.stop();
      stage = await stage.again();
    },
    close() {
      for (const idx of [...sessions.keys()]) walk.disconnect(idx);
      return stage;
    },
  };
  return walk;
}

t.test('however devices come, go and report, no more are at it together than the limit says', async (t) => {
  let stage = await openStage(t, { devices: DEVICES });
  const move = fc.record({
    what: fc.constantFrom('connect', 'connect', 'connect', 'disconnect', 'step', 'step', 'step', 'restart'),
    idx: fc.nat(DEVICES - 1),
  });
  const moves = fc.array(move, { minLength: 5, maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 3 }), moves, async (limit, all) => {
      const walk = createWalk(t, stage, limit);
      walk.connect(0);
      await walk.begin();
      for (const { what, idx } of all) await walk[what](idx);
      const endMs = Date.now() + DEADLINE_MS;
      while (!walk.isOver()) {
        if (Date.now() > endMs) throw new Error('a place was never given back');
        for (let idx = 0; idx < DEVICES; idx += 1) {
          walk.connect(idx);
          await walk.step(idx);
        }
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      stage = walk.close();
      if (walk.most() > limit) throw new Error(`${walk.most()} at once`);
    }),
    { numRuns: 10 },
  );
});
