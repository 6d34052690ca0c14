// Lets work begin at a bounded rate, in the order of asking.

/** Waits, then goes on. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Makes a gate; each call resolves when it is its turn. */
export function createGate(perSecond: number): () => Promise<void> {
  let nextMs = 0;
  return () => {
    const now = performance.now();
    const turnMs = Math.max(now, nextMs);
    nextMs = turnMs + 1_000 / perSecond;
    return pause(turnMs - now);
  };
}
