// Bench of what a settled agent costs at its default intervals: processor, processes, writes, bytes on the wire.
import { watch } from 'node:fs';
import { join } from 'node:path';
import type { Program } from '../support/processes.ts';
import { pause } from '../support/wait.ts';
import { type Bench, type BenchContext, type Figure, median, summarize } from './bench.ts';
import { readChildSigns, readCpuMs, readWrittenBytes, startedNothing } from './proc.ts';
import { bytesBetween, type CountingProxy, startProxy } from './proxy.ts';
import {
  enrollAgent,
  makeBenchFolder,
  quickstartAgent,
  type ServerProcess,
  startBareNode,
  startServerProcess,
  untilStored,
} from './stage.ts';

/** After the first inventory: the first samples, the first heartbeats and what the start left to do, ms. */
const SETTLE_MS = 90_000;
const MINUTES_A_DAY = 1_440;
const KB = 1_024;

/** An agent under observation. */
interface Watched {
  readonly program: Program;
  readonly proxy: CountingProxy;
  /** Writes seen in the state folder so far, each file counted once a moment. */
  writes(): number;
}

/** Counts changes of files in the state folder and its subfolders, merging those of one file within a moment. */
function countWrites(context: BenchContext, stateDir: string): () => number {
  let writes = 0;
  const last = new Map<string, number>();
  for (const folder of ['.', 'ring', 'outbox']) {
    const path = join(stateDir, folder);
    try {
      const watcher = watch(path, (_event, name) => {
        const key = join(folder, (name ?? '').replace(/\.next$/, ''));
        const now = performance.now();
        if (now - (last.get(key) ?? Number.NEGATIVE_INFINITY) > 500) writes++;
        last.set(key, now);
      });
      context.teardown(async () => watcher.close());
    } catch (error) {
      // A subfolder that this agent does not have.
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }
  return () => writes;
}

async function startWatched(context: BenchContext, server: ServerProcess): Promise<Watched> {
  const proxy = await startProxy(context, server.url);
  const agent = await enrollAgent(context, proxy.url, await server.enrollmentToken(1));
  const program = agent.run(quickstartAgent);
  await untilStored(server, agent.deviceId);
  return { program, proxy, writes: countWrites(context, agent.stateDir) };
}

function readNow({ program, proxy, writes }: Watched) {
  const { pid } = program;
  return {
    cpuMs: readCpuMs(pid),
    writes: writes(),
    writtenBytes: readWrittenBytes(pid),
    wire: proxy.bytes(),
    isAlone: startedNothing(readChildSigns(pid)),
  };
}

async function run(context: BenchContext): Promise<readonly Figure[]> {
  const { minutes, rounds } = context;
  const dataDir = await makeBenchFolder(context, 'server');
  const server = await startServerProcess(context, { dataDir, tls: false });
  const agents: Watched[] = [];
  for (let round = 0; round < rounds; round++) agents.push(await startWatched(context, server));
  const bare = startBareNode(context, quickstartAgent);
  context.say(`${rounds} agents settle for ${SETTLE_MS / 1_000} s, then run for ${minutes} minutes`);
  await pause(SETTLE_MS);
  const before = agents.map(readNow);
  const bareBeforeMs = readCpuMs(bare.pid);
  await pause(minutes * 60_000);
  const after = agents.map(readNow);
  const growth = (pick: (now: ReturnType<typeof readNow>) => number) =>
    after.map((now, at) => {
      const then = before[at];
      return then === undefined ? Number.NaN : (pick(now) - pick(then)) / minutes;
    });
  const wire = after.map((now, at) => {
    const then = before[at];
    return then === undefined ? Number.NaN : bytesBetween(then.wire, now.wire) / minutes;
  });
  return [
    {
      name: 'processor time a minute',
      unit: 'ms',
      ...summarize(growth(({ cpuMs }) => cpuMs)),
      atMost: 35,
      raw: { what: 'bare Node', value: (readCpuMs(bare.pid) - bareBeforeMs) / minutes },
      note: 'a sample every 10 s, all collectors at their intervals',
    },
    {
      name: 'agents that started a process',
      unit: '',
      value: after.filter(({ isAlone }) => !isAlone).length,
      atMost: 0,
      note: 'since their start: samples and the whole inventory',
    },
    { name: 'files written a minute', unit: '', ...summarize(growth(({ writes }) => writes)), atMost: 1 },
    { name: 'written to disk a minute', unit: 'KB', ...summarize(growth((now) => now.writtenBytes / KB)) },
    {
      name: 'on the wire in a day, idle',
      unit: 'KB',
      ...summarize(wire.map((bytes) => (bytes * MINUTES_A_DAY) / KB)),
      atMost: 256,
      note: describeWire(minutes, median(wire)),
    },
  ];
}

/** A short run may hold no chunk of measurements, or one too many: said beside the number. */
function describeWire(minutes: number, bytesAMinute: number): string {
  const extent = `extrapolated from ${minutes} minutes at ${bytesAMinute.toFixed(0)} B a minute, both directions`;
  return minutes < 60
    ? `${extent}; chunks come every 15 minutes: run --minutes 60 for a sound figure`
    : extent;
}

export const agentCpu: Bench = {
  id: 'agent-cpu',
  says: 'processor, processes, writes and bytes of a settled agent',
  run,
};
