// Waits for something that other processes bring about; it fails by name instead of hanging.

/** What the runner gives a file, s, where it does not say so. */
const USUAL_S = 270;
/**
 * How long a whole file may take: a minute on a machine at rest is minutes on a busy one. A little less than the runner gives it, so
 * that tap still names what hangs.
 */
export const FILE_PATIENCE_MS = (Number(process.env.TAP_TIMEOUT) || USUAL_S) * 1_000 - 5_000;
/** How long anything may take on a busy machine before a test gives up, ms. */
const PATIENCE_MS = 90_000;
const POLL_MS = 25;

/** Polls until `look` finds something (neither undefined, null nor false); throws naming `what` it waited for. */
export async function until<T>(
  what: string,
  look: () => T | undefined | null | false | Promise<T | undefined | null | false>,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  const endsAt = performance.now() + patienceMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== null && found !== false) return found;
    if (performance.now() > endsAt) throw new Error(`waited ${patienceMs} ms in vain: ${what}`);
    await pause(POLL_MS);
  }
}

/** Waits that long. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** The code of a failure, as refused devices and clients carry it; the text of the failure when it has none. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'no failure';
  } catch (error) {
    if (error instanceof Error && 'code' in error) return String(error.code);
    return String(error);
  }
}
