// Bench of the inventory: processor and processes of a full one, time until it is stored, bytes of each kind of exchange.
import { enrollDevice, openDevice } from '../fleet/device.ts';
import { pause, until } from '../support/wait.ts';
import { startTalk, type Talk } from './agent-half.ts';
import { type Bench, type BenchContext, type Figure, summarize } from './bench.ts';
import { makeDebian } from './debian.ts';
import { readChildSigns, readCpuMs, startedNothing } from './proc.ts';
import type { InventoryCost } from './programs/inventory-pass.ts';
import { bytesBetween, type CountingProxy, startProxy } from './proxy.ts';
import {
  benchProgram,
  enrollAgent,
  makeBenchFolder,
  quickstartAgent,
  type ServerProcess,
  startServerProcess,
  startWith,
  untilStored,
} from './stage.ts';

const PACKAGES = 1_000;
const UPGRADES = 7;
const KB = 1_024;
/** Time after which nothing more of an exchange is on its way, ms. */
const STILL_MS = 2_000;

/** Runs passes over that root in a process of their own, with the flags of the resident agent. */
async function measurePass(context: BenchContext, root: string): Promise<InventoryCost> {
  const program = startWith(context, quickstartAgent, [benchProgram('inventory-pass'), root]);
  const end = await program.ended;
  if (end !== 0) throw new Error(`the inventory ended with ${end}: ${program.output()}`);
  return JSON.parse(program.output());
}

async function measurePasses(context: BenchContext, root: string) {
  const costs: InventoryCost[] = [];
  for (let round = 0; round < context.rounds; round++) costs.push(await measurePass(context, root));
  const of = (pick: (cost: InventoryCost) => number) => summarize(costs.map(pick));
  return { of, packages: costs[0]?.packages ?? 0, allAlone: costs.every((cost) => cost.startedNothing) };
}

/** The agent that ships, from its first start until the server has its packages. */
async function measureFirstStart(context: BenchContext, server: ServerProcess) {
  const agent = await enrollAgent(context, server.url, await server.enrollmentToken(1));
  const fromMs = performance.now();
  const { pid } = agent.run(quickstartAgent);
  await untilStored(server, agent.deviceId);
  const seconds = (performance.now() - fromMs) / 1_000;
  return { seconds, cpuS: readCpuMs(pid) / 1_000, isAlone: startedNothing(readChildSigns(pid)) };
}

/** Bytes both ways while that happens, KB. */
async function countKb(
  { proxy, stillMs }: { proxy: CountingProxy; stillMs: number },
  work: () => Promise<void>,
): Promise<number> {
  const before = proxy.bytes();
  await work();
  await pause(stillMs);
  return bytesBetween(before, proxy.bytes()) / KB;
}

/** Lets the server ask, as it does when the digest of a heartbeat is new to it, and waits until it has all. */
async function exchange(talk: Talk, begin: () => Promise<void>): Promise<void> {
  const before = talk.stored();
  await begin();
  await until('the server has stored the inventory', () => talk.stored() > before);
}

/** The exchanges of a device with a thousand packages, as the network sees them. */
export async function measureWire(
  context: Pick<BenchContext, 'teardown'>,
  serverUrl: string,
  { token, stillMs = STILL_MS }: { token: string; stillMs?: number },
) {
  const folder = await makeBenchFolder(context, 'debian');
  const debian = await makeDebian(folder, PACKAGES);
  const proxy = await startProxy(context, serverUrl);
  const counted = { proxy, stillMs };
  const device = await enrollDevice(serverUrl, token, { hostname: 'bench-wire' });
  const talk = startTalk(debian.root);
  let wire = await openDevice(proxy.url, device, { beat: null });
  context.teardown(async () => wire.socket.terminate());
  const firstKb = await countKb(counted, () =>
    exchange(talk, async () => {
      await talk.inventory.runNow();
      talk.use(wire);
      talk.beat();
    }),
  );
  const unchangedKb = await countKb(counted, async () => {
    await talk.inventory.runNow();
    talk.beat();
  });
  const upgradesKb = await countKb(counted, () =>
    exchange(talk, async () => {
      await debian.upgrade(UPGRADES);
      await talk.inventory.runNow();
    }),
  );
  wire.socket.close();
  await wire.closed;
  const reconnectKb = await countKb(counted, async () => {
    wire = await openDevice(proxy.url, device, { beat: null });
    talk.use(wire);
    talk.beat();
  });
  return { firstKb, unchangedKb, upgradesKb, reconnectKb };
}

async function run(context: BenchContext): Promise<readonly Figure[]> {
  const folder = await makeBenchFolder(context, 'debian');
  const debian = await makeDebian(folder, PACKAGES);
  context.say('reading inventories');
  const here = await measurePasses(context, '/');
  const made = await measurePasses(context, debian.root);
  const dataDir = await makeBenchFolder(context, 'server');
  const server = await startServerProcess(context, { dataDir, tls: false });
  context.say('counting bytes');
  // Before any other device: what a server has of one device, it does not ask another for.
  const wire = await measureWire(context, server.url, { token: await server.enrollmentToken(1) });
  const equal = await measureWire(context, server.url, { token: await server.enrollmentToken(1) });
  const starts: Awaited<ReturnType<typeof measureFirstStart>>[] = [];
  for (let round = 1; round <= context.rounds; round++) {
    context.say(`first start ${round} of ${context.rounds}`);
    starts.push(await measureFirstStart(context, server));
  }
  const isAlone = here.allAlone && made.allAlone && starts.every((start) => start.isAlone);
  return [
    {
      name: `a full inventory, ${PACKAGES} packages`,
      unit: 'CPU-s',
      ...made.of(({ coldS }) => coldS),
      atMost: 0.1,
      note: `first pass of a loaded process, ${made.packages} packages found; peers: 0.93–2.4 CPU-s`,
    },
    {
      name: `the same on this machine, ${here.packages} packages`,
      unit: 'CPU-s',
      ...here.of(({ coldS }) => coldS),
      atMost: 0.1,
    },
    { name: 'the same once the code is warm', unit: 'CPU-s', ...made.of(({ warmS }) => warmS) },
    {
      name: 'looking again when nothing has changed',
      unit: 'CPU-s',
      ...made.of(({ unchangedS }) => unchangedS),
    },
    {
      name: 'agent, from its start until stored',
      unit: 'CPU-s',
      ...summarize(starts.map(({ cpuS }) => cpuS)),
      note: 'loading the bundle, TCP, authentication, inventory, sending',
    },
    { name: 'processes started', unit: '', value: isAlone ? 0 : 1, atMost: 0, note: 'peers: 60–622' },
    {
      name: 'in the database after',
      unit: 's',
      ...summarize(starts.map(({ seconds }) => seconds)),
      atMost: 5,
    },
    {
      name: 'first send on the wire',
      unit: 'KB',
      value: wire.firstKb,
      atMost: 20,
      note: 'TCP payload, both directions, to a server that knows nothing of it',
    },
    { name: 'the same from a second, equal device', unit: 'KB', value: equal.firstKb, atMost: 20 },
    { name: 'an unchanged check', unit: 'KB', value: wire.unchangedKb, atMost: 2 },
    { name: `${UPGRADES} upgrades`, unit: 'KB', value: wire.upgradesKb, atMost: 16 },
    { name: 'a new session, nothing changed', unit: 'KB', value: wire.reconnectKb },
  ];
}

export const inventory: Bench = {
  id: 'inventory',
  says: 'processor, processes, time and bytes of a full inventory',
  run,
};
