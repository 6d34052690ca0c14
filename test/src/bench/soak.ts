// Bench of time: a fleet with every fault for half an hour, and an agent whose server is gone; what grows is a leak.
import { readdirSync } from 'node:fs';
import { profiles } from '../fleet/profile.ts';
import { pause } from '../support/wait.ts';
import { type Bench, type BenchContext, type Figure, median } from './bench.ts';
import { findServerPids, readResident, startFleetOn, startFleetServer, sumFigure } from './fleet-house.ts';
import { enrollAgent, quickstartAgent, type ServerProcess, untilStored } from './stage.ts';

const DEVICES = 2_000;
const WORKERS = 2;
/** The day of the fleet goes by so much faster. */
const SPEED = 20;
/** At least so long; `--minutes` asks for more. */
const LEAST_MINUTES = 30;
const SAMPLE_MS = 10_000;
/** Share of the time that is left out at the beginning: caches fill, V8 learns how much it needs. */
const SETTLE_SHARE = 0.4;
const MB = 2 ** 20;

interface Sample {
  readonly minute: number;
  readonly serverBytes: number;
  readonly serverFiles: number;
  readonly agentBytes: number;
}

function countFiles(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + readdirSync(`/proc/${pid}/fd`).length, 0);
}

/** Slope of a line through the samples that a few wild ones do not bend: the median of the slopes of all pairs (Theil–Sen). */
function slope(samples: readonly Sample[], pick: (sample: Sample) => number): number {
  const slopes = samples.flatMap((from, at) =>
    samples.slice(at + 1).map((to) => (pick(to) - pick(from)) / (to.minute - from.minute)),
  );
  return median(slopes);
}

async function watch(
  minutes: number,
  {
    server,
    pids,
    agent,
  }: { readonly server: ServerProcess; readonly pids: readonly number[]; readonly agent: number },
): Promise<Sample[]> {
  const samples: Sample[] = [];
  const fromMs = performance.now();
  for (let minute = 0; minute < minutes; minute = (performance.now() - fromMs) / 60_000) {
    samples.push({
      minute,
      serverBytes: readResident(pids),
      // Those of sessions come and go with the fleet; what stays beside them is a leak.
      serverFiles: countFiles(pids) - (await sumFigure(server, 'muster_sessions')),
      agentBytes: readResident([agent]),
    });
    await pause(SAMPLE_MS);
  }
  return samples.filter(({ minute }) => minute >= minutes * SETTLE_SHARE);
}

async function run(context: BenchContext): Promise<readonly Figure[]> {
  const minutes = Math.max(LEAST_MINUTES, context.minutes);
  // The agent's server goes away for good.
  const gone = await startFleetServer(context, { tls: true, workers: 1 });
  const agent = await enrollAgent(context, gone.url, await gone.enrollmentToken(1));
  const program = agent.run(quickstartAgent);
  await untilStored(gone, agent.deviceId);
  await gone.stop();
  const server = await startFleetServer(context, { tls: true, workers: WORKERS });
  const fleet = await startFleetOn(context, server, {
    devices: DEVICES,
    tls: true,
    fleet: {
      profile: profiles.lively,
      speed: SPEED,
      faults: { slow: 0.02, 'half-open': 0.01, storm: 1, clones: 0.002, clocks: 0.05, flaps: 0.01 },
      stormEveryMs: 300_000,
    },
    until: ({ known }) => known === DEVICES,
  });
  const pids = findServerPids(server.pid);
  context.say(`watching for ${minutes} minutes`);
  const samples = await watch(minutes, { server, pids, agent: program.pid });
  const { counters } = await fleet.stop();
  const files = samples.map(({ serverFiles }) => serverFiles - median(samples.map((one) => one.serverFiles)));
  return [
    {
      name: 'memory of the server, growth an hour',
      unit: 'MB',
      value: (slope(samples, ({ serverBytes }) => serverBytes) * 60) / MB,
      atMost: 10,
      note: `median of the slopes of all pairs of ${samples.length} samples after ${Math.round(minutes * SETTLE_SHARE)} of ${minutes} minutes; ${DEVICES} devices at ${SPEED} × the profile lively with every fault: ${counters.sessions} sessions, ${counters.vanished} vanished, ${counters.stormed} dropped in storms, ${counters.clonesCaught} clones caught`,
    },
    {
      name: 'open files of the server beside its sessions, growth an hour',
      unit: '',
      value: slope(samples, ({ serverFiles }) => serverFiles) * 60,
      atMost: 20,
      note: `half-open sockets and handshakes are among them; ${Math.min(...files)} to +${Math.max(...files)} around the middle`,
    },
    {
      name: 'memory of an agent whose server is gone, growth an hour',
      unit: 'MB',
      value: (slope(samples, ({ agentBytes }) => agentBytes) * 60) / MB,
      atMost: 1,
    },
  ];
}

export const soak: Bench = {
  id: 'soak',
  says: 'half an hour of faults: memory and open files of the server, memory of an agent alone',
  run,
};
