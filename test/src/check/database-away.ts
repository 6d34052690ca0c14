// Check `database-away`: the database is stopped, frozen, full and cut off while everything flows, and comes back.
import { readFile, symlink } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { enrollDevice } from '../fleet/device.ts';
import { createInventories } from '../fleet/inventories.ts';
import { createOrders, type Orders } from '../support/orders.ts';
import { prepareServer, type ServerProcess } from '../support/server-process.ts';
import { pause, until } from '../support/wait.ts';
import { BEAT_MS, type BusyDevice, runBusyDevice } from './away/busy-device.ts';
import { judge } from './away/judge.ts';
import { type Office, openOffice, type Patience } from './away/office.ts';
import { startOutside } from './away/outside.ts';
import { startProxy } from './away/proxy.ts';
import {
  cut,
  dropped,
  frozen,
  full,
  killed,
  mountSmallDisk,
  refused,
  stopped,
  type Trouble,
} from './away/troubles.ts';
import type { Check, CheckContext, Verdict } from './check.ts';

const DEVICES = { quick: 6, full: 20, long: 60 } as const;
const ROUNDS = { quick: 1, full: 1, long: 6 } as const;
/** How long the database is away, ms: first part and what chance adds. A server gives a silent one up after 20 s. */
const AWAY_MS = {
  quick: [5_000, 1_000],
  full: [8_000, 20_000],
  long: [1_000, 60_000],
} as const;
/** Quiet before each trouble, ms: first part and what chance adds. */
const QUIET_MS = [1_000, 1_500] as const;
/** Time between two reports of a device, and between two changes of its packages, ms. */
const REPORT_EVERY_MS = 500;
const DRIFT_EVERY_MS = 5_000;
/** A recovery that takes so much longer than the same things when all is well is too slow, s. In a test the machine may be busy. */
const RECOVERY_S = { quick: 60, full: 10, long: 10 } as const;
/** In a test beside others nothing is said about time, and less is asked of it: what a busy machine cannot do in time piles up. */
const PATIENCE: Readonly<Record<CheckContext['size'], Patience>> = {
  quick: { answerMs: 60_000, probeMs: 60_000, pace: 4 },
  full: { answerMs: 10_000, probeMs: 2_000, pace: 1 },
  long: { answerMs: 10_000, probeMs: 2_000, pace: 1 },
};
/** How long it is waited for all the same, so that its time can be told, ms. */
const PATIENCE_MS = 90_000;
/** Memory that the server may take more than before while the database is away, bytes. */
const MAX_GROWTH_BYTES = 128 * 1024 * 1024;
const LOOK_EVERY_MS = 250;

/** A server with devices and people. */
interface Place {
  readonly server: ServerProcess;
  readonly orders: Orders;
  readonly devices: readonly BusyDevice[];
  readonly office: Office;
  stop(): Promise<void>;
}

/** Starts devices and people on a server. */
async function occupy(context: CheckContext, server: ServerProcess): Promise<Place> {
  const { size, random } = context;
  await server.start();
  const orders = await createOrders(server);
  const token = await server.enrollmentToken(DEVICES[size]);
  const inventories = createInventories();
  const devices: BusyDevice[] = [];
  for (let index = 0; index < DEVICES[size]; index++) {
    const hostname = `busy-${index}`;
    const device = await enrollDevice(server.url, token, { hostname });
    devices.push(runBusyDevice({ url: server.url, device, hostname, index, inventories, random }));
  }
  context.teardown(async () => void (await Promise.all(devices.map((device) => device.stop()))));
  await until('all are connected', () => devices.every((device) => device.sessions() === 1));
  await until('all inventories are stored', () => devices.every((device) => device.stored.size > 0));
  const office = await openOffice({ server, orders }, { devices, patience: PATIENCE[size], random });
  const timers = devices.flatMap((device) => [
    setInterval(() => device.report(), REPORT_EVERY_MS * PATIENCE[size].pace),
    setInterval(() => device.drift(), DRIFT_EVERY_MS),
  ]);
  const stop = async () => {
    for (const timer of timers) clearInterval(timer);
    await office.close();
  };
  context.teardown(stop);
  return { server, orders, devices, office, stop };
}

/** Resident memory of a process, bytes. */
async function readMemory(pid: number): Promise<number> {
  // Nothing when it has ended: that is told by who looks after it.
  const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/VmRSS:\s+(\d+)/.exec(text)?.[1] ?? 0) * 1024;
}

/** The most memory that the server has until it is told to stop looking. */
function watchMemory({ server }: Place): () => Promise<number> {
  let most = 0;
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      most = Math.max(most, await readMemory(server.pid()));
      await pause(LOOK_EVERY_MS);
    }
  })();
  return async () => {
    isOver = true;
    await watching;
    return most;
  };
}

