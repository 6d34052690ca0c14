// Bench of the console, first look: when Home is painted and its figures stand, and the bytes of scripts that this takes.
import { createHash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:tls';
import { type Browser, type BrowserContext, chromium } from 'playwright-core';
import { gzippedBytes } from '../console/size.ts';
import { until } from '../support/wait.ts';
import { type BenchContext, type Figure, median, summarize } from './bench.ts';
import { findChromium } from './console-browser.ts';
import type { ConsoleHouse } from './console-house.ts';

const KB = 1_000;
const TARGET_MS = 1_000;
/** The smallest thing the server has that a browser paints: 388 bytes of text. */
const SMALL = '/theme.js';

/** A look at a page, ms from the start of the navigation. */
interface Look {
  readonly paintMs: number;
  readonly figuresMs: number;
  readonly largestMs: number;
  /** Time beyond 50 ms of each long task until the figures stood, as Lighthouse sums it up. */
  readonly blockedMs: number;
  /** Addresses of the scripts. */
  readonly scripts: readonly string[];
  /** Bytes that came over the connection, all files and answers. */
  readonly wireBytes: number;
}

/** Runs in the page before anything of it does. */
function noteFigures(): void {
  function look(): void {
    if (!/\d/.test(document.querySelector('a[data-name="total"]')?.textContent ?? '')) return;
    observer.disconnect();
    requestAnimationFrame(() => performance.mark('figures'));
  }
  const observer = new MutationObserver(look);
  observer.observe(document, { childList: true, subtree: true, characterData: true });
}

/** What Chromium calls the key of the server's certificate by. */
async function readKeyDigest(site: string): Promise<string> {
  const { hostname, port } = new URL(site);
  const socket = connect({
    host: hostname,
    port: Number(port),
    servername: hostname,
    rejectUnauthorized: false,
  });
  await once(socket, 'secureConnect');
  const key = new X509Certificate(socket.getPeerCertificate().raw).publicKey;
  socket.destroy();
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('base64');
}

/** A browser that trusts the server as those of users do: of a server that it doubts it keeps no file for the next visit. */
async function startTrusting(context: BenchContext, { site }: ConsoleHouse): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: findChromium(),
    args: [
      // The sandbox does not work for root; nothing foreign is ever loaded here.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--disable-dev-shm-usage',
      `--ignore-certificate-errors-spki-list=${await readKeyDigest(site)}`,
    ],
  });
  context.teardown(() => browser.close());
  return browser;
}

async function lookAt(visitor: BrowserContext, path: string): Promise<Look> {
  const page = await visitor.newPage();
  await page.goto(path);
  const wanted = path === '/' ? 'figures' : 'first-contentful-paint';
  await until(`${wanted} of ${path}`, () =>
    page.evaluate((name) => performance.getEntriesByName(name).length > 0, wanted),
  );
  const look = await page.evaluate(() => {
    const timeOf = (name: string) => performance.getEntriesByName(name)[0]?.startTime ?? Number.NaN;
    const files = [
      ...performance.getEntriesByType('navigation'),
      ...performance.getEntriesByType('resource'),
    ].filter((entry) => entry instanceof PerformanceResourceTiming);
    const take = (type: string) => {
      const observer = new PerformanceObserver(() => undefined);
      observer.observe({ type, buffered: true });
      return observer.takeRecords();
    };
    const figuresMs = timeOf('figures');
    const long = take('longtask').filter(({ startTime }) => !(startTime > figuresMs));
    return {
      largestMs: take('largest-contentful-paint').at(-1)?.startTime ?? Number.NaN,
      blockedMs: long.reduce((sum, { duration }) => sum + duration - 50, 0),
      paintMs: timeOf('first-contentful-paint'),
      figuresMs,
      scripts: files.map(({ name }) => new URL(name).pathname).filter((name) => name.endsWith('.js')),
      wireBytes: files.reduce((sum, { transferSize }) => sum + transferSize, 0),
    };
  });
  await page.close();
  return look;
}

/** One round: a visitor who knows nothing, then the same one again; and the small page, each time beside it. */
async function lookTwice(visit: () => Promise<BrowserContext>) {
  const visitor = await visit();
  await visitor.addInitScript(noteFigures);
  const cold = await lookAt(visitor, '/');
  const warm = await lookAt(visitor, '/');
  const warmRaw = await lookAt(visitor, SMALL);
  await visitor.close();
  const other = await visit();
  const coldRaw = await lookAt(other, SMALL);
  await other.close();
  return { cold, warm, coldRaw, warmRaw };
}

export async function measurePaint(context: BenchContext, house: ConsoleHouse): Promise<readonly Figure[]> {
  context.say('looking at Home');
  const signedIn = await house.visit();
  const cookies = await signedIn.context.cookies();
  await signedIn.context.close();
  const browser = await startTrusting(context, house);
  async function visit(): Promise<BrowserContext> {
    const visitor = await browser.newContext({
      baseURL: house.site,
      viewport: { width: 1_280, height: 800 },
      locale: 'en',
    });
    await visitor.addCookies(cookies);
    return visitor;
  }
  // Code of the server that has not run before is not what a second person waits for.
  await lookTwice(visit);
  const rounds: Awaited<ReturnType<typeof lookTwice>>[] = [];
  for (let round = 0; round < context.rounds; round++) rounds.push(await lookTwice(visit));
  const figures = (['cold', 'warm'] as const).flatMap((kind) => {
    const what = 'ms, first paint of a small text of the same server';
    const raw = { what, value: median(rounds.map((one) => one[`${kind}Raw`].paintMs)) };
    const words = kind === 'cold' ? 'nothing in the cache' : 'seen before';
    const [largestMs = 0, blockedMs = 0, wireBytes = 0] = (
      ['largestMs', 'blockedMs', 'wireBytes'] as const
    ).map((key) => Math.round(median(rounds.map((one) => one[kind][key]))));
    return [
      {
        name: `first paint of Home, ${words}`,
        ...{ unit: 'ms', atMost: TARGET_MS, raw },
        ...summarize(rounds.map((one) => one[kind].paintMs)),
      },
      {
        name: `figures of Home drawn, ${words}`,
        ...{ unit: 'ms', atMost: TARGET_MS, raw },
        ...summarize(rounds.map((one) => one[kind].figuresMs)),
        note: `${Math.round(wireBytes / KB)} KB over the connection, all files and answers; largest paint at ${largestMs} ms, long tasks blocked ${blockedMs} ms`,
      },
    ];
  });
  const scripts = [...new Set(rounds.flatMap(({ cold }) => cold.scripts))];
  const bytes = scripts.reduce((sum, path) => sum + gzippedBytes(path), 0);
  const name = 'scripts that Home loads, gzipped, those too that come after it is shown';
  return [...figures, { name, unit: 'KB', value: bytes / KB, note: `${scripts.length} files` }];
}
