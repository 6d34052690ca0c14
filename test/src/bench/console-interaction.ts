// Bench of the console, hands on: how soon Devices answers keys and clicks, and its frames while one scrolls ten thousand rows.
import type { Page } from 'playwright-core';
import { pause, until } from '../support/wait.ts';
import { type BenchContext, type Figure, median, summarize } from './bench.ts';
import { quantile } from './commands-house.ts';
import { type ConsoleHouse, openDevices, untilQuiet } from './console-house.ts';

const TARGET_MS = 100;
const FRAME_MS = 16;
/** The least that browsers tell of: an interaction that is not told of took less. */
const LEAST_MS = 16;
const ROWS = 10_000;
/** Rows that pass in a frame, as with a strong push of the wheel. */
const ROWS_A_FRAME = 10;
/** Time in which the browser tells of the last interactions, ms. */
const SETTLE_MS = 300;
const TYPED = 'os.family == "debian"';

/** From now on the page keeps how long each interaction took to the next frame: Event Timing of the W3C, which INP is made of. */
async function keepInteractions(page: Page): Promise<void> {
  await page.evaluate(() => {
    const kept = new Map<number, number>();
    // The library of types does not know the threshold yet.
    const wish: PerformanceObserverInit & { durationThreshold: number } = {
      type: 'event',
      durationThreshold: 16,
    };
    Object.assign(globalThis, { musterInteractions: kept });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const id = Number(Reflect.get(entry, 'interactionId'));
        if (id > 0) kept.set(id, Math.max(entry.duration, kept.get(id) ?? 0));
      }
    }).observe(wish);
  });
}

/** The slowest since the last look, ms. */
async function takeSlowest(page: Page): Promise<number> {
  await pause(SETTLE_MS);
  const all = await page.evaluate(() => {
    const kept: Map<number, number> = Reflect.get(globalThis, 'musterInteractions');
    const durations = [...kept.values()];
    kept.clear();
    return durations;
  });
  return Math.max(LEAST_MS, ...all);
}

/** From the next key or click until other rows than now are drawn, ms. */
async function timeRows(page: Page, act: () => Promise<void>): Promise<number> {
  await page.evaluate(() => {
    const read = () =>
      `${document.querySelector('tr[data-index="0"]')?.textContent} of ${document.querySelector('table[aria-rowcount]')?.getAttribute('aria-rowcount')}`;
    const before = read();
    const took = new Promise<number>((resolve, reject) => {
      setTimeout(() => reject(new Error(`the rows stayed those of ${before}`)), 30_000);
      function begin({ timeStamp }: Event): void {
        for (const name of ['keydown', 'pointerdown']) removeEventListener(name, begin, true);
        const look = () => {
          const isThere =
            document.querySelector('tr[data-index="0"]') !== null &&
            document.querySelector('[aria-busy=true]') === null &&
            read() !== before;
          if (isThere) resolve(performance.now() - timeStamp);
          else requestAnimationFrame(look);
        };
        look();
      }
      for (const name of ['keydown', 'pointerdown']) addEventListener(name, begin, true);
    });
    Object.assign(globalThis, { musterRows: { took } });
  });
  await act();
  return page.evaluate(async () => Number(await Reflect.get(globalThis, 'musterRows').took));
}

/** One person at work: filters, orders, looks something up. */
async function work(page: Page) {
  const all = await page.locator('table').getAttribute('aria-rowcount');
  await page.keyboard.press('/');
  const field = page.locator('input[data-search]');
  await page.locator('input[data-search]:focus').waitFor();
  await page.keyboard.type(TYPED, { delay: 40 });
  await until('all keys are in the field', async () => (await field.inputValue()) === TYPED);
  const typing = await takeSlowest(page);
  const rowsFiltered = await timeRows(page, () => page.keyboard.press('Enter'));
  const filtering = await takeSlowest(page);
  await page.getByRole('button', { name: /Remove the condition/ }).click();
  await page.locator(`table[aria-rowcount="${all}"] tr[data-index="0"]`).waitFor();
  await untilQuiet(page);
  await takeSlowest(page);
  const sorted: number[] = [];
  for (const name of [/^Name/, /^Last seen/, /^Last seen/, /^Name/]) {
    const head = page.locator('th').getByRole('button', { name });
    sorted.push(await timeRows(page, () => head.click()));
  }
  const sorting = await takeSlowest(page);
  await page.keyboard.press('Control+k');
  const opening = await takeSlowest(page);
  await page.keyboard.type('host-77', { delay: 40 });
  const seeking = await takeSlowest(page);
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  return { typing, filtering, sorting, opening, seeking, rowsFiltered, rowsSorted: median(sorted) };
}