/** What must work again, each with something that nobody had asked for before. */
function signsOfLife({ server, devices, office }: Place): Readonly<Record<string, () => Promise<void>>> {
  const patiently = (what: string, look: Parameters<typeof until>[1]) =>
    until(what, look, PATIENCE_MS).then(() => undefined);
  return {
    reading: () =>
      patiently('a list is read', async () => (await server.call('/api/v1/devices')).status === 200),
    ready: () =>
      patiently('it is ready', async () => (await server.call('/readyz', { token: null })).status === 200),
    order: async () => {
      let id: string | null = null;
      await patiently('an order is taken', async () => {
        id = await office.order();
        return id !== null;
      });
      await patiently('it ends', async () => {
        const { body } = await server.call<{ endedAt: string | null }>(`/api/v1/jobs/${id}`);
        return typeof body.endedAt === 'string';
      });
    },
    reports: async () => {
      const fresh = devices.map((device) => ({ device, seqs: device.report() }));
      await patiently('new reports are acknowledged', () =>
        fresh.every(({ device, seqs }) => seqs.every((seq) => device.acked.has(seq))),
      );
    },
    inventory: async () => {
      const fresh = devices.map((device) => ({ device, root: device.drift() }));
      await patiently('inventories are stored', () =>
        // A later one may have taken its place on the way.
        fresh.every(({ device, root }) =>
          device.offered.slice(device.offered.indexOf(root)).some((one) => device.stored.has(one)),
        ),
      );
    },
    backlog: async () => {
      const before = devices.map((device) => ({ device, seqs: device.open() }));
      await patiently('what waited is acknowledged', () =>
        before.every(({ device, seqs }) => seqs.every((seq) => device.acked.has(seq))),
      );
    },
  };
}

/** Seconds after which each sign of life was there. */
async function measure(place: Place, sinceMs: number): Promise<Record<string, number>> {
  const seconds: Record<string, number> = {};
  await Promise.all(
    Object.entries(signsOfLife(place)).map(async ([name, work]) => {
      // Its time tells that it never came.
      await work().catch(() => undefined);
      seconds[name] = Math.round((performance.now() - sinceMs) / 10) / 100;
    }),
  );
  return seconds;
}

function slowest(seconds: Readonly<Record<string, number>>): number {
  return Math.max(...Object.values(seconds));
}

/** What a trouble left behind. */
interface Suffered {
  readonly line: string;
  readonly faults: readonly string[];
}

async function sufferOnce(context: CheckContext, place: Place, trouble: Trouble): Promise<Suffered> {
  const { random, size, say } = context;
  const { server, devices } = place;
  const [least, more] = AWAY_MS[size];
  await pause(QUIET_MS[0] + random() * QUIET_MS[1]);
  const lastsMs = Math.round(least + random() * more);
  const quiet = slowest(await measure(place, performance.now()));
  const before = await readMemory(server.pid());
  const admitted = await server.figure('muster_admitted_total');
  const ends = watchMemory(place);
  const beganMs = performance.now();
  const backMs = await trouble.suffer(lastsMs);
  if ((await readMemory(server.pid())) === 0)
    throw new Error(`the server ended: ${server.output().slice(-3000)}`);
  const recovery = await measure(place, backMs);
  const growth = (await ends()) - before;
  const awayS = ((backMs - beganMs) / 1000).toFixed(1);
  const recoveryS = slowest(recovery);
  const line = `${trouble.name} for ${awayS} s: back after ${recoveryS} s, where ${quiet} s are usual (${Object.entries(
    recovery,
  )
    .map(([name, s]) => `${name} ${s}`)
    .join(
      ', ',
    )}); memory ${growth < 0 ? '' : '+'}${(growth / 1024 / 1024).toFixed(1)} MiB; load ${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} cores`;
  say(line);
  const faults: string[] = [];
  if (recoveryS - quiet > RECOVERY_S[size]) faults.push(`${trouble.name}: recovery took ${recoveryS} s`);
  if (growth > MAX_GROWTH_BYTES) faults.push(`${trouble.name}: the server grew by ${growth} bytes`);
  const sessions = devices.filter((device) => device.sessions() !== 1);
  if (sessions.length > 0) faults.push(`${trouble.name}: ${sessions.length} devices had to connect again`);
  const now = await server.figure('muster_admitted_total');
  if (now !== admitted) faults.push(`${trouble.name}: ${now - admitted} sockets were admitted meanwhile`);
  return { line, faults };
}

