// Looks at a page as a whole: both themes and a telephone, each with a picture; axe, targets, colors. Ends as it began.
import type { Test } from 'tap';
import { findBareColors, findOverhang, findSmallTargets } from './acceptance-probes.ts';
import type { ActStage } from './act-stage.ts';

/** `isReloaded`: each is loaded anew by the address; false where that would take away what is looked at. */
export async function lookAt(
  t: Test,
  { page, tab }: Pick<ActStage, 'page' | 'tab'>,
  name: string,
  { isReloaded = true }: { readonly isReloaded?: boolean } = {},
): Promise<void> {
  const show = async (colorScheme: 'light' | 'dark', width: number) => {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.setViewportSize({ width, height: 900 });
    if (isReloaded) await page.reload();
    await tab.settled();
    await tab.picture(`${name}-${colorScheme}-${width}`);
  };
  await show('dark', 1_280);
  t.same(await tab.axe(), [], `44: ${name}, dark`);
  await show('light', 360);
  t.same(await findOverhang(page), [], `50: ${name} on a telephone`);
  await show('light', 1_280);
  t.same(await tab.axe(), [], `44: ${name}, light`);
  t.same(await findSmallTargets(page), [], `44: targets of ${name}`);
  t.same(await findBareColors(page), [], `45: colors of ${name}`);
}
