// A real Chromium for tests: pages that note what they asked for and complained about, and passkeys without a finger.
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Browser,
  type BrowserContext,
  type CDPSession,
  chromium,
  type Page,
  type Request,
} from 'playwright-core';
import { findProgram, type TestLike } from './processes.ts';
import { until } from './wait.ts';

/** Names under which distributions have it. */
const names = ['chromium', 'chromium-browser', 'google-chrome'];

/** Path of the browser; null: none is installed. */
const browserPath: string | null =
  names.map(findProgram).find((path): path is string => path !== null) ?? null;

/** What a suite says that cannot run; false: it can. */
export const noBrowser: string | false =
  browserPath === null ? 'chromium is not here: apt-get install -y chromium' : false;

/** Folder for pictures of pages, to be looked at; without it they are taken and not kept. */
const pictureFolder = process.env.MUSTER_PICTURES;

/**
 * How much slower than here pages run, and answers come so many times 100 ms late (MUSTER_SLOW_PAGES=4); and how long a test pauses
 * before each of its steps, ms (MUSTER_SLOW_TESTS=200). A wait that is none shows itself under one of them on any machine.
 */
const slowPages = Number(process.env.MUSTER_SLOW_PAGES ?? 0);
const slowTestsMs = Number(process.env.MUSTER_SLOW_TESTS ?? 0);

/** Longest time anything on a page may take, ms; nothing is measured by it. */
export const PAGE_PATIENCE_MS = 100_000;
/** How long a whole file of browser tests may take, ms: a little less than the runner allows, so that what hangs has a name. */
export const BROWSER_FILE_MS = slowPages + slowTestsMs > 0 ? 1_200_000 : 285_000;

/** A page with what was noted of it. */
export interface Tab {
  readonly page: Page;
  /** Addresses asked for that are not of the console's own origin. */
  readonly foreign: readonly string[];
  /** Errors of scripts, and whatever the policy of the page refused. */
  readonly complaints: readonly string[];
  /** Waits until the page has come to rest: its heading stands, nothing is marked as loading, nothing but streams is being asked for. */
  settled(): Promise<void>;
  /** Takes a picture and keeps it under that name. */
  picture(name: string): Promise<void>;
  /** What axe finds wrong in what is shown now, each with its place. */
  axe(): Promise<readonly string[]>;
  /** Private keys of the passkeys that were made on this page, PKCS #8. */
  passkeys(): Promise<readonly Buffer[]>;
}

/** A person with a browser of his own: cookies, passkeys. */
export interface Visitor {
  readonly context: BrowserContext;
  /** Opens a page; `path` from the root of the console. */
  open(path: string): Promise<Tab>;
}

/** How a visitor looks at pages. */
export interface VisitorWish {
  readonly url: string;
  readonly colorScheme?: 'light' | 'dark';
  readonly width?: number;
  readonly height?: number;
  readonly language?: 'en' | 'de';
}

/** A browser that ends with the test. */
export interface TestBrowser {
  visit(wish: VisitorWish): Promise<Visitor>;
}

/**
 * Starts Chromium. Throws where there is none: skip the test by `noBrowser`. With `trust: 'none'` it judges certificates as it does for
 * everybody who never heard of the server's own authority.
 */
export async function startBrowser(
  t: TestLike,
  { trust = 'all' }: { readonly trust?: 'all' | 'none' } = {},
): Promise<TestBrowser> {
  if (browserPath === null) throw new Error(String(noBrowser));
  if (pictureFolder !== undefined) await mkdir(pictureFolder, { recursive: true });
  const isRoot = process.getuid?.() === 0;
  // Of its processes some are killed at the end, between making a file for shared memory and taking its name away.
  const folder = await mkdtemp(join(tmpdir(), 'c-'));
  const browser: Browser = await chromium.launch({
    executablePath: browserPath,
    env: { ...process.env, TMPDIR: folder },
    timeout: PAGE_PATIENCE_MS,
    slowMo: slowTestsMs,
    args: [
      // The sandbox does not work for root; nothing foreign is ever loaded here.
      ...(isRoot ? ['--no-sandbox'] : []),
      // Passkeys are refused on sites whose certificate is in doubt; this one is made by the server itself.
      ...(trust === 'all' ? ['--ignore-certificate-errors'] : []),
      '--disable-dev-shm-usage',
      '--force-color-profile=srgb',
    ],
  });
  t.teardown(async () => {
    await browser.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  });
  return {
    async visit(wish) {
      const { colorScheme = 'light', width = 1_280, height = 800, language = 'en' } = wish;
      const context = await browser.newContext({
        baseURL: wish.url,
        colorScheme,
        viewport: { width, height },
        locale: language,
        ignoreHTTPSErrors: trust === 'all',
        permissions: ['clipboard-read', 'clipboard-write'],
        reducedMotion: 'reduce',
      });
      context.setDefaultTimeout(PAGE_PATIENCE_MS);
      return { context, open: (path) => openTab(context, wish.url, path) };
    },
  };
}

