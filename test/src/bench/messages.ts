// Bench of heartbeats, the messages there are most of: statements they cause, how many a second, and what each costs, beside ws alone.
import { pause, until } from '../support/wait.ts';
import { type Bench, type BenchContext, type Figure, summarize } from './bench.ts';
import { enrollFleet, startBareServer, startDriver, type Target, targetOf } from './load.ts';
import { readCpuMs } from './proc.ts';
import { makeBenchFolder, type ServerProcess, startServerProcess } from './stage.ts';

const DEVICES = 50;
const SECONDS = 6;
/** Time without devices that is looked at before, so that the server's own housekeeping is known; ms. */
const QUIET_MS = 30_000;

/** One run against one target: heartbeats a second, and processor time of each, µs. */
async function measureRate(context: BenchContext, target: Target) {
  const driver = await startDriver(context, target, { first: DEVICES, beatSeconds: SECONDS });
  const cpuBefore = readCpuMs(target.pid);
  const framesBefore = await target.frames();
  const fromMs = performance.now();
  const { sent } = await driver.result();
  await untilStill(target);
  const took = performance.now() - fromMs;
  const frames = (await target.frames()) - framesBefore;
  const cpuMs = readCpuMs(target.pid) - cpuBefore;
  await driver.stop();
  if (frames > sent) throw new Error(`${frames} frames arrived of ${sent} sent`);
  return { perSecond: (frames / took) * 1_000, microseconds: (cpuMs * 1_000) / frames };
}

/** Waits until no more frames arrive. */
async function untilStill(target: Target): Promise<void> {
  let before = -1;
  await until('the frames have arrived', async () => {
    const now = await target.frames();
    const isStill = now === before;
    before = now;
    return isStill;
  });
}

/** Statements for each 10,000 heartbeats, less those of a quiet time of the same length. */
async function measureStatements(context: BenchContext, server: ServerProcess, devicesFile: string) {
  const statements = () => server.figure('muster_statements_total');
  const target = targetOf(server, devicesFile);
  await pause(5_000);
  const [quietFrom, quietMs] = [await statements(), performance.now()];
  await pause(QUIET_MS);
  const quiet = ((await statements()) - quietFrom) / (performance.now() - quietMs);
  const driver = await startDriver(context, target, { first: DEVICES, beatSeconds: SECONDS });
  // Opening sessions writes epochs and presence; from here on only heartbeats come.
  await pause(1_000);
  const [from, fromMs, framesFrom] = [await statements(), performance.now(), await target.frames()];
  await driver.result();
  await untilStill(target);
  const caused = (await statements()) - from - quiet * (performance.now() - fromMs);
  const frames = (await target.frames()) - framesFrom;
  await driver.stop();
  return { per10000: Math.max(0, Math.round(caused)) / (frames / 10_000), frames, quiet: quiet * 60_000 };
}

async function run(context: BenchContext): Promise<readonly Figure[]> {
  const dataDir = await makeBenchFolder(context, 'server');
  const server = await startServerProcess(context, { dataDir, tls: false });
  const devicesFile = await enrollFleet(context, server, DEVICES);
  const statements = await measureStatements(context, server, devicesFile);
  const targets = {
    ours: targetOf(server, devicesFile),
    sink: await startBareServer(context, 'sink'),
    echo: await startBareServer(context, 'echo'),
  };
  const rates = { ours: [], sink: [], echo: [] } as Record<
    keyof typeof targets,
    { perSecond: number; microseconds: number }[]
  >;
  for (let round = 1; round <= context.rounds; round++) {
    context.say(`round ${round} of ${context.rounds}`);
    for (const name of ['ours', 'sink', 'echo'] as const)
      rates[name].push(await measureRate(context, targets[name]));
  }
  const of = (name: keyof typeof rates, what: 'perSecond' | 'microseconds') =>
    summarize(rates[name].map((rate) => rate[what]));
  const shares = rates.ours.map(
    ({ microseconds }, round) => (rates.echo[round]?.microseconds ?? Number.NaN) / microseconds,
  );
  return [
    {
      name: 'statements for 10,000 heartbeats',
      unit: '',
      value: statements.per10000,
      atMost: 0,
      note: `${statements.frames} heartbeats; the server's housekeeping of ${statements.quiet.toFixed(0)} statements a minute is taken off`,
    },
    {
      name: "share of a bare ws echo server's rate a core",
      unit: '',
      ...summarize(shares),
      atLeast: 0.7,
      note: 'processor time of a message there by that of a heartbeat here, in each round: what one core takes when nothing else is the limit',
    },
    {
      name: 'heartbeats a second, one core',
      unit: '/s',
      ...of('ours', 'perSecond'),
      raw: { what: '/s, ws that only receives', value: of('sink', 'perSecond').value },
      note: 'the driver on the other core may be what limits: compare by processor time',
    },
    {
      name: 'processor time of a heartbeat',
      unit: 'µs',
      ...of('ours', 'microseconds'),
      raw: { what: 'µs, ws that only receives', value: of('sink', 'microseconds').value },
    },
    {
      name: 'the same, ws that sends it back',
      unit: 'µs',
      ...of('echo', 'microseconds'),
      note: 'a heartbeat is not answered; this is the usual yardstick of servers',
    },
  ];
}

export const messages: Bench = {
  id: 'messages',
  says: 'statements, rate and processor time of heartbeats, beside bare ws',
  run,
};
