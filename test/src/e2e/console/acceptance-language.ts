// The acceptance list in German: the address of a place alone leads another browser to the same place, in the other language.
import type { Page } from 'playwright-core';
import type { Test } from 'tap';
import { findOverhang } from './acceptance-probes.ts';
import { checkQuiet } from './acceptance-scenes.ts';
import { atPlace, listPlaces, nameOf, openAcceptance, SMALL } from './acceptance-stage.ts';
import { readPageTexts } from './acceptance-words.ts';

/** Taken only where somebody looks at them. */
const withPictures = process.env.MUSTER_PICTURES !== undefined;

/** What was shown at a place. */
interface Shown {
  readonly href: string;
  /** Of each tab, whether it is the one that is open. */
  readonly tabs: readonly (string | null)[];
  readonly texts: readonly string[];
}

const readTabs = (page: Page) =>
  page.getByRole('tab').evaluateAll((all) => all.map((one) => one.getAttribute('aria-selected')));

/** Visits each place that is meant in English, and its address in German. */
export async function compareLanguages(t: Test, isMeant: (path: string) => boolean): Promise<void> {
  const stage = await openAcceptance(t, SMALL);
  const visitor = await stage.look({ language: 'de', colorScheme: 'dark' });
  for (const path of listPlaces(stage).filter(isMeant)) {
    const seen: Shown[] = [];
    await atPlace(stage.anna, path, async ({ page }) => {
      seen.push({ href: page.url(), tabs: await readTabs(page), texts: await readPageTexts(page) });
    });
    const [shown] = seen;
    if (shown === undefined) throw new Error(`${path} was not shown`);
    await atPlace(visitor, shown.href, async (tab) => {
      const { page } = tab;
      t.equal(await page.evaluate(() => document.documentElement.lang), 'de');
      t.same([page.url(), await readTabs(page)], [shown.href, shown.tabs], `20: ${path}`);
      t.notSame(await readPageTexts(page), shown.texts, `49: ${path} is not in English`);
      if (withPictures) {
        await page.setViewportSize({ width: 360, height: 740 });
        await findOverhang(page);
        await tab.picture(`acceptance-${nameOf(path)}-dark-360-de`);
      }
      checkQuiet(t, tab, path);
    });
  }
}
