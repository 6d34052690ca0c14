// The tour of the check `xss`: pages in two languages, the way in and where it leads, and answers of the API opened as pages.
import { type ApiDocument, listRoutes, type Route } from '../../support/routes.ts';
import { signInByPasskey } from '../../support/shown.ts';
import { type FrontCall, judgeFront, listKinds, readBroken, readFront } from './headers.ts';
import { type Finding, openWatched, type Watched } from './judge.ts';
import type { KnownPage } from './pages.ts';
import type { Stage } from './stage.ts';
import { fillRoute, listNexts, listPublicVisits, listVisits, type VisitSize } from './visits.ts';

/** How much is looked at. */
export interface TourSize {
  readonly visits: VisitSize;
  /** Languages in which plain addresses are visited; `turns`: they are divided among them, as all hostile ones are. */
  readonly languages: 'all' | 'turns';
  /** Things to unfold on one page, in one language. */
  readonly unfolds: number;
  /** Every so many route is opened as a page. */
  readonly everyRoute: number;
  /** Ways into the sign-in page that are gone to the end. */
  readonly signIns: number;
}

/** What was seen on the way. */
export interface Seen {
  readonly findings: Finding[];
  /** Markers that pages showed as text, with the number of times. */
  readonly shown: Map<string, number>;
  /** Markers in answers that were opened as pages. */
  readonly answered: Set<string>;
  readonly counts: {
    addresses: number;
    unfolded: number;
    ways: number;
    answers: number;
    fronts: number;
  };
}

/** Nothing was seen yet. */
export function seeNothing(): Seen {
  const counts = { addresses: 0, unfolded: 0, ways: 0, answers: 0, fronts: 0 };
  return { findings: [], shown: new Map(), answered: new Set(), counts };
}

function take(seen: Seen, watched: Watched): void {
  seen.findings.push(...watched.findings);
  for (const [marker, count] of watched.shown) seen.shown.set(marker, (seen.shown.get(marker) ?? 0) + count);
}

interface Tour {
  readonly stage: Stage;
  readonly size: TourSize;
  readonly seen: Seen;
}

type Language = 'en' | 'de';

/** What has to be typed to be seen: the palette finds devices by their hostile names. */
async function tryPalette(watched: Watched): Promise<void> {
  await watched.visit('/me');
  await watched.page.keyboard.press('Control+k');
  await watched.page
    .getByRole('dialog')
    .getByRole('combobox')
    .or(watched.page.getByRole('dialog').getByRole('textbox'))
    .first()
    .fill('zq');
  await watched.judge();
}

/** How addresses are visited. */
interface Way {
  readonly language: Language;
  readonly isKnown: boolean;
  readonly unfolds: number;
}

/** Visits addresses in one language, signed in or not. */
async function visitAll(
  { stage, seen }: Tour,
  visits: readonly string[],
  { language, isKnown, unfolds }: Way,
): Promise<void> {
  const visitor = await stage.browser.visit({ url: stage.origin, language });
  if (isKnown) await visitor.context.addCookies(await stage.person.context.cookies());
  const watched = await openWatched(visitor.context, stage);
  for (const path of visits) {
    await watched.visit(path);
    seen.counts.addresses += 1;
    if (unfolds > 0) seen.counts.unfolded += await watched.unfold(unfolds);
  }
  if (isKnown) await tryPalette(watched);
  take(seen, watched);
  await visitor.context.close();
}

/** Visits pages, both languages side by side. */
async function visitPages(tour: Tour, pages: readonly KnownPage[]): Promise<void> {
  const { stage, size } = tour;
  const languages: readonly Language[] = ['en', 'de'];
  const { plain, hostile } = listVisits(pages, stage, size.visits);
  const open = listPublicVisits(pages, stage, size.visits);
  await Promise.all(
    languages.map(async (language, turn) => {
      const own = (all: readonly string[]) => all.filter((_path, at) => at % languages.length === turn);
      const unfolds = turn === 0 || size.languages === 'turns' ? size.unfolds : 0;
      const known = size.languages === 'all' ? plain : own(plain);
      await visitAll(tour, known, { language, isKnown: true, unfolds });
      await visitAll(tour, own(hostile), { language, isKnown: true, unfolds: 0 });
      await visitAll(tour, own(open), { language, isKnown: false, unfolds: 0 });
    }),
  );
}

