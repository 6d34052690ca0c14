// Lets work begin at a bounded rate, in the order of asking.

/** Waits, then goes on. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Makes a gate; each call resolves when it is its turn. A process that was held up does not catch up in a burst. */
export function createGate(perSecond: number): () => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  let freeMs = 0;
  return () => {
    const turn = last.then(() => pause(Math.max(0, freeMs - performance.now())));
    last = turn.then(() => {
      // Timers come up to a millisecond late; what they are late by is taken off the next pause, and no more.
      freeMs = Math.max(freeMs, performance.now() - 2) + 1_000 / perSecond;
    });
    return turn;
  };
}
