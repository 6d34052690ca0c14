// Weaknesses that the check plants itself: a page that shows texts as markup, one that links to them, one that loses them. All must be found.
import type { Page, Route } from 'playwright-core';
import { type FindingKind, openWatched } from './judge.ts';
import { MARK_ATTRIBUTE } from './payloads.ts';
import type { Stage } from './stage.ts';

/** Longest wait for a planted weakness to show, ms. */
const PATIENCE_MS = 60_000;

/** Runs `change` on the first text node with a marker as soon as there is one. */
const onFirst = (change: string) => `
  const again = setInterval(() => {
    if (document.body === null) return;
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode;
      const marker = /zq[0-9a-z]{4}q/.exec(node.data)?.[0];
      if (marker === undefined || node.data.length < 12 || /script|style/.test(node.parentElement.localName)) continue;
      clearInterval(again);
      ${change}
      return;
    }
  }, 30);`;

/** Answers pages without their policy, and with a script that does something. */
async function weaken(page: Page, script: string): Promise<void> {
  await page.route('**/*', async (route: Route) => {
    if (route.request().resourceType() !== 'document') return route.continue();
    const response = await route.fetch();
    const headers = Object.fromEntries(
      // The body that is handed on is not compressed any more.
      Object.entries(response.headers()).filter(
        ([name]) => !/^content-(?:security-policy|encoding|length)$/.test(name),
      ),
    );
    const text = (await response.text()).replace('</body>', () => `<script>${script}</script></body>`);
    return route.fulfill({ response, headers, body: text });
  });
}

interface Weakness {
  readonly name: string;
  /** What must be found, all of it. */
  readonly kinds: readonly FindingKind[];
  plant(page: Page, canary: string): Promise<unknown>;
}

const weaknesses: readonly Weakness[] = [
  {
    name: 'a text that is shown as markup, without a policy',
    kinds: ['ran', 'element'],
    plant: (page) =>
      weaken(
        page,
        // In front of the text, which may be a beginning that swallows whatever comes behind it.
        onFirst(
          `node.parentElement.innerHTML = '<img ${MARK_ATTRIBUTE} src=x onerror="zqr(\\'' + marker + '\\')">' + node.data;`,
        ),
      ),
  },
  {
    name: 'a text that is shown as markup, and a policy that stops it',
    kinds: ['element', 'violation'],
    plant: (page, canary) =>
      page.addInitScript(
        onFirst(`const image = document.createElement('img');
          image.setAttribute('${MARK_ATTRIBUTE}', '');
          image.src = '${canary}/control';
          node.parentElement.append(image);`),
      ),
  },
  {
    name: 'markup that is written as text at once',
    kinds: ['error'],
    plant: (page) => page.addInitScript(onFirst("node.parentElement.innerHTML = '<b>' + marker + '</b>';")),
  },
  {
    name: 'a link to a script, and one elsewhere',
    kinds: ['address'],
    plant: (page) =>
      page.addInitScript(
        onFirst(`const link = document.createElement('a');
          link.href = 'javascript:zqr(1)';
          node.parentElement.append(link);`),
      ),
  },
  {
    name: 'a text that loses what follows its marker',
    kinds: ['swallowed'],
    plant: (page) => page.addInitScript(onFirst('node.data = marker;')),
  },
];

/** Plants each and looks; what was not found, by name. */
export async function tryControls({
  browser,
  person,
  origin,
  planter,
  made,
  canary,
}: Stage): Promise<{ found: string[]; missed: string[] }> {
  const { context } = await browser.visit({ url: origin });
  await context.addCookies(await person.context.cookies());
  const found: string[] = [];
  const missed: string[] = [];
  for (const { name, kinds, plant } of weaknesses) {
    const watched = await openWatched(context, {
      ...{ origin, planter },
      prepare: (page) => plant(page, canary),
    });
    await watched.visit(`/groups/${made.groups[0]}`);
    const lacks = () => kinds.filter((kind) => !watched.findings.some((one) => one.kind === kind));
    const endsAt = performance.now() + PATIENCE_MS;
    while (lacks().length > 0 && performance.now() < endsAt) await watched.judge();
    await watched.close();
    if (lacks().length > 0) missed.push(`${name}: no ${lacks().join(', no ')}`);
    else found.push(name);
  }
  await context.close();
  return { found, missed };
}
