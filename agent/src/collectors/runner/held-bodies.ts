// Bodies that the server may ask for any moment now: held a short while after they were collected, then let go.
//
// What is no longer held is collected again. Keeping every body in a file of its own was measured first: the 84 files of
// a first inventory cost more CPU (90 ms) than collecting it, and as many disk writes.

/** Bounds of what is held. */
export interface HeldBodiesOptions {
  /** Time after the last body was put, ms. */
  readonly holdMs: number;
  /** Characters of all bodies together; the oldest go first. */
  readonly maxChars: number;
}

/** Bodies by hash, for a short while. */
export interface HeldBodies {
  put(hash: string, text: string): void;
  /** Null when it was let go or never held. */
  get(hash: string): string | null;
  clear(): void;
}

/** Makes an empty holder. */
export function createHeldBodies({ holdMs, maxChars }: HeldBodiesOptions): HeldBodies {
  const bodies = new Map<string, string>();
  let chars = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function clear() {
    clearTimeout(timer);
    bodies.clear();
    chars = 0;
  }

  return {
    clear,
    put(hash, text) {
      if (!bodies.has(hash)) chars += text.length;
      bodies.set(hash, text);
      for (const [oldest, { length }] of bodies) {
        if (chars <= maxChars) break;
        bodies.delete(oldest);
        chars -= length;
      }
      clearTimeout(timer);
      timer = setTimeout(clear, holdMs);
      // The session keeps the process alive, not this timer.
      timer.unref();
    },
    get: (hash) => bodies.get(hash) ?? null,
  };
}
