// Looks at a page as it stands: whether anything in it came from a payload, and which payloads it shows as the text they are.
import type { BrowserContext, CDPSession, Page, Request } from 'playwright-core';
import { pause } from '../../support/wait.ts';
import { follows, MARK_ATTRIBUTE, type Planter, SENTINEL } from './payloads.ts';

/** What can be wrong with a page. */
export type FindingKind =
  | 'ran'
  | 'dialog'
  | 'element'
  | 'address'
  | 'violation'
  | 'request'
  | 'error'
  | 'swallowed'
  | 'left'
  | 'front';

/** Something that is wrong with a page. */
export interface Finding {
  readonly kind: FindingKind;
  readonly path: string;
  readonly what: string;
}

/** A page that is watched. */
export interface Watched {
  readonly page: Page;
  /** Everything found so far. */
  readonly findings: readonly Finding[];
  /** Markers of texts that were shown as they are, with the number of times. */
  readonly shown: ReadonlyMap<string, number>;
  /** Goes there and judges. */
  visit(path: string): Promise<void>;
  /** Opens what can be opened on the page, one by one, and judges each time; how many there were. */
  unfold(most: number): Promise<number>;
  /** Waits until nothing is loading, and judges. */
  judge(): Promise<void>;
  close(): Promise<void>;
}

/** Longest wait for a page to be still, ms; it is judged then as it is. */
const PATIENCE_MS = 30_000;
const POLL_MS = 50;

/** Answers that never end. */
const isStream = (request: Request) =>
  request.resourceType() === 'eventsource' || /\/(?:events|live)(?:\?|$)/.test(request.url());

/** What is defined in every page before anything of its own: the sentinel, and an ear for what the policy refuses. */
const ears = `
  window.${SENTINEL} = (text) => window.zqReport('ran', String(text));
  document.addEventListener('securitypolicyviolation', (event) => window.zqReport('violation',
    event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sample + ' ' + event.sourceFile));`;

/** Evaluated in the page: all elements and attributes that no page of ours has, and every marker with what follows it. */
const inspection = `(() => {
  const marker = /zq[0-9a-z]{4}q/g;
  const found = [];
  const shown = new Map();
  const strange = new Set(['iframe', 'frame', 'object', 'embed', 'base', 'applet', 'portal', 'marquee', 'math', 'foreignobject',
    'xss', 'plaintext', 'xmp', 'audio', 'video', 'details']);
  const addresses = new Set(['src', 'href', 'action', 'formaction', 'poster', 'data', 'xlink:href', 'background', 'cite', 'ping',
    'manifest', 'srcset', 'codebase']);
  const spoken = new Set(['title', 'aria-label', 'placeholder', 'alt', 'value', 'label', 'aria-description']);
  const say = (kind, element, what) => found.push({ kind, what: (what + ' in ' + element.outerHTML).slice(0, 300) });
  const look = (text, tailOf) => {
    for (const match of text.matchAll(marker)) {
      const tail = tailOf(match.index + match[0].length).slice(0, 40);
      const key = match[0] + tail.slice(0, 8);
      if (!shown.has(key)) shown.set(key, [match[0], tail]);
    }
  };
  const isOurs = (value) => {
    try {
      const url = new URL(value, document.baseURI);
      if (url.protocol === 'data:') return value.startsWith('data:image/') && !/zq[0-9a-z]{4}q/.test(value);
      return url.protocol === 'blob:' || (/^https?:$/.test(url.protocol) && url.origin === location.origin);
    } catch { return false; }
  };
  for (const element of document.querySelectorAll('*')) {
    const name = element.localName;
    if (element.hasAttribute('${MARK_ATTRIBUTE}') || strange.has(name)) say('element', element, 'an element of a payload');
    if (name === 'script' && element.textContent.trim() !== '') say('element', element, 'a script in the page');
    if (name === 'style' && /zq[0-9a-z]{4}q/.test(element.textContent)) say('element', element, 'a style');
    if (name === 'meta' && element.httpEquiv !== '' && element.httpEquiv !== undefined) say('element', element, 'a meta');
    for (const { name: attribute, value } of element.attributes) {
      if (attribute.startsWith('on') || attribute === 'srcdoc') say('element', element, 'the attribute ' + attribute);
      if (attribute === 'style' && /zq[0-9a-z]{4}q/.test(value)) say('element', element, 'a style');
      if (addresses.has(attribute) && !isOurs(value)) say('address', element, attribute + ' ' + value);
      if (spoken.has(attribute)) look(value, (at) => value.slice(at));
    }
    if ('value' in element && typeof element.value === 'string') look(element.value, (at) => element.value.slice(at));
  }
  const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  const nodes = [];
  while (walker.nextNode()) if (!/^(script|style)$/.test(walker.currentNode.parentElement.localName)) nodes.push(walker.currentNode);
  nodes.forEach((node, index) => look(node.data, (at) => {
    const within = node.parentElement.parentElement?.parentElement ?? node.parentElement;
    let tail = node.data.slice(at);
    // Words that are marked in a text divide it into several nodes.
    for (let next = index + 1; tail.length < 12 && next < nodes.length && within.contains(nodes[next]); next++) tail += nodes[next].data;
    return tail;
  }));
  look(document.title, (at) => document.title.slice(at));
  return { found, shown: [...shown.values()] };
})()`;

