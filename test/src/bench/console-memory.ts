// Bench of the console, memory: what Devices holds while devices come and go, and how that grows in an hour.
import { pause, until } from '../support/wait.ts';
import { type BenchContext, type Figure, median, summarize } from './bench.ts';
import { type BarePage, openBarePage, type Send } from './console-browser.ts';
import type { ConsoleHouse } from './console-house.ts';
import { nameComers, startTraffic } from './console-live.ts';
import { readMemory } from './proc.ts';

/** Devices that come and go, and how often one of them does, ms. */
const COMERS = 400;
const COME_EVERY_MS = 250;
/** A look at the memory at least that often, ms, and so many of them in a short run. */
const LOOK_MS = 30_000;
const LEAST_LOOKS = 24;
/** So long caches fill, minutes, or this share of a short run: what is held then is not counted. */
const FILL_MINUTES = 10;
const FILL_SHARE = 1 / 6;
/** A shorter watch proves nothing about an hour, minutes. */
const PROVING_MINUTES = 30;
/** What is held, and a growth in an hour that nobody can tell from none, MB. */
const held = {
  heapMb: { name: 'heap of Devices after a collection', flatMb: 5 },
  processMb: { name: 'private memory of its processes after a collection', flatMb: 10 },
} as const;
/** Looks at either end whose medians are compared. */
const ENDS = 10;
const MB = 1_000_000;

/** A look, after a collection. */
interface Look {
  readonly minute: number;
  readonly heapMb: number;
  readonly processMb: number;
  readonly nodes: number;
  readonly listeners: number;
  /** What the rows in sight say of their devices: that the page is alive. */
  readonly presences: string;
}

/** Text of the rows in sight: of one column, or of all. */
async function readRows(send: Send, column = ''): Promise<string> {
  const expression = `[...document.querySelectorAll('tr[data-index] td${column}')].map((cell) => cell.textContent).join()`;
  const { result } = await send('Runtime.evaluate', { expression, returnByValue: true });
  return String((result as { readonly value: unknown }).value);
}

/** Opens Devices in a browser of its own, and waits for the rows. */
async function openList(context: BenchContext, { site, visit }: ConsoleHouse): Promise<BarePage> {
  const visitor = await visit();
  const page = await openBarePage(context, {
    url: `${site}/devices`,
    cookies: await visitor.context.cookies(),
  });
  await visitor.context.close();
  const isShown = async (send: Send) => (await readRows(send)).includes('a-comes-');
  // There is nothing to ask before the first answer of the server.
  await until('the rows are shown', () => page.look(isShown).catch(() => false));
  return page;
}

/** The heap after a collection, and what the processes then hold. */
async function lookAt(page: BarePage, minute: number): Promise<Look> {
  const {
    heap,
    performance: measured,
    presences,
  } = await page.look(async (send) => {
    // Twice: what a finalizer lets go is gone after the second.
    for (let time = 0; time < 2; time++) await send('HeapProfiler.collectGarbage');
    await send('Performance.enable');
    return {
      heap: await send('Runtime.getHeapUsage'),
      performance: await send('Performance.getMetrics'),
      presences: await readRows(send, ':nth-child(3)'),
    };
  });
  const all = measured.metrics as readonly { readonly name: string; readonly value: number }[];
  const readMetric = (wanted: string) => all.find(({ name }) => name === wanted)?.value ?? Number.NaN;
  const pids = await page.renderers();
  return {
    minute,
    heapMb: Number(heap.usedSize) / MB,
    processMb: pids.reduce((sum, pid) => sum + readMemory(pid).anonymousBytes, 0) / MB,
    nodes: readMetric('Nodes'),
    listeners: readMetric('JSEventListeners'),
    presences,
  };
}

/** Growth in an hour: the median of the slopes of all pairs, which a few wild looks do not bend (Theil–Sen). */
function growth(looks: readonly Look[], pick: (look: Look) => number): number {
  const slopes = looks.flatMap((from, at) =>
    looks.slice(at + 1).map((to) => (pick(to) - pick(from)) / (to.minute - from.minute)),
  );
  return median(slopes) * 60;
}

function compareEnds(looks: readonly Look[], pick: (look: Look) => number): string {
  const [first, last] = [looks.slice(0, ENDS), looks.slice(-ENDS)].map((some) => median(some.map(pick)));
  return `${first?.toFixed(1)} at first, ${last?.toFixed(1)} at last`;
}

async function watch(context: BenchContext, page: BarePage): Promise<Look[]> {
  const everyMs = Math.min(LOOK_MS, (context.minutes * 60_000) / LEAST_LOOKS);
  const looks: Look[] = [];
  const fromMs = performance.now();
  for (let minute = 0; minute < context.minutes; minute = (performance.now() - fromMs) / 60_000) {
    await pause(everyMs);
    const one = await lookAt(page, (performance.now() - fromMs) / 60_000);
    looks.push(one);
    const { heapMb, processMb, nodes } = one;
    context.say(
      `${one.minute.toFixed(1)} min: heap ${heapMb.toFixed(2)} MB, process ${processMb.toFixed(1)} MB, ${nodes} nodes`,
    );
  }
  const filled = Math.min(FILL_MINUTES, context.minutes * FILL_SHARE);
  return looks.filter(({ minute }) => minute >= filled);
}

export async function measureMemory(context: BenchContext, house: ConsoleHouse): Promise<readonly Figure[]> {
  context.say(`${COMERS} devices enroll`);
  const devices = await house.addDevices(nameComers(COMERS));
  const page = await openList(context, house);
  context.say(`watching the memory of Devices for ${context.minutes} minutes`);
  const traffic = startTraffic(house, devices, COME_EVERY_MS);
  const looks = await watch(context, page);
  const { changes, failures } = await traffic.stop();
  const ends = (['nodes', 'listeners'] as const).map(
    (key) => `${key} ${compareEnds(looks, (one) => one[key])}`,
  );
  const what = `${changes} changes of ${COMERS} of 100,400 devices in ${context.minutes} minutes, ${failures} failed`;
  const alive = looks.filter(({ presences }, at) => presences !== looks[at - 1]?.presences).length;
  const note = [what, `the rows said something else at ${alive} of ${looks.length} looks`, ...ends].join(
    '; ',
  );
  const isProof = context.minutes >= PROVING_MINUTES;
  return (['heapMb', 'processMb'] as const).flatMap((key) => {
    const pick = (one: Look) => one[key];
    const { name, flatMb } = held[key];
    return [
      { name, unit: 'MB', ...summarize(looks.map(pick)), note },
      {
        name: `${name}: growth in an hour`,
        ...{ unit: 'MB', value: growth(looks, pick), note: compareEnds(looks, pick) },
        ...(isProof ? { atMost: flatMb } : {}),
      },
    ];
  });
}
