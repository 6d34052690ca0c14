// Bench of groups: an expression over 1,000,000 devices in the index of the server, and how soon a changed fact shows in who belongs.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { compileExpression } from '@muster/protocol/language';
import { createFleet, type Fleet, silentLog, systemClock } from '@muster/server';
import { enrollDevice, openDevice, quietBeat } from '../fleet/device.ts';
import { createInventories } from '../fleet/inventories.ts';
import { pause } from '../support/wait.ts';
import { type Bench, type BenchContext, type Figure, summarize } from './bench.ts';
import { makeBenchFolder, type ServerProcess, startServerProcess } from './stage.ts';
import { createSyntheticFleet } from './synthetic-fleet.ts';

const DEVICES = 1_000_000;
/** Devices of which every fact is changed at once: more than a column remembers, so that nothing kept can be used. */
const CHANGED = 5_000;
/** Questions of a round. */
const QUESTIONS = 20;
/** Changes followed from the device to the list, a round. */
const FOLLOWED = 5;

const GROUP =
  'os.family == "debian" && cpu.count >= 4 && label("env") == "prod" && arch == "x86_64" && memory.bytes > 4294967296';
const BY_NAME =
  'hostname.startsWith("web-1") && cpu.count >= 4 && label("env") == "prod" && arch == "x86_64" && state == "active"';

/** Bytes that V8 and its buffers hold after everything that can go is gone. */
function readHeldBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function openSynthetic(context: BenchContext) {
  const synthetic = createSyntheticFleet(DEVICES);
  const before = readHeldBytes();
  const fleet = createFleet({ source: synthetic.source, clock: systemClock, log: silentLog });
  context.teardown(() => fleet.stop());
  const fromMs = performance.now();
  fleet.start();
  // A question waits for seconds, the build of so many takes longer.
  while (!fleet.isReady()) await pause(50);
  const buildMs = performance.now() - fromMs;
  return { fleet, synthetic, buildMs, bytes: (readHeldBytes() - before) / DEVICES };
}

const meant = (text: string) => ({ expression: compileExpression(text, { for: 'server' }) });

/** How long the count takes once the changes are in the index, ms. */
async function timeCount(fleet: Fleet, text: string, changed: number): Promise<number> {
  for (let idx = 0; idx < changed; idx++) fleet.note('inventory', 1, (idx * 199) % DEVICES);
  await fleet.count(1, meant('id == "dev_none"'));
  const wish = meant(text);
  const fromMs = performance.now();
  await fleet.count(1, wish);
  return performance.now() - fromMs;
}

/** One walk over as many numbers, counting one of them. */
function timeRaw(codes: Int32Array): number {
  const fromMs = performance.now();
  let count = 0;
  for (let at = 0; at < codes.length; at++) if (codes[at] === 3) count += 1;
  const ms = performance.now() - fromMs;
  if (count === 0) throw new Error('the walk counted nothing');
  return ms;
}

async function measureIndex(context: BenchContext): Promise<readonly Figure[]> {
  context.say(`building an index of ${DEVICES} devices`);
  const { fleet, synthetic, buildMs, bytes } = await openSynthetic(context);
  const codes = Int32Array.from({ length: DEVICES }, (_, at) => at % 7);
  const took = {
    one: [] as number[],
    all: [] as number[],
    byName: [] as number[],
    page: [] as number[],
    raw: [] as number[],
  };
  for (let at = 0; at < QUESTIONS * context.rounds + 5; at++) {
    synthetic.turn();
    const all = await timeCount(fleet, GROUP, CHANGED);
    synthetic.turn();
    const one = await timeCount(fleet, GROUP, 1);
    const byName = await timeCount(fleet, BY_NAME, 1);
    const fromMs = performance.now();
    await fleet.page(1, meant(GROUP), { by: 'hostname', isDescending: false, after: null, limit: 100 });
    const page = performance.now() - fromMs;
    const raw = timeRaw(codes);
    // The first ones run code that is not compiled yet.
    if (at < 5) continue;
    for (const [list, ms] of [
      [took.all, all],
      [took.one, one],
      [took.byName, byName],
      [took.page, page],
      [took.raw, raw],
    ] as const)
      list.push(ms);
  }
  const raw = { what: 'ms, one walk over an Int32Array of as many', value: summarize(took.raw).value };
  return [
    {
      name: 'five predicates over 1,000,000 devices, nothing kept',
      ...{ unit: 'ms', ...summarize(took.all), atMost: 10, raw },
      note: `after all five facts of ${CHANGED} devices changed: every predicate is made anew`,
    },
    {
      name: 'the same after a device changed',
      ...{ unit: 'ms', ...summarize(took.one), atMost: 10, raw },
    },
    {
      name: 'the same with hostname.startsWith(…) after a device changed',
      ...{ unit: 'ms', ...summarize(took.byName), atMost: 10, raw },
    },
    {
      name: 'a page of 100 by name out of the group',
      ...{ unit: 'ms', ...summarize(took.page), raw },
      note: 'in memory; the rows themselves are one statement more',
    },
    {
      name: 'memory of a device in the index',
      ...{ unit: 'B', value: bytes },
      note: 'id, name and serial number are different on each device, all other facts shared as in real fleets',
    },
    {
      name: 'building the index of 1,000,000 devices',
      ...{ unit: 's', value: buildMs / 1_000 },
      note: 'without the database: rows are made up as fast as they are taken',
    },
  ];
}

/** From the moment a device offers another inventory until a list by an expression has it, ms. */
async function timeFollowed(context: BenchContext, server: ServerProcess): Promise<number[]> {
  const token = await server.enrollmentToken(1);
  const device = await enrollDevice(server.url, token, { hostname: 'followed' });
  const inventories = createInventories();
  const wire = await openDevice(server.url, device, { beat: quietBeat });
  context.teardown(async () => wire.socket.close());
  const took: number[] = [];
  for (let at = 0; at <= FOLLOWED * context.rounds; at++) {
    const name = `followed-${at}`;
    const wanted = encodeURIComponent(`hostname == "${name}" && presence == "online"`);
    const inventory = inventories.of(0, name);
    const fromMs = performance.now();
    wire.send(inventory.offer());
    for (;;) {
      const message = await wire.next();
      if (message === null) throw new Error('the session of the followed device ended');
      if (message.type === 'inventory.want') wire.socket.send(inventories.bundle(message.hashes));
      if (message.type === 'inventory.stored') break;
    }
    for (;;) {
      const { count } = await server.call<{ count: number | null }>(`/api/v1/devices?limit=1&on=${wanted}`);
      if (count === 1) break;
      await pause(2);
    }
    if (at > 0) took.push(performance.now() - fromMs);
  }
  return took;
}

async function run(context: BenchContext): Promise<readonly Figure[]> {
  const figures = await measureIndex(context);
  const dataDir = await makeBenchFolder(context, 'server');
  const server = await startServerProcess(context, { dataDir, tls: false });
  const took = await timeFollowed(context, server);
  return [
    ...figures,
    {
      name: 'from a fact that changes on a device to the list that says so',
      ...{ unit: 'ms', ...summarize(took), atMost: 2_000 },
      note: 'offered over its session, stored, read into the index, asked for over the API',
    },
  ];
}

export const groups: Bench = {
  id: 'groups',
  says: 'an expression over 1,000,000 devices, and how soon a changed fact shows',
  run,
};
