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
/** V8 gives back what handshakes left behind once a process has been idle; seen after 15 to 45 s, ms. */
const SETTLE_MS = 75_000;
const KB = 1_024;

/** Resident bytes that each of 2,000 further connections added. */
async function measureOne(context: BenchContext, target: Target, connections = CONNECTIONS): Promise<number> {
  const driver = await startDriver(context, target, { first: WARM, rest: connections });
  await pause(SETTLE_MS);
  const before = readMemory(target.pid).residentBytes;
  await driver.openRest();
  await pause(SETTLE_MS);
  const after = readMemory(target.pid).residentBytes;
  const open = await target.connections();
  if (open !== WARM + connections) throw new Error(`${open} connections are open, not ${WARM + connections}`);
  await driver.stop();
  return (after - before) / connections / KB;
}

/** Both servers at one time, each started anew for each round: after the handshakes neither has anything to do. */
async function measureBoth(context: BenchContext, tls: boolean) {
  const dataDir = await makeBenchFolder(context, 'server');
  const first = await startServerProcess(context, { dataDir, tls });
  context.say(`enrolling ${WARM + CONNECTIONS} devices`);
  const devicesFile = await enrollFleet(context, first, WARM + CONNECTIONS);
  await first.stop();
  const ours: number[] = [];
  const bare: number[] = [];
  for (let round = 1; round <= context.rounds; round++) {
    context.say(`${tls ? 'TLS' : 'plain'}, round ${round} of ${context.rounds}`);
    const server = await startServerProcess(context, { dataDir, tls });
    const beside = await startBareServer(context, 'sink', tls ? join(dataDir, 'tls') : '');
    const [one, other] = await Promise.all([
      measureOne(context, targetOf(server, devicesFile)),
      measureOne(context, beside),
    ]);
    ours.push(one);
    bare.push(other);
    await server.stop();
    await beside.stop();
  }
  return { ours: summarize(ours), bare: summarize(bare) };
}

async function run(context: BenchContext): Promise<readonly Figure[]> {
  const plain = await measureBoth(context, false);
  const tls = await measureBoth(context, true);
  const what = 'ws alone';
  const published = 'published: WhatsApp, Phoenix, Node C1000K 8–67 KB';
  return [
    {
      name: 'an idle plain connection',
      unit: 'KB',
      ...plain.ours,
      atMost: 14,
      raw: { what, value: plain.bare.value },
      note: `resident once idle, ${CONNECTIONS} connections after ${WARM}; ${published}`,
    },
    {
      name: 'an idle TLS connection',
      unit: 'KB',
      ...tls.ours,
      atMost: 48,
      raw: { what, value: tls.bare.value },
    },
  ];
}

export const serverConnections: Bench = {
  id: 'server-connections',
  says: `resident memory of the server for each of ${CONNECTIONS} idle connections`,
  run,
};
