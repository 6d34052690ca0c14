// `pnpm fleet` and `pnpm demo`: simulated devices against a real server, with a live display; also the processes that a fleet is made of.
import { readFile } from 'node:fs/promises';
import { createOrders } from '../support/orders.ts';
import { runNode, serverProgram } from '../support/processes.ts';
import { DEMO_USAGE, type DemoOptions, readDemoOptions, startDemo } from './demo.ts';
import { drawLine, drawScreen, redraw } from './display.ts';
import { type Fleet, startFleet } from './fleet.ts';
import { openOffice, startOrdering } from './jobs.ts';
import { readKept } from './kept.ts';
import { FLEET_USAGE, type FleetOptions, readFleetOptions } from './options.ts';
import { describeStats, type FleetStats } from './stats.ts';
import { runWorker } from './worker.ts';

/** Time between two drawings on a terminal, and between two lines elsewhere, ms. */
const SCREEN_MS = 1_000;
const LINE_MS = 10_000;

const say = (text: string) => void process.stderr.write(`${text}\n`);

/** Resolves when the time is over, or at Ctrl-C; a second Ctrl-C ends the process at once. */
function untilOver(seconds: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, Math.min(seconds * 1_000, 2 ** 31 - 1));
    for (const name of ['SIGINT', 'SIGTERM'] as const) {
      process.once(name, () => {
        clearTimeout(timer);
        resolve();
      });
    }
  });
}

/** Shows the fleet until it is told to stop. */
function startDisplay(fleet: Fleet, title: string): () => void {
  const { stderr } = process;
  let before: { stats: FleetStats; atMs: number } | null = null;
  let lines = 0;
  async function show(): Promise<void> {
    const now = { stats: await fleet.stats(), atMs: performance.now() };
    const last = before ?? { stats: now.stats, atMs: now.atMs - 1 };
    before = now;
    const looks = { now: now.stats, before: last.stats, seconds: (now.atMs - last.atMs) / 1_000 };
    if (stderr.isTTY) lines = redraw(stderr, drawScreen(looks, title), lines);
    else say(drawLine(looks));
  }
  // A fleet that is ending does not answer any more.
  const timer = setInterval(() => void show().catch(() => undefined), stderr.isTTY ? SCREEN_MS : LINE_MS);
  return () => clearInterval(timer);
}

/** Tokens wherever they stand in the file: `muster tokens create` prints a whole command. */
async function readTokens(path: string): Promise<string[]> {
  if (path === '') return [];
  const text = await readFile(path, 'utf8').catch((cause: Error) => {
    throw new Error(`--token-file: ${path} cannot be read (${cause.message}).`, { cause });
  });
  const tokens = text.match(/mst1\.[^\s'"|]+/g) ?? [];
  if (tokens.length === 0) throw new Error(`--token-file: there is no token, mst1.…, in ${path}.`);
  return tokens;
}

/** Devices that no run before kept would wait for a token for ever. */
async function checkKept({ tokenFile, devicesFile, devices }: FleetOptions): Promise<void> {
  if (tokenFile !== '') return;
  const kept = Object.keys((await readKept(devicesFile)).devices).length;
  if (kept < devices)
    throw new Error(
      `${devicesFile} keeps ${kept} devices; more need a --token-file, or fewer --devices than ${devices}.`,
    );
}

/** The jobs of the profile, ordered by the signer of a quick start. */
async function startJobs({ ordersFrom, url, profile, speed }: FleetOptions): Promise<() => void> {
  if (ordersFrom === '' || profile.jobEveryMs === 0) return () => undefined;
  const owner = { teardown: () => undefined };
  const made = await runNode(owner, serverProgram('token', '--name', 'fleet', '--data-dir', ordersFrom));
  const orders = await createOrders(openOffice({ url, token: made.trim(), dataDir: ordersFrom }));
  return startOrdering(orders, profile.jobEveryMs / speed, say);
}

async function runFleet(options: FleetOptions): Promise<void> {
  await checkKept(options);
  const { tokenFile, profileName, json, seconds, ordersFrom: _, ...wish } = options;
  const fleet = await startFleet({ ...wish, tokens: await readTokens(tokenFile) });
  const title = `${options.devices.toLocaleString('en-US')} simulated devices on ${options.url}, profile ${profileName}, ${options.speed} × real time; Ctrl-C ends`;
  const stopDisplay = json ? () => undefined : startDisplay(fleet, title);
  const stopJobs = await startJobs(options);
  await untilOver(seconds);
  stopJobs();
  stopDisplay();
  const last = await fleet.stop();
  if (json || !process.stdout.isTTY)
    process.stdout.write(`${JSON.stringify(describeStats(last), null, 2)}\n`);
  else say('All said goodbye. With --json, or into a file, a run ends with every count.');
}

async function runDemo(options: DemoOptions): Promise<void> {
  const demo = await startDemo(options, say);
  say(demo.words);
  const stopDisplay = startDisplay(demo.fleet, demo.title);
  await untilOver(options.seconds);
  stopDisplay();
  say('Stopping …');
  await demo.stop();
  if (options.server === '') say('Stopped. The same command finds everything again.');
}

/** Reads a command line; what is wrong with it comes with the way to its help. */
function read<T>(options: () => T, command: string): T {
  try {
    return options();
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${text}\nSee npx pnpm@12.21.0 ${command} --help.`, { cause });
  }
}

async function main([word = '', ...rest]: readonly string[]): Promise<void> {
  if (word === 'worker') {
    runWorker();
    return;
  }
  if (word === 'demo') {
    const options = read(() => readDemoOptions(rest), 'demo');
    if (options === null) process.stdout.write(DEMO_USAGE);
    else await runDemo(options);
  } else {
    const options = read(() => readFleetOptions([word, ...rest].filter(Boolean)), 'fleet');
    if (options === null) process.stdout.write(FLEET_USAGE);
    else await runFleet(options);
  }
  process.exit();
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exit(2);
}
