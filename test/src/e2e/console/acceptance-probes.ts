// What a page is asked while it is shown: targets that are too small, colors without a word, times without their moment, what moved.
import type { BrowserContext, Page } from 'playwright-core';

/**
 * From the first moment on pages keep how far things moved without being touched: the largest sum of shifts with less than a second
 * between them and five in all, which is the cumulative layout shift (web.dev/articles/cls).
 */
export async function keepShifts(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const kept = { most: 0, moved: '' };
    let [sum, sinceMs, lastMs] = [0, 0, 0];
    Object.assign(globalThis, { musterShifts: kept });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        if (Reflect.get(entry, 'hadRecentInput') === true) continue;
        const { startTime: atMs } = entry;
        if (atMs - lastMs > 1_000 || atMs - sinceMs > 5_000) [sum, sinceMs] = [0, atMs];
        lastMs = atMs;
        sum += Number(Reflect.get(entry, 'value'));
        kept.most = Math.max(kept.most, sum);
        const sources: { node?: Element }[] = Reflect.get(entry, 'sources');
        kept.moved += sources
          .map(({ node }) => ` ${node?.nodeName} ${node?.textContent?.slice(0, 30)}`)
          .join();
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
}

/** How far they moved, and what did. */
export function readShifts(page: Page): Promise<{ readonly most: number; readonly moved: string }> {
  return page.evaluate(() => Reflect.get(globalThis, 'musterShifts'));
}

/**
 * Targets below 24×24 CSS pixels that have not the room of such a one either (WCAG 2.5.8). Links in a line of text may be
 * smaller, and so may a box whose label is large enough, and what only repeats what keys do in the field it stands in.
 */
export function findSmallTargets(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const LEAST_PX = 24;
    const shapes = [
      ...document.querySelectorAll<HTMLElement>(
        'a[href], button, input, select, textarea, [role="tab"], [role="switch"], [role="radio"], [role="menuitem"]',
      ),
    ]
      .filter((element) => element.checkVisibility() && element.tabIndex >= 0)
      .filter((element) => {
        // What is scrolled out of its frame lies, by its numbers, on what stands below.
        const { x, y, width, height } = element.getBoundingClientRect();
        if (width <= 1 || y + height > innerHeight) return false;
        const top = document.elementFromPoint(x + width / 2, y + height / 2);
        return top !== null && (element.contains(top) || top.contains(element));
      })
      .map((element) => {
        const box = element.getBoundingClientRect();
        const x = box.x + box.width / 2;
        const y = box.y + box.height / 2;
        return { element, box, x, y, isSmall: box.width < LEAST_PX - 0.5 || box.height < LEAST_PX - 0.5 };
      });
    /** In a line of other text, or with a label that can be hit instead. */
    function isExempt(element: HTMLElement): boolean {
      const own = element.textContent.trim();
      const line = element.closest('p, li, dd, td, span:not(a span), div')?.textContent.trim() ?? '';
      if (element.matches('a') && own !== '' && line.length > own.length + 2) return true;
      const labels = element instanceof HTMLInputElement ? [...(element.labels ?? [])] : [];
      return labels.some((label) => label.getBoundingClientRect().height >= LEAST_PX - 4);
    }
    return shapes
      .filter(({ element, isSmall }) => isSmall && !isExempt(element))
      .filter(({ element, x, y }) =>
        shapes.some((other) => {
          if (other.element === element || other.element.contains(element) || element.contains(other.element))
            return false;
          const dx = Math.max(other.box.left - x, 0, x - other.box.right);
          const dy = Math.max(other.box.top - y, 0, y - other.box.bottom);
          const isNear = Math.hypot(dx, dy) < LEAST_PX / 2;
          return isNear || (other.isSmall && Math.hypot(other.x - x, other.y - y) < LEAST_PX);
        }),
      )
      .map(
        ({ element, box }) =>
          `${element.outerHTML.slice(0, 120)} ${Math.round(box.width)}×${Math.round(box.height)}`,
      );
  });
}

