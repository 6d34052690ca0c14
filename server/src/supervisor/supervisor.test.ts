// How a supervisor keeps its workers running, on real processes and a clock that the test moves; shares and figures of several workers.
import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { MusterError } from '@muster/protocol';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { createHub } from '../bus/hub.ts';
import { loadConfig } from '../config.ts';
import { silentLog } from '../core/log.ts';
import { createTestClock } from '../core/testing/clock.ts';
import { until } from '../core/testing/until.ts';
import { formatFigures, formatWorkers } from '../figures.ts';
import { MAX_WORKER_STARTS } from '../limits.ts';
import {
  WORKER_HANG_MS,
  WORKER_PING_MS,
  WORKER_RESTART_MAX_MS,
  WORKER_RESTART_MIN_MS,
  WORKER_START_MS,
  WORKER_STOP_MS,
} from '../timing.ts';
import { shareConfig } from './shares.ts';
import { hear, type Report } from './words.ts';
import { createWorkerProcess } from './worker-process.ts';

const isSource = import.meta.url.endsWith('.ts');
cluster.setupPrimary({
  exec: fileURLToPath(
    new URL(isSource ? './testing/worker-program.ts' : './testing/worker-program.js', import.meta.url),
  ),
  args: [],
  execArgv: isSource ? ['--conditions=muster-source', '--import', 'tsx'] : [],
  serialization: 'advanced',
});

function configOf(...argv: readonly string[]) {
  return loadConfig({ argv, env: {}, folder: '/', readFile: () => undefined });
}