async function openTab(context: BrowserContext, url: string, path: string): Promise<Tab> {
  const page = await context.newPage();
  const foreign: string[] = [];
  const complaints: string[] = [];
  const { origin } = new URL(url);
  page.on('request', (request) => {
    const asked = request.url();
    if (!asked.startsWith(`${origin}/`) && !/^(?:about|data|blob):/.test(asked)) foreign.push(asked);
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    // Answers with a problem are noted by the browser too; they are the page's business.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      complaints.push(message.text());
  });
  const settled = watchRest(page);
  // One session for everything: the end of another one would take the authenticators of the tab away.
  const session = await context.newCDPSession(page);
  if (slowPages > 0) await slowDown(session);
  const passkeys = await addPasskeys(session);
  // An authenticator serves the tab in front only.
  await page.bringToFront();
  await page.goto(path);
  return {
    ...{ page, foreign, complaints, settled },
    async picture(name) {
      const kept = pictureFolder === undefined ? {} : { path: join(pictureFolder, `${name}.png`) };
      await page.screenshot(kept);
    },
    axe: () => runAxe(session),
    passkeys,
  };
}

async function slowDown(session: CDPSession): Promise<void> {
  await session.send('Emulation.setCPUThrottlingRate', { rate: slowPages });
  const unbound = { offline: false, downloadThroughput: -1, uploadThroughput: -1 };
  await session.send('Network.emulateNetworkConditions', { ...unbound, latency: slowPages * 100 });
}

/** Notes what is being asked for. Streams are never done, so waiting for a silent network would be waiting in vain. */
function watchRest(page: Page): Tab['settled'] {
  const underWay = new Set<Request>();
  page.on('request', (request) => {
    // What the page before has asked for is of no interest any more.
    if (request.isNavigationRequest() && request.frame() === page.mainFrame()) underWay.clear();
    if (request.resourceType() !== 'eventsource') underWay.add(request);
  });
  const forget = (request: Request) => void underWay.delete(request);
  page.on('requestfinished', forget);
  page.on('requestfailed', forget);
  const looksDone = () =>
    page.evaluate(async () => {
      // Twice idle: what has come is drawn, and what is drawn has asked for what it needs.
      for (let n = 0; n < 2; n++) await new Promise((resolve) => requestIdleCallback(resolve));
      return document.querySelector('[aria-busy="true"], .mantine-Skeleton-root') === null;
    });
  return async () => {
    await page.locator('h1').first().waitFor({ state: 'attached' });
    const isAtRest = async () => underWay.size === 0 && (await looksDone()) && underWay.size === 0;
    await until(`the page is at rest: ${page.url()}`, isAtRest, PAGE_PATIENCE_MS);
  };
}

/** An authenticator in the machine, always willing; each tab has its own, which is how the protocol wants it. */
async function addPasskeys(session: CDPSession): Promise<Tab['passkeys']> {
  await session.send('WebAuthn.enable');
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return async () => {
    const { credentials } = await session.send('WebAuthn.getCredentials', { authenticatorId });
    return credentials.map(({ privateKey }) => Buffer.from(privateKey, 'base64'));
  };
}

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly help: string;
    readonly nodes: readonly { readonly target: readonly unknown[]; readonly failureSummary?: string }[];
  }[];
}

const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** Through the debugger's own world: the page's policy allows no script from outside of it. */
async function runAxe(session: CDPSession): Promise<string[]> {
  await session.send('Runtime.evaluate', { expression: await readFile(axePath, 'utf8') });
  const options = { resultTypes: ['violations'] };
  const { result } = await session.send('Runtime.evaluate', {
    expression: `axe.run(document, ${JSON.stringify(options)})`,
    awaitPromise: true,
    returnByValue: true,
  });
  const { violations } = result.value as AxeResult;
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary = '' }) => `${id}: ${help} at ${target.join(' ')} ${failureSummary}`),
  );
}
