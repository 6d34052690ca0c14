// Bench of a storm: the server is killed with 10,000 TLS devices connected; how long until all are back, and what people see meanwhile.
import { quantileOf } from '../fleet/histogram.ts';
import { profiles } from '../fleet/profile.ts';
import { send } from '../support/server.ts';
import { pause } from '../support/wait.ts';
import { type Bench, type BenchContext, type Figure, summarize } from './bench.ts';
import { killServer, startFleetOn, startFleetServer, sumFigure } from './fleet-house.ts';
import { type ServerProcess, startServerProcess } from './stage.ts';

const DEVICES = 10_000;
const WORKERS = 2;
/** From this age on a session ends a series of failures (HEALTHY_AFTER_MS of the agent): devices that have just come would back off longer, ms. */
const HEALTHY_MS = 65_000;
/** A person looks at a list so often while the fleet comes back, ms. */
const LOOK_MS = 500;
/** A page that takes longer than this is one that a person would see as broken, ms. */
const PATIENT_MS = 5_000;

interface Storm {
  readonly backMs: number;
  readonly startMs: number;
  readonly maxDelayMs: number;
  readonly errors: number;
  readonly pageMs: number;
  readonly outageP99Ms: number;
}

/** Asks for a list again and again until told to stop: errors, and the slowest answer. */
function look(server: ServerProcess): { end(): Promise<{ errors: number; slowestMs: number }> } {
  let isOver = false;
  let errors = 0;
  let slowestMs = 0;
  async function ask(): Promise<void> {
    while (!isOver) {
      const fromMs = performance.now();
      const asked = send(`${server.url}/api/v1/devices?limit=50`, { token: server.token });
      const answer = await Promise.race([asked, pause(PATIENT_MS).then(() => null)]).catch(() => null);
      slowestMs = Math.max(slowestMs, performance.now() - fromMs);
      if (answer?.status !== 200) errors++;
      await pause(LOOK_MS);
    }
  }
  const asking = ask();
  return {
    async end() {
      isOver = true;
      await asking;
      return { errors, slowestMs };
    },
  };
}

async function measure(context: BenchContext): Promise<Storm> {
  const first = await startFleetServer(context, { tls: true, hasUsualDoor: true, workers: WORKERS });
  const fleet = await startFleetOn(context, first, {
    devices: DEVICES,
    tls: true,
    fleet: { profile: profiles.idle },
  });
  context.say('waiting until their sessions are old enough');
  await pause(HEALTHY_MS);
  await fleet.keep();
  const port = new URL(first.url).port;
  context.say('killing the server');
  const fromMs = performance.now();
  await killServer(first);
  // The limits of the door are those of users, here and above: by them the server decides how fast devices may come.
  const second = await startServerProcess(context, {
    dataDir: first.dataDir,
    tls: true,
    hasUsualDoor: true,
    flags: ['--workers', String(WORKERS), '--port', port],
  });
  const startMs = performance.now() - fromMs;
  const person = look(second);
  await fleet.until('all devices are back', ({ online }) => online === DEVICES);
  const backMs = performance.now() - fromMs;
  const { errors, slowestMs } = await person.end();
  const maxDelayMs = 1_000 * (await sumFigure(second, 'muster_event_loop_delay_max_seconds', Math.max));
  const stats = await fleet.stop();
  await second.stop();
  const outageP99Ms = quantileOf(stats.latencies.outage, 0.99) ?? Number.NaN;
  return { backMs, startMs, maxDelayMs, errors, pageMs: slowestMs, outageP99Ms };
}

async function run(context: BenchContext): Promise<readonly Figure[]> {
  const storms: Storm[] = [];
  for (let round = 1; round <= context.rounds; round++) {
    context.say(`round ${round} of ${context.rounds}`);
    storms.push(await measure(context));
  }
  const of = (pick: (storm: Storm) => number) => summarize(storms.map(pick));
  return [
    {
      name: `from kill -9 until ${DEVICES.toLocaleString('en-US')} TLS devices are back`,
      unit: 's',
      ...of(({ backMs }) => backMs / 1_000),
      atMost: 60,
      raw: {
        what: 's, the start of server and database alone',
        value: of(({ startMs }) => startMs / 1_000).value,
      },
      note: 'devices notice, back off with full jitter as agents do, and make new TLS handshakes; their half of those runs on the same two cores',
    },
    {
      name: 'longest delay of the event loop meanwhile, of all workers',
      unit: 'ms',
      ...of(({ maxDelayMs }) => maxDelayMs),
      atMost: 250,
    },
    {
      name: 'errors that a person at a list sees once the server is back',
      unit: '',
      ...of(({ errors }) => errors),
      atMost: 0,
    },
    { name: 'slowest page of such a person', unit: 'ms', ...of(({ pageMs }) => pageMs) },
    {
      name: 'longest time a device was away, p99',
      unit: 's',
      ...of(({ outageP99Ms }) => outageP99Ms / 1_000),
    },
  ];
}

export const storm: Bench = {
  id: 'storm',
  says: 'the server killed under 10,000 TLS devices: how long until all are back',
  run,
};
