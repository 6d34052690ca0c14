// Bench of enrollment: new devices with keys of their own, each in one TLS connection, and a session after it.
import { quantileOf } from '../fleet/histogram.ts';
import { profiles } from '../fleet/profile.ts';
import { pause } from '../support/wait.ts';
import { type Bench, type BenchContext, type Figure, summarize } from './bench.ts';
import { findServerPids, readCpu, startFleetOn, startFleetServer } from './fleet-house.ts';

/** New devices of a round; those of the first seconds fill caches. */
const DEVICES = 3_000;
/** Connections begun in a second: more than is promised, less than the machine could. */
const RATE = 230;
const QUIET_MS = 3_000;

interface Round {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMs: number;
}

async function measure(context: BenchContext): Promise<Round> {
  const server = await startFleetServer(context, { tls: true, workers: 2 });
  const pids = findServerPids(server.pid);
  // The code of an enrollment runs for the first time in these.
  const first = await startFleetOn(context, server, {
    devices: 100,
    tls: true,
    fleet: { profile: profiles.silent },
  });
  const firstStats = await first.stop();
  await pause(QUIET_MS);
  const from = { ms: 0, cpuMs: 0, known: 0 };
  const fleet = await startFleetOn(context, server, {
    devices: DEVICES,
    tls: true,
    fleet: { profile: profiles.silent, rate: RATE },
    // Starting the processes of the fleet is not enrolling.
    started({ known }) {
      Object.assign(from, { ms: performance.now(), cpuMs: readCpu(pids), known });
    },
    until: ({ known }) => known === DEVICES,
  });
  const seconds = (performance.now() - from.ms) / 1_000;
  const enrolled = DEVICES - from.known;
  const cpuMs = (readCpu(pids) - from.cpuMs) / enrolled;
  const stats = await fleet.stop();
  if (firstStats.counters.refused + stats.counters.refused > 0)
    throw new Error(JSON.stringify(stats.reasons));
  await server.stop();
  const { enroll } = stats.latencies;
  return {
    perSecond: enrolled / seconds,
    p50Ms: quantileOf(enroll, 0.5) ?? Number.NaN,
    p99Ms: quantileOf(enroll, 0.99) ?? Number.NaN,
    cpuMs,
  };
}

async function run(context: BenchContext): Promise<readonly Figure[]> {
  const rounds: Round[] = [];
  for (let round = 1; round <= context.rounds; round++) {
    context.say(`round ${round} of ${context.rounds}`);
    rounds.push(await measure(context));
  }
  const of = (pick: (round: Round) => number) => summarize(rounds.map(pick));
  return [
    {
      name: 'enrollments a second',
      unit: '/s',
      ...of(({ perSecond }) => perSecond),
      atLeast: 200,
      note: `${DEVICES} new devices offered at ${RATE}/s, two TLS handshakes each (enrollment, session); their signatures and their half of the handshakes run on the same two cores`,
    },
    { name: 'from enroll to enrolled, p50', unit: 'ms', ...of(({ p50Ms }) => p50Ms) },
    { name: 'from enroll to enrolled, p99', unit: 'ms', ...of(({ p99Ms }) => p99Ms), atMost: 1_000 },
    {
      name: 'processor time of the server an enrollment, with its two handshakes',
      unit: 'ms',
      ...of(({ cpuMs }) => cpuMs),
    },
  ];
}

export const enroll: Bench = {
  id: 'enroll',
  says: 'new devices a second, and how long each waits',
  run,
};
