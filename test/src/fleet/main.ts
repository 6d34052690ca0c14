// `pnpm fleet`: simulated devices against a real server, with a live display; also the processes that a fleet is made of.
import { readFile } from 'node:fs/promises';
import { drawLine, drawScreen, redraw } from './display.ts';
import { type Fleet, startFleet } from './fleet.ts';
import { FLEET_USAGE, type FleetOptions, readFleetOptions } from './options.ts';
import { describeStats, type FleetStats } from './stats.ts';
import { runWorker } from './worker.ts';

/** Time between two drawings on a terminal, and between two lines elsewhere, ms. */
const SCREEN_MS = 1_000;
const LINE_MS = 10_000;

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
    else stderr.write(`${drawLine(looks)}\n`);
  }
  // A fleet that is ending does not answer any more.
  const timer = setInterval(() => void show().catch(() => undefined), stderr.isTTY ? SCREEN_MS : LINE_MS);
  return () => clearInterval(timer);
}

async function readTokens(path: string): Promise<string[]> {
  if (path === '') return [];
  return (await readFile(path, 'utf8'))
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
}

async function run(options: FleetOptions): Promise<void> {
  const { tokenFile, profileName, json, seconds, ordersFrom: _, ...wish } = options;
  const fleet = await startFleet({ ...wish, tokens: await readTokens(tokenFile) });
  const title = `${options.devices.toLocaleString('en-US')} simulated devices on ${options.url}, profile ${profileName}, ${options.speed} × real time; Ctrl-C ends`;
  const stopDisplay = json ? () => undefined : startDisplay(fleet, title);
  await untilOver(seconds);
  stopDisplay();
  const stats = await fleet.stop();
  process.stdout.write(`${JSON.stringify(describeStats(stats), null, 2)}\n`);
}

async function main([word = '', ...rest]: readonly string[]): Promise<void> {
  if (word === 'worker') {
    runWorker();
    return;
  }
  const options = readFleetOptions([word, ...rest].filter(Boolean));
  if (options === null) process.stdout.write(FLEET_USAGE);
  else await run(options);
  process.exit();
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(
    `${error instanceof Error ? error.message : String(error)}\n\nSee pnpm fleet --help.\n`,
  );
  process.exit(2);
}