interface Inspected {
  readonly found: readonly { readonly kind: FindingKind; readonly what: string }[];
  readonly shown: readonly (readonly [string, string])[];
}

/** What a page of this server may do, and where its findings go. */
interface Watch {
  readonly origin: string;
  readonly planter: Planter;
  /** Prepares the page before anything is opened; a control plants its weakness here. */
  prepare?(page: Page): Promise<unknown>;
  /** A page that is there; absent: a new one. */
  readonly page?: Page;
}

async function evaluate<T>(session: CDPSession, expression: string): Promise<T> {
  // The debugger's own way in: the policy of the page allows no script from outside.
  const { result, exceptionDetails } = await session.send('Runtime.evaluate', {
    ...{ expression, returnByValue: true },
  });
  if (exceptionDetails !== undefined) throw new Error(exceptionDetails.exception?.description);
  return result.value;
}

/** Hears whatever a page does that it must not. */
async function hearAll(
  page: Page,
  origin: string,
  found: (kind: FindingKind, what: string) => void,
): Promise<void> {
  await page.exposeBinding('zqReport', (_source, kind: FindingKind, what: string) => found(kind, what));
  await page.addInitScript(ears);
  page.on('dialog', (dialog) => {
    found('dialog', dialog.message());
    void dialog.dismiss();
  });
  page.on('popup', (popup) => found('left', `a window for ${popup.url()}`));
  page.on('pageerror', (error) => found('error', String(error)));
  page.on('console', (message) => {
    const text = message.text();
    // Answers with a problem are noted by the browser too; they are the page's business.
    if (message.type() !== 'error' || text.startsWith('Failed to load resource')) return;
    found(/Content Security Policy|TrustedHTML|Trusted Type/.test(text) ? 'violation' : 'error', text);
  });
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !/^(?:data|blob|about):/.test(url)) found('request', url);
  });
  page.on('framenavigated', (frame) => {
    const url = frame.url();
    if (frame === page.mainFrame() && !url.startsWith(`${origin}/`) && url !== 'about:blank')
      found('left', url);
  });
}

/** Requests under way that end some day. */
function countRequests(page: Page): () => number {
  const open = new Set<Request>();
  page.on('request', (request) => {
    if (request.isNavigationRequest()) open.clear();
    if (!isStream(request)) open.add(request);
  });
  page.on('requestfinished', (request) => open.delete(request));
  page.on('requestfailed', (request) => open.delete(request));
  return () => open.size;
}

/** Everything that can be chosen in what was unfolded: columns that are not shown at first. */
const choosing = `document.querySelectorAll('.mantine-Popover-dropdown input[type=checkbox]:not(:checked)')
  .forEach((box) => box.click())`;

const unfolding = (at: number) => `(() => {
  const all = [...document.querySelectorAll('main [aria-expanded="false"], main [aria-haspopup]')];
  all[${at}]?.click();
  return all.length;
})()`;

/** Opens a page of that person and watches it. */
export async function openWatched(context: BrowserContext, watch: Watch): Promise<Watched> {
  const { origin, planter } = watch;
  const page = watch.page ?? (await context.newPage());
  const findings: Finding[] = [];
  const shown = new Map<string, number>();
  let path = '';
  const found = (kind: FindingKind, what: string) =>
    void findings.push({ kind, path, what: what.slice(0, 300) });
  await hearAll(page, origin, found);
  const pending = countRequests(page);
  await watch.prepare?.(page);
  const session = await context.newCDPSession(page);

  async function settle(): Promise<void> {
    const endsAt = performance.now() + PATIENCE_MS;
    const busy = `document.readyState !== 'complete' || document.querySelector('[aria-busy=true]') !== null ||
      document.getElementById('root')?.textContent.trim() === ''`;
    for (let calm = 0; calm < 2 && performance.now() < endsAt; ) {
      await pause(POLL_MS);
      calm = pending() === 0 && !(await evaluate<boolean>(session, busy)) ? calm + 1 : 0;
    }
  }

  async function judge(): Promise<void> {
    await settle();
    const seen = await evaluate<Inspected>(session, inspection);
    for (const { kind, what } of seen.found) found(kind, what);
    for (const [marker, tail] of seen.shown) {
      const plant = planter.plants.get(marker);
      if (plant === undefined) continue;
      if (follows(plant, tail)) shown.set(marker, (shown.get(marker) ?? 0) + 1);
      else found('swallowed', `${plant.field} (${plant.family}): ${plant.text} became ${marker}${tail}`);
    }
  }

  return {
    ...{ page, findings, shown, judge },
    async visit(to) {
      path = to;
      await page.goto(to, { waitUntil: 'load' }).catch((error: unknown) => {
        // A file to be kept is no page.
        if (!/Download is starting|ERR_ABORTED/.test(String(error))) throw error;
      });
      await judge();
    },
    async unfold(most) {
      const count = await evaluate<number>(session, unfolding(-1));
      for (let at = 0; at < Math.min(count, most); at++) {
        await evaluate(session, unfolding(at));
        await judge();
        await evaluate(session, choosing);
        await judge();
        await page.keyboard.press('Escape');
      }
      return Math.min(count, most);
    },
    judge,
    close: () => page.close(),
  };
}