/** Suffers all troubles of one place, in an order of chance, then holds everything against the database. */
async function endure(
  context: CheckContext,
  name: string,
  { place, troubles }: { place: Place; troubles: readonly Trouble[] },
): Promise<Verdict> {
  const { random, size } = context;
  const { server, devices, office } = place;
  const pid = server.pid();
  const epochs = devices.map((device) => device.epoch());
  const evidence: string[] = [];
  const faults: string[] = [];
  for (let round = 0; round < ROUNDS[size]; round++) {
    const order = troubles.map((trouble) => ({ trouble, at: random() })).toSorted((a, b) => a.at - b.at);
    for (const { trouble } of order) {
      const suffered = await sufferOnce(context, place, trouble);
      evidence.push(`${name}: ${suffered.line}`);
      faults.push(...suffered.faults);
    }
  }
  await place.stop();
  // The judge says which device is not; what is stored while it reads would look like lost.
  await until('all is acknowledged', () => devices.every(isSettled), PATIENCE_MS).catch(() => undefined);
  await until('all jobs are over', async () => (await countOpenJobs(server)) === 0, PATIENCE_MS).catch(
    () => undefined,
  );
  const judged = await judge(server, { devices, office });
  const { acknowledged } = judged;
  evidence.push(
    `${name}: acknowledged and there: ${acknowledged.devices} messages, ${acknowledged.orders} orders, ${acknowledged.tokens} tokens; ${judged.unansweredJobs} jobs there without an answer, over all the same`,
    `${name}: answers ${office.answers}; slowest ${(office.slowestMs() / 1000).toFixed(1)} s`,
  );
  faults.push(...judged.faults, ...office.faults);
  const same = devices.filter((device, at) => device.epoch() === epochs[at]).length;
  if (same !== devices.length) faults.push(`${devices.length - same} sessions are not what they were`);
  const refusals = devices.flatMap((device) => device.refusals);
  if (refusals.length > 0) faults.push(`devices were refused: ${[...new Set(refusals)].join(', ')}`);
  if (server.pid() !== pid) faults.push('the server was started again');
  return { evidence, faults: faults.map((fault) => `${name}: ${fault}`) };
}

/** All it sent is acknowledged, its newest inventory too. */
function isSettled(device: BusyDevice): boolean {
  return device.open().length === 0 && device.stored.has(device.offered.at(-1) ?? '');
}

async function countOpenJobs(server: ServerProcess): Promise<number> {
  const [row] = await server.query(
    (sql) => sql<{ count: number }[]>`SELECT count(*)::int AS count FROM job WHERE ended_at IS NULL`,
  );
  return row?.count ?? 0;
}

const FLAGS = ['--beat-ms', `${BEAT_MS}`];

async function endureEmbedded(context: CheckContext): Promise<Verdict> {
  const isQuick = context.size === 'quick';
  const disk = isQuick ? null : await mountSmallDisk(context);
  const server = await prepareServer(context, {
    flags: FLAGS,
    prepare: async (dataDir) => {
      if (disk !== null) await symlink(disk, join(dataDir, 'postgres'));
    },
  });
  const place = await occupy(context, server);
  const troubles = [killed(server), frozen(server.dataDir)];
  if (disk !== null) troubles.push(full(context, server, disk));
  const verdict = await endure(context, 'embedded', { place, troubles });
  if (disk !== null || isQuick) return verdict;
  return {
    ...verdict,
    evidence: [...verdict.evidence, 'embedded: full was skipped, for only root may mount a small disk'],
  };
}

async function endureOutside(context: CheckContext): Promise<Verdict> {
  const outside = await startOutside(context);
  const proxy = await startProxy(context, outside.port);
  const server = await prepareServer(context, {
    flags: FLAGS,
    databaseUrl: outside.url(proxy.port),
    beside: outside.url(outside.port),
  });
  const place = await occupy(context, server);
  const all = [
    cut(server),
    dropped(proxy, 'reset'),
    dropped(proxy, 'silent'),
    refused(proxy),
    stopped(outside),
    frozen(outside.folder),
  ];
  const troubles = context.size === 'quick' ? all.slice(0, 1) : all;
  return endure(context, 'outside', { place, troubles });
}

async function run(context: CheckContext): Promise<Verdict> {
  const verdicts: Verdict[] = [];
  for (const work of [endureEmbedded, endureOutside]) verdicts.push(await work(context));
  return {
    evidence: verdicts.flatMap(({ evidence }) => evidence),
    faults: verdicts.flatMap(({ faults }) => faults),
  };
}

export const databaseAway: Check = {
  id: 'database-away',
  claims:
    'A database that is stopped, frozen, full or cut off costs no session and nothing that was acknowledged, and all flows again within 10 s.',
  group: 'database',
  run,
};