/** Links to the sign-in page that want to lead elsewhere, for one who is signed in already. */
async function tryNexts({ stage, size, seen }: Tour): Promise<void> {
  const visitor = await stage.browser.visit({ url: stage.origin });
  await visitor.context.addCookies(await stage.person.context.cookies());
  const watched = await openWatched(visitor.context, stage);
  const nexts = listNexts(stage);
  for (const next of nexts) {
    // Who is refused gets a link to where he wanted to go; everybody else is led there.
    for (const refusal of [{ error: 'E_IDENTITY' }, ...(size.signIns > 1 ? [{}] : [])]) {
      await watched.visit(`/sign-in?${new URLSearchParams({ next, ...refusal }).toString()}`);
      seen.counts.ways += 1;
    }
  }
  take(seen, watched);
  await visitor.context.close();
  await trySignIns({ stage, size, seen }, nexts.slice(0, size.signIns));
}

/** The same for one who has to sign in first, with the passkey of the page on which he set up his account. */
async function trySignIns({ stage, seen }: Tour, nexts: readonly string[]): Promise<void> {
  const { context } = stage.person;
  const [page] = context.pages();
  if (page === undefined || nexts.length === 0) return;
  const watched = await openWatched(context, { ...stage, page });
  await page.bringToFront();
  for (const next of nexts) {
    await context.clearCookies();
    await watched.visit(`/sign-in?${new URLSearchParams({ next }).toString()}`);
    await signInByPasskey(page);
    await watched.judge();
    seen.counts.ways += 1;
  }
  take(seen, watched);
}

/** The answer to a route in front of the browser, and as a page where it is one. */
async function tryRoute(
  { stage, seen }: Tour,
  watched: Watched,
  { route, path, isOpened }: { readonly route: Route; readonly path: string; readonly isOpened: boolean },
): Promise<void> {
  const headers = { cookie: await stage.cookie() };
  const front = await readFront(stage.server.url, { path, headers });
  seen.counts.fronts += 1;
  for (const what of judgeFront(front, false))
    seen.findings.push({ kind: 'front', path: route.pattern, what });
  if (!isOpened || !/json/.test(String(front.headers['content-type']))) return;
  await watched.visit(path);
  seen.counts.answers += 1;
}

/** Every answer of the API that can be read: plain, and with hostile words in each place of its address. */
async function tryRoutes(tour: Tour): Promise<void> {
  const { stage, size, seen } = tour;
  const { body } = await stage.server.call<ApiDocument>('/api/v1/openapi.json');
  const visitor = await stage.browser.visit({ url: stage.origin });
  await visitor.context.addCookies(await stage.person.context.cookies());
  const watched = await openWatched(visitor.context, stage);
  const routes = listRoutes(body).filter(({ method }) => method === 'GET');
  for (const [at, route] of routes.entries()) {
    const isOpened = at % size.everyRoute === 0;
    const path = fillRoute(route, stage);
    await tryRoute(tour, watched, { route, path, isOpened });
    const { make } = stage.planter;
    const words = route.query.map((name) => [name, make(`address.api.${name}`, 200)]);
    const [place = path] = path.split('?');
    const hostile = place.replace(/[a-z]{3}_[a-z2-7]{26}/, () =>
      encodeURIComponent(make('address.api.id', 120)),
    );
    if (words.length > 0) {
      const search = new URLSearchParams(words).toString();
      await tryRoute(tour, watched, { route, path: `${place}?${search}`, isOpened });
    }
    if (hostile !== place) await tryRoute(tour, watched, { route, path: hostile, isOpened });
  }
  for (const marker of watched.shown.keys()) seen.answered.add(marker);
  seen.findings.push(...watched.findings);
  await visitor.context.close();
}

/** What stands in front of files, pages and refusals. */
async function tryFronts({ stage, seen }: Tour): Promise<void> {
  const { url } = stage.server;
  const judge = (path: string, faults: readonly string[]) => {
    seen.counts.fronts += 1;
    for (const what of faults) seen.findings.push({ kind: 'front', path, what });
  };
  for (const { isFile, ...call } of await listKinds(url, await stage.cookie()))
    judge(nameOf(call), judgeFront(await readFront(url, call), isFile));
  for (const bytes of ['GET <script>alert(1)</script> HTTP/1.1\r\n\r\n', '<script>\r\n\r\n']) {
    judge('bytes that are no request', judgeFront(await readBroken(url, bytes), false));
  }
}

const nameOf = ({ method = 'GET', path }: FrontCall) => `${method} ${path}`.slice(0, 80);

/** Goes everywhere. */
export async function goEverywhere(
  tour: Tour,
  pages: readonly KnownPage[],
  say: (text: string) => void,
): Promise<void> {
  await tryFronts(tour);
  await visitPages(tour, pages);
  say(`${tour.seen.counts.addresses} addresses of pages visited`);
  await tryRoutes(tour);
  say(`${tour.seen.counts.answers} answers of the API opened as pages`);
  await tryNexts(tour);
}
