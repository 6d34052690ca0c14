// Waits: for a time, and for one turn of the event loop during long work.

/** Resolves after `ms`. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * Lets everything else that waits run once. Small files are read at once, without the thread pool, so a loop over thousands of
 * them has to make room for the heartbeat itself.
 */
export function yieldOnce(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
