// Waits in tests for something that comes about by itself; it fails by name instead of hanging.

/** How long anything may take on a busy machine, ms. */
const PATIENCE_MS = 60_000;
const LOOK_MS = 5;

/** Asks until the answer fits, which is when it is anything but empty unless said otherwise. @throws naming `what` and the last answer */
export async function until<T>(
  what: string,
  ask: () => T | Promise<T>,
  fits: (value: T) => boolean = Boolean,
): Promise<T> {
  for (const endMs = Date.now() + PATIENCE_MS; ; ) {
    const value = await ask();
    if (fits(value)) return value;
    if (Date.now() > endMs) throw new Error(`it never came to this: ${what}; last: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
