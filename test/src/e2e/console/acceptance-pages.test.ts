// The acceptance list, on every page: targets, motion, colors, times, what moves, and 200 %; by its numbers.
// @needs chromium
import t, { type Test } from 'tap';
import { BROWSER_FILE_MS, noBrowser, type Tab } from '../../support/browser.ts';
import {
  findBareColors,
  findBareTimes,
  findMotion,
  findOverhang,
  findSmallTargets,
  keepShifts,
  readShifts,
} from './acceptance-probes.ts';
import { checkQuiet } from './acceptance-scenes.ts';
import { atPlace, listPlaces, nameOf, openAcceptance, SMALL } from './acceptance-stage.ts';

t.setTimeout(BROWSER_FILE_MS);
/** Taken only where somebody looks at them. */
const withPictures = process.env.MUSTER_PICTURES !== undefined;

t.test('every page of the acceptance list', { skip: noBrowser }, async (t) => {
  const stage = await openAcceptance(t, SMALL);
  const places = listPlaces(stage);
  await t.test('18, 20, 44, 45, 48, 50, 51: what holds for every page', async (t) => {
    const visitor = await stage.look({ colorScheme: 'light' });
    await keepShifts(visitor.context);
    const help = new Set<string>();
    for (const path of places)
      await atPlace(visitor, path, async (tab) => {
        await lookAt(t, tab, path);
        const links = tab.page.locator('a[href^="/help/"]');
        for (const href of await links.evaluateAll((all) => all.map((one) => one.getAttribute('href') ?? '')))
          help.add(href);
      });
    await t.test('53: each help link opens its section', async (t) => {
      t.ok(help.size > 10, `${help.size} links`);
      for (const path of help) await atPlace(visitor, path, (tab) => readHelp(t, tab, path));
    });
  });

  if (withPictures)
    await t.test('pictures of every page in the looks that are left', async () => {
      for (const wish of [
        { colorScheme: 'dark', width: 1_280 },
        { colorScheme: 'light', width: 360 },
      ] as const) {
        const visitor = await stage.look({ ...wish, height: wish.width === 360 ? 740 : 900 });
        for (const path of places)
          await atPlace(visitor, path, (tab) =>
            tab.picture(`acceptance-${nameOf(path)}-${wish.colorScheme}-${wish.width}`),
          );
      }
    });
});

/** What moves less does not jump (web.dev/articles/cls), whichever answer comes first. */
const JUMP = 0.1;

/** What holds for every page. */
async function lookAt(t: Test, tab: Tab, path: string): Promise<void> {
  const { page } = tab;
  const shift = await readShifts(page);
  t.ok(shift.most < JUMP, `18: ${path} moves by ${shift.most}: ${shift.moved}`);
  t.same(await findSmallTargets(page), [], `44: targets of ${path}`);
  t.same(await findMotion(page), [], `44: nothing moves on ${path}`);
  t.same(await findBareColors(page), [], `45: colors of ${path}`);
  // Docs are text, and details of the audit are shown as they were recorded.
  t.same(/^\/(?:help|audit)/.test(path) ? [] : await findBareTimes(page), [], `48: times of ${path}`);
  if (withPictures) await tab.picture(`acceptance-${nameOf(path)}-light-1280`);
  const place = new URL(page.url());
  await page.setViewportSize({ width: 640, height: 400 });
  t.same(await findOverhang(page), [], `50: ${path} at 200 %`);
  await page.setViewportSize({ width: 360, height: 740 });
  t.same(await findOverhang(page), [], `50: ${path} on a telephone`);
  const [wanted, got] = [new URLSearchParams(path.split('?')[1]), place.searchParams];
  for (const [key, value] of wanted)
    t.equal(got.get(key)?.replaceAll('"', ''), value.replaceAll('"', ''), `20: ${key} of ${path}`);
  checkQuiet(t, tab, path);
}

async function readHelp(t: Test, { page, complaints }: Tab, path: string): Promise<void> {
  const [, anchor] = path.split('#');
  t.equal(await page.getByRole('alert').count(), 0, `${path} is there`);
  if (anchor !== undefined) {
    const isThere = await page.evaluate((id) => document.getElementById(id) !== null, anchor);
    t.ok(isThere, `${path} has its section`);
  }
  t.same(complaints, []);
}