/** Signs in a color that means something, with no word in or beside them. */
export function findBareColors(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('main svg, main [style*="--muster-"]')]
      .filter((sign) => /--muster-(?:good|warn|bad|busy)/.test(sign.outerHTML.slice(0, 400)))
      .filter((sign) => {
        const labeled = sign.closest('[aria-label]')?.getAttribute('aria-label') ?? '';
        const beside = sign.parentElement?.textContent.trim() ?? '';
        return labeled === '' && beside === '';
      })
      .map((sign) => sign.outerHTML.slice(0, 160)),
  );
}

/** Times that do not say their exact moment with its zone on hover, and moments as programs write them. */
export function findBareTimes(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const exact = /\d{4}.*\d:\d\d:\d\d.*(?:[A-Z]{3,5}|[+-]\d)/;
    const times = [...document.querySelectorAll('time')]
      .filter(({ title, textContent }) => !exact.test(title) && !exact.test(textContent))
      .map((time) => time.outerHTML);
    const raw = [...document.querySelectorAll('main *')]
      .filter((element) => element.closest('code, pre') === null)
      .flatMap(({ childNodes }) => [...childNodes])
      .filter(
        ({ nodeType, textContent }) =>
          nodeType === Node.TEXT_NODE && /\d{4}-\d\d-\d\dT\d\d:/.test(textContent ?? ''),
      )
      .map(({ textContent }) => textContent ?? '');
    return [...times, ...raw];
  });
}

/** What moves by itself although the person wants nothing to move. */
export function findMotion(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    document
      .getAnimations()
      .filter(({ playState }) => playState === 'running')
      .map(({ effect }) => {
        const target = effect instanceof KeyframeEffect ? effect.target?.outerHTML.slice(0, 120) : '';
        return `${target}`;
      }),
  );
}

/** Time a page is given to take another width, ms. */
const SETTLE_MS = 10_000;

/** What hangs over the side of the window once the page has taken its width; nothing is as it should be. */
export async function findOverhang(page: Page): Promise<string[]> {
  const isNarrow = () => document.documentElement.scrollWidth <= document.documentElement.clientWidth;
  const fits = await page.waitForFunction(isNarrow, undefined, { timeout: SETTLE_MS }).then(
    () => true,
    () => false,
  );
  if (fits) return [];
  return page.evaluate(() => [
    `${document.documentElement.scrollWidth} px`,
    ...[...document.querySelectorAll('body *')]
      .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
      .map((element) => element.outerHTML.slice(0, 140)),
  ]);
}

/** A stop of the Tab key. */
export interface Stop {
  /** What a screen reader would call it, or what stands in it. */
  readonly name: string;
  readonly tag: string;
  /** Whether something about it looks different from when it has no focus. */
  readonly isVisible: boolean;
}

/** What has the focus now, and whether that can be seen: it is looked at with and without. */
export function readStop(page: Page): Promise<Stop> {
  return page.evaluate(() => {
    const element = document.activeElement;
    if (!(element instanceof HTMLElement) || element === document.body)
      return { name: '', tag: 'BODY', isVisible: true };
    const looks = () => {
      // What is on its way to another look has it now.
      for (const moving of document.getAnimations()) if (moving instanceof CSSTransition) moving.finish();
      return [
        element,
        element.parentElement,
        element.nextElementSibling,
        element.parentElement?.parentElement,
      ]
        .map((one) => {
          if (!(one instanceof Element)) return '';
          const { outline, boxShadow, borderColor, backgroundColor, top } = getComputedStyle(one);
          return [outline, boxShadow, borderColor, backgroundColor, top].join('|');
        })
        .join('\n');
    };
    const focused = looks();
    // A date has several stops, and would begin again with the first.
    const isDate = element.matches('[type="datetime-local"], [type="date"], [type="time"]');
    if (!isDate) element.blur();
    const bare = isDate ? '' : looks();
    if (!isDate) element.focus({ preventScroll: true });
    const labels = element instanceof HTMLInputElement ? [...(element.labels ?? [])] : [];
    const named = element.getAttribute('aria-label') ?? labels.map((label) => label.textContent).join(' ');
    const name = named === '' ? element.textContent.trim() : named;
    return { name: name.slice(0, 80), tag: element.tagName, isVisible: focused !== bare };
  });
}
