// What a page shows once it has come to show it: nothing here asks at once, for a slow machine may still be drawing.
import type { Page } from 'playwright-core';
import type { Test } from 'tap';
import { PAGE_PATIENCE_MS } from './browser.ts';
import { pause } from './wait.ts';

const LOOK_EVERY_MS = 100;
/** A button that another gesture has taken away is not waited for any longer, ms. */
const PRESS_MS = 5_000;

/** Reads until it fits or the patience is over; answers what was read last, to be judged. */
export async function readUntil<T>(read: () => Promise<T>, fits: (found: T) => boolean): Promise<T> {
  const endsAt = performance.now() + PAGE_PATIENCE_MS;
  for (;;) {
    const found = await read();
    if (fits(found) || performance.now() > endsAt) return found;
    await pause(LOOK_EVERY_MS);
  }
}

/** Judges that a text comes to match each of them. */
export async function shows(
  t: Pick<Test, 'match'>,
  read: () => Promise<string>,
  patterns: readonly RegExp[],
): Promise<void> {
  const said = await readUntil(read, (text) => patterns.every((pattern) => pattern.test(text)));
  for (const pattern of patterns) t.match(said, pattern);
}

/** What lies in the clipboard once it is that text; the page puts it there in its own time. */
export function readCopied(page: Page, wanted: string): Promise<string> {
  return readUntil(
    () => page.evaluate<string>('navigator.clipboard.readText()'),
    (text) => text === wanted,
  );
}

/** The next stream of changes that this page has; what changes before it stands may be told to nobody. Ask before going there. */
export function streamStands(page: Page): Promise<unknown> {
  return page.waitForResponse((answer) => answer.url().endsWith('/api/v1/events') && answer.ok());
}

/** Signs in by the passkey of the tab. What the name field offers may do it first, since this authenticator always agrees. */
export async function signInByPasskey(page: Page): Promise<void> {
  const button = page.getByRole('button', { name: 'Sign in with a passkey' });
  await readUntil(
    async () => {
      const isIn = !new URL(page.url()).pathname.startsWith('/sign-in');
      if (!isIn) await button.click({ timeout: PRESS_MS }).catch(() => undefined);
      return isIn;
    },
    (isIn) => isIn,
  );
}