/** Frames of a walk over the list, ms: from one to the next, and the work in each from its begin until it is painted. */
interface Walk {
  readonly gaps: readonly number[];
  readonly works: readonly number[];
}

/** Walks to the row of that number, up or down, as fast as frames come and rows are there. */
function walk(page: Page, to: number): Promise<Walk> {
  return page.evaluate(
    ({ to, step }) =>
      new Promise<Walk>((resolve, reject) => {
        const frame = document.querySelector('table')?.parentElement;
        const rowPx = document.querySelector('tr[data-index]')?.clientHeight ?? 33;
        if (frame == null) throw new Error('there is no table');
        const [gaps, works]: [number[], number[]] = [[], []];
        const goal = Math.max(0, to * rowPx - frame.clientHeight);
        const { port1, port2 } = new MessageChannel();
        let [lastMs, top] = [0, frame.scrollTop];
        setTimeout(() => reject(new Error(`the walk to ${goal} came to ${top} px`)), 600_000);
        const isDown = goal > top;
        // A message is handled after the frame in which it was sent has been painted.
        port1.onmessage = ({ data }) => works.push(performance.now() - Number(data));
        const next = (atMs: number) => {
          const hasMoved = Math.abs(frame.scrollTop - top) > 1;
          top = frame.scrollTop;
          if (hasMoved && lastMs > 0) {
            gaps.push(atMs - lastMs);
            port2.postMessage(atMs);
          }
          lastMs = atMs;
          if (isDown ? top >= goal : top <= goal) return resolve({ gaps, works });
          frame.scrollBy(0, (isDown ? 1 : -1) * step * rowPx);
          requestAnimationFrame(next);
        };
        requestAnimationFrame(next);
      }),
    { to, step: ROWS_A_FRAME },
  );
}

const named = {
  typing: 'a key in the filter of Devices, until the next frame, slowest',
  filtering: 'Enter in the filter, until the next frame',
  sorting: 'a click on a column, until the next frame, slowest of 4',
  opening: 'the palette opens, until the next frame',
  seeking: 'a key in the palette, until the next frame, slowest',
  rowsFiltered: 'Enter in the filter, until the new rows are drawn',
  rowsSorted: 'a click on a column, until the new rows are drawn',
} as const;

export async function measureInteraction(
  context: BenchContext,
  house: ConsoleHouse,
): Promise<readonly Figure[]> {
  context.say('working with Devices');
  const visitor = await house.visit();
  const { page } = await openDevices(visitor);
  await keepInteractions(page);
  // What a person does for the first time loads what it needs.
  await work(page);
  const rounds: Awaited<ReturnType<typeof work>>[] = [];
  for (let round = 0; round < context.rounds; round++) rounds.push(await work(page));
  await visitor.context.close();
  const names = Object.keys(named) as (keyof typeof named)[];
  return names.map((name) => ({
    name: named[name],
    ...{ unit: 'ms', atMost: TARGET_MS },
    ...summarize(rounds.map((one) => one[name])),
  }));
}

export async function measureScrolling(
  context: BenchContext,
  house: ConsoleHouse,
): Promise<readonly Figure[]> {
  context.say(`scrolling ${ROWS} rows`);
  const visitor = await house.visit();
  const walks: { down: Walk; up: Walk; loadMs: number }[] = [];
  for (let round = 0; round < context.rounds; round++) {
    const other = await openDevices(visitor);
    const fromMs = performance.now();
    const down = await walk(other.page, ROWS);
    const loadMs = performance.now() - fromMs;
    walks.push({ down, up: await walk(other.page, 0), loadMs });
    await other.page.close();
  }
  await visitor.context.close();
  return frameFigures(walks);
}

function frameFigures(walks: readonly { down: Walk; up: Walk; loadMs: number }[]): Figure[] {
  const gapMs = median(walks.map(({ up }) => median(up.gaps)));
  const loadS = median(walks.map(({ loadMs }) => loadMs)) / 1_000;
  return [
    {
      name: 'a frame while rows come in, to 10,000, work until painted, median',
      ...{ unit: 'ms', atMost: FRAME_MS },
      ...summarize(walks.map(({ down }) => median(down.works))),
      note: `${loadS.toFixed(1)} s from the first to the last row`,
    },
    {
      name: 'a frame while 10,000 loaded rows pass, work until painted, median',
      ...{ unit: 'ms', atMost: FRAME_MS },
      ...summarize(walks.map(({ up }) => median(up.works))),
      note: `${ROWS_A_FRAME} rows a frame; from frame to frame ${gapMs.toFixed(1)} ms, the browser draws 60 a second`,
    },
    {
      name: 'the same, 95 of 100 frames',
      unit: 'ms',
      ...summarize(walks.map(({ up }) => quantile(up.works, 0.95))),
    },
  ];
}
