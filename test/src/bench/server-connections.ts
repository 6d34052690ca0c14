// Bench of what an idle connection costs the server in memory, beside ws alone in the same run.
import { join } from 'node:path';
import { pause } from '../support/wait.ts';
import { type Bench, type BenchContext, type Figure, summarize } from './bench.ts';
import { enrollFleet, startBareServer, startDriver, type Target, targetOf } from './load.ts';
import { readMemory } from './proc.ts';
import { makeBenchFolder, startServerProcess } from './stage.ts';

/** Connections before the first measurement, so that code and buffers every server has are not counted. */
const WARM = 200;
const CONNECTIONS = 2_000;
/** V8 may give back what handshakes left behind once a process has been idle: seen after 30 to 105 s; ms. */
const SETTLE_MS = 150_000;
const KB = 1_024;

/** What each further connection added, KB. */
interface Cost {
  readonly resident: number;
  /** The same after V8 was made to collect its garbage at the end; not of the bare server. */
  readonly collected: number;
}

/** Memory that each of 2,000 further connections added. */
async function measureOne(
  context: BenchContext,
  target: Target,
  collect?: () => Promise<unknown>,
): Promise<Cost> {
  const driver = await startDriver(context, target, { first: WARM, rest: CONNECTIONS });
  await pause(SETTLE_MS);
  const before = readMemory(target.pid).residentBytes;
  await driver.openRest();
  await pause(SETTLE_MS);
  const resident = readMemory(target.pid).residentBytes;
  const open = await target.connections();
  if (open !== WARM + CONNECTIONS) throw new Error(`${open} connections are open, not ${WARM + CONNECTIONS}`);
  await collect?.();
  const collected = readMemory(target.pid).residentBytes;
  await driver.stop();
  const share = (after: number) => (after - before) / CONNECTIONS / KB;
  return { resident: share(resident), collected: share(collected) };
}

/** A server's folder with devices enrolled. */
interface Prepared {
  readonly tls: boolean;
  readonly dataDir: string;
  readonly devicesFile: string;
}

async function prepare(context: BenchContext, tls: boolean): Promise<Prepared> {
  const dataDir = await makeBenchFolder(context, 'server');
  const server = await startServerProcess(context, { dataDir, tls });
  context.say(`enrolling ${WARM + CONNECTIONS} devices`);
  const devicesFile = await enrollFleet(context, server, WARM + CONNECTIONS);
  await server.stop();
  return { tls, dataDir, devicesFile };
}

/** Both servers at one time, each started anew for each round: after the handshakes neither has anything to do. */
async function measureBoth(context: BenchContext, { tls, dataDir, devicesFile }: Prepared) {
  const ours: Cost[] = [];
  const bare: Cost[] = [];
  for (let round = 1; round <= context.rounds; round++) {
    context.say(`${tls ? 'TLS' : 'plain'}, round ${round} of ${context.rounds}`);
    const server = await startServerProcess(context, { dataDir, tls, collectable: true });
    const beside = await startBareServer(context, 'sink', tls ? join(dataDir, 'tls') : '');
    const [one, other] = await Promise.all([
      measureOne(context, targetOf(server, devicesFile), server.collect),
      measureOne(context, beside),
    ]);
    ours.push(one);
    bare.push(other);
    await server.stop();
    await beside.stop();
  }
  const of = (costs: readonly Cost[], kind: keyof Cost) => summarize(costs.map((cost) => cost[kind]));
  return {
    resident: of(ours, 'resident'),
    collected: of(ours, 'collected'),
    bare: of(bare, 'resident'),
  };
}

async function run(context: BenchContext): Promise<readonly Figure[]> {
  const prepared = [await prepare(context, false), await prepare(context, true)] as const;
  const [plain, tls] = await Promise.all([
    measureBoth(context, prepared[0]),
    measureBoth(context, prepared[1]),
  ]);
  const collected =
    'what V8 has not yet found to be garbage stays resident on an idle server: here it was made to look';
  return [
    {
      name: 'an idle plain connection',
      unit: 'KB',
      ...plain.resident,
      atMost: 14,
      raw: { what: 'ws alone', value: plain.bare.value },
      note: `resident once idle, ${CONNECTIONS} connections after ${WARM}; published: WhatsApp, Phoenix, Node C1000K 8–67 KB`,
    },
    { name: 'the same, garbage collected', unit: 'KB', ...plain.collected, note: collected },
    {
      name: 'an idle TLS connection',
      unit: 'KB',
      ...tls.resident,
      atMost: 48,
      raw: { what: 'ws alone', value: tls.bare.value },
    },
    { name: 'the same, garbage collected', unit: 'KB', ...tls.collected, note: collected },
  ];
}

export const serverConnections: Bench = {
  id: 'server-connections',
  says: `resident memory of the server for each of ${CONNECTIONS} idle connections`,
  run,
};