/** A worker process whose successive starts behave as listed; the last goes for all that follow. */
function stage(t: Test, ...behaviors: readonly string[]) {
  const clock = createTestClock();
  const errors: MusterError[] = [];
  const pids: number[] = [];
  let begun = 0;
  let pongs = 0;
  let endedMs = 0;
  const pauses: number[] = [];
  const forked = ({ process: { pid = 0 } }: Worker) => {
    if (pids.length > 0) pauses.push(clock.monotonic() - endedMs);
    pids.push(pid);
  };
  let ends = 0;
  const ended = (worker: Worker) => {
    endedMs = clock.monotonic();
    if (pids.includes(worker.process.pid ?? 0)) ends += 1;
  };
  const said = (_: Worker, message: unknown) => {
    if (hear<Report>(message)?.word === 'pong') pongs += 1;
  };
  cluster.on('fork', forked).on('exit', ended).on('message', said);
  const process = createWorkerProcess({
    clock,
    log: silentLog,
    hub: createHub({ log: silentLog }),
    number: 7,
    begin() {
      const organization = behaviors[Math.min(begun, behaviors.length - 1)] ?? '';
      begun += 1;
      return { config: { ...configOf(), organization }, address: { kind: 'url', url: 'postgres://x/y' } };
    },
    giveUp: (error) => errors.push(error),
  });
  t.teardown(async () => {
    cluster.off('fork', forked).off('exit', ended).off('message', said);
    const stopping = process.stop();
    await clock.advance(WORKER_STOP_MS);
    await stopping;
  });
  return {
    process,
    clock,
    errors,
    pids,
    pauses,
    begun: () => begun,
    pongs: () => pongs,
    /** Moves time until the next start, at most that long. */
    async untilBegun(count: number, maxMs: number) {
      // Its time is that of the machine: the clock of the test could run past the deadlines of the one before meanwhile.
      await until(`${count - 1} have ended`, () => ends >= count - 1);
      for (let ms = 0; begun < count && ms <= maxMs + 60_000; ms += WORKER_RESTART_MIN_MS / 2) {
        await clock.advance(WORKER_RESTART_MIN_MS / 2);
        await new Promise((next) => setTimeout(next, 1));
        if (pids.length >= count) await until(`start ${count}`, () => begun >= count || errors.length > 0);
      }
    },
  };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

t.test('a worker that ends is started again, and one that was told to stop is not', async (t) => {
  const { process: slot, clock, pids, untilBegun } = stage(t, 'well');
  t.equal(await slot.start(), 'https://127.0.0.1:1');
  const [first = 0] = pids;
  process.kill(first, 'SIGKILL');
  await untilBegun(2, WORKER_RESTART_MIN_MS);
  t.equal(pids.length, 2);
  await slot.stop();
  t.notOk(isAlive(pids[1] ?? 0));
  await clock.advance(10 * WORKER_RESTART_MAX_MS);
  t.equal(pids.length, 2, 'nobody is started after that');
  t.equal(clock.pending(), 0);
});

t.test('one that was told to stop before it began never begins', async (t) => {
  const { process: slot, pids, clock } = stage(t, 'well');
  await slot.stop();
  void slot.start();
  await clock.advance(10 * WORKER_RESTART_MAX_MS);
  t.same(pids, []);
  t.equal(clock.pending(), 0);
});

t.test('a worker that does not answer is killed; one that answers late is not', async (t) => {
  const { process: slot, clock, pids, pongs, untilBegun } = stage(t, 'well');
  await slot.start();
  const [first = 0] = pids;
  await clock.advance(WORKER_PING_MS);
  await until('it answers', () => pongs() === 1);
  process.kill(first, 'SIGSTOP');
  await clock.advance(WORKER_HANG_MS - WORKER_PING_MS);
  t.ok(isAlive(first), 'not before its time');
  process.kill(first, 'SIGCONT');
  await until('it answers what it was asked', () => pongs() === WORKER_HANG_MS / WORKER_PING_MS);
  process.kill(first, 'SIGSTOP');
  await clock.advance(WORKER_HANG_MS - WORKER_PING_MS);
  t.ok(isAlive(first), 'an answer starts the count anew');
  await clock.advance(4 * WORKER_PING_MS);
  await until('it was killed', () => !isAlive(first));
  await untilBegun(2, WORKER_RESTART_MIN_MS);
  t.equal(pids.length, 2);
});

t.test('a worker that never becomes ready, or never stops, is killed', async (t) => {
  const { process: slot, clock, pids, begun, untilBegun } = stage(t, 'never ready', 'never stops');
  const ready = slot.start();
  await until('it runs', () => begun() === 1);
  await clock.advance(WORKER_START_MS);
  await until('it was killed', () => !isAlive(pids[0] ?? 0));
  await untilBegun(2, WORKER_RESTART_MIN_MS);
  await ready;
  const stopping = slot.stop();
  await clock.advance(WORKER_STOP_MS);
  await stopping;
  t.notOk(isAlive(pids[1] ?? 0));
});

t.test('starts that fail are repeated with growing pauses, five times', async (t) => {
  const { process: slot, clock, errors, pids, pauses, untilBegun } = stage(t, 'dies');
  void slot.start();
  for (let count = 1; count <= MAX_WORKER_STARTS; count++) await untilBegun(count, WORKER_RESTART_MAX_MS);
  await until('it gives up', () => errors.length > 0);
  t.match(errors, [
    {
      code: 'E_WORKERS',
      message: 'Worker 7 failed to start 5 times in a row; its last lines in the log say why.',
    },
  ]);
  t.same(
    pauses,
    [1, 2, 4, 8].map((times) => times * WORKER_RESTART_MIN_MS),
  );
  await clock.advance(10 * WORKER_RESTART_MAX_MS);
  t.equal(pids.length, MAX_WORKER_STARTS);
});

t.test('a setting that will not do ends it at once, a database that is away never', async (t) => {
  const hopeless = stage(t, 'cannot listen');
  void hopeless.process.start();
  await until('it gives up', () => hopeless.errors.length > 0);
  t.match(hopeless.errors, [{ code: 'E_LISTEN', message: 'It says why.' }]);
  const patient = stage(
    t,
    'well',
    ...Array.from({ length: MAX_WORKER_STARTS + 1 }, () => 'database away'),
    'well',
  );
  await patient.process.start();
  process.kill(patient.pids[0] ?? 0, 'SIGKILL');
  for (let count = 2; count <= MAX_WORKER_STARTS + 3; count++)
    await patient.untilBegun(count, WORKER_RESTART_MAX_MS);
  t.same(patient.errors, []);
  t.equal(patient.begun(), MAX_WORKER_STARTS + 3);
});

t.test('nobody who connects waits for a worker that has died', async (t) => {
  const [standing, dying] = [stage(t, 'listens'), stage(t, 'listens')];
  const url = new URL(await standing.process.start());
  t.equal(await dying.process.start(), url.origin, 'both listen on one port');
  const [pid = 0] = dying.pids.slice(-1);
  process.kill(pid, 'SIGSTOP');
  // By turns, so that at least one of these is handed to the one that stands still; it is not answered before that one is dead.
  const sockets = Array.from({ length: 4 }, () => connect(Number(url.port), url.hostname));
  const ends = sockets.map(async (socket) => {
    t.teardown(() => void socket.destroy());
    const [first] = await Promise.race([once(socket, 'data'), once(socket, 'close')]);
    return Buffer.isBuffer(first) ? Number(first) : 'closed';
  });
  const settled: unknown[] = [];
  for (const end of ends) void end.then((how) => settled.push(how));
  await until('the others are answered', () => settled.length >= ends.length - 1);
  const [other = 0] = standing.pids;
  t.same(settled, [other, other, other]);
  process.kill(pid, 'SIGKILL');
  t.same(
    (await Promise.all(ends)).filter((how) => how !== other),
    ['closed'],
    'it is told, and may come again',
  );
  await until('the dead one is forgotten', () => Object.values(cluster.workers ?? {}).length === 1);
});

t.test('shares together reach the limits, and hardly more; handshakes are of each worker', (t) => {
  fc.assert(
    fc.property(
      fc.record({
        workers: fc.integer({ min: 1, max: 64 }),
        maxSessions: fc.integer({ min: 1, max: 1_000_000 }),
        perSecond: fc.integer({ min: 1, max: 100_000 }),
        burst: fc.integer({ min: 1, max: 100_000 }),
        databaseConnections: fc.option(fc.integer({ min: 2, max: 64 }), { nil: undefined }),
      }),
      fc.integer({ min: 1, max: 64 }),
      ({ workers, maxSessions, perSecond, burst, databaseConnections }, cores) => {
        const all = ['--workers', `${workers}`, '--max-sessions', `${maxSessions}`];
        const handshakes = ['--handshakes-per-second', `${perSecond}`, '--handshake-burst', `${burst}`];
        const more =
          databaseConnections === undefined ? [] : ['--database-connections', `${databaseConnections}`];
        const share = shareConfig(configOf(...all, ...handshakes, ...more), cores);
        const total = share.maxSessions * workers;
        const connections = (share.databaseConnections ?? 0) * workers;
        const allowed = Math.min(databaseConnections ?? 2 * cores, 2 * cores);
        return (
          total >= maxSessions &&
          total < maxSessions + workers &&
          connections <= Math.max(allowed, 2 * workers) &&
          share.handshakesPerSecond === perSecond &&
          share.handshakeBurst === burst
        );
      },
    ),
  );
  t.match(shareConfig(configOf('--workers', '2'), 2), {
    maxSessions: 10_000,
    handshakesPerSecond: 200,
    handshakeBurst: 400,
    maxUnauthenticated: 500,
    databaseConnections: 2,
    port: 8443,
  });
  t.end();
});

t.test('figures of several workers carry a label, and say who did not answer', (t) => {
  const figures = [
    ['muster_sessions', 'gauge', 'Agents connected.', 5],
    ['muster_frames_total', 'counter', 'Frames.', 9],
  ] as const;
  t.equal(
    formatFigures(figures),
    '# HELP muster_sessions Agents connected.\n# TYPE muster_sessions gauge\nmuster_sessions 5\n# HELP muster_frames_total Frames.\n# TYPE muster_frames_total counter\nmuster_frames_total 9\n',
  );
  const text = formatWorkers(
    [
      { worker: 1, figures },
      { worker: 3, figures: figures.slice(1) },
    ],
    3,
  );
  t.equal(
    text,
    [
      '# HELP muster_worker_up 1 for a worker that answers.',
      '# TYPE muster_worker_up gauge',
      'muster_worker_up{worker="1"} 1',
      'muster_worker_up{worker="2"} 0',
      'muster_worker_up{worker="3"} 1',
      '# HELP muster_sessions Agents connected.',
      '# TYPE muster_sessions gauge',
      'muster_sessions{worker="1"} 5',
      '# HELP muster_frames_total Frames.',
      '# TYPE muster_frames_total counter',
      'muster_frames_total{worker="1"} 9',
      'muster_frames_total{worker="3"} 9',
      '',
    ].join('\n'),
  );
  t.end();
});
