// Takes up what a stream tells: at once after a rest, one at a time, and the more seldom the longer the server takes to answer.
//
// Reading again with each event would cancel the answer that is on its way: while events come close, nothing would ever be shown.
//
// When a stream stands, the first time too, all that was asked for before is read again: the server notes nothing for whom does not
// listen, and a change between its answer and the connection would be lost. How young the answer is says nothing: a connection may
// come late (the tab lay in the background, the server had refused), and an answer that is still on its way may be the older one.
import { hashKey, type QueryKey, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';

/** From one reading to the next, ms: a little less than the server gathers, so that what it tells hardly waits here. */
const LEAST_MS = 200;
const MOST_MS = 5_000;
/** A reading may take this part of the time at most. */
const WORK_SHARE = 0.25;

/** Work that is asked for more often than it can be done. */
interface Pace {
  ask(): void;
  start(): void;
  stop(): void;
}

function createPace(work: () => Promise<unknown>): Pace {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isRunning = false;
  let isWorking = false;
  let isWanted = false;
  let freeMs = Number.NEGATIVE_INFINITY;

  function plan(): void {
    if (!isRunning || !isWanted || isWorking) return;
    timer ??= setTimeout(() => void run(), freeMs - performance.now());
  }

  async function run(): Promise<void> {
    const fromMs = performance.now();
    timer = undefined;
    isWanted = false;
    isWorking = true;
    try {
      await work();
    } finally {
      const tookMs = performance.now() - fromMs;
      isWorking = false;
      freeMs = fromMs + Math.min(MOST_MS, Math.max(LEAST_MS, tookMs / WORK_SHARE));
      plan();
    }
  }

  return {
    ask() {
      isWanted = true;
      plan();
    },
    start() {
      isRunning = true;
      plan();
    },
    stop() {
      isRunning = false;
      clearTimeout(timer);
      timer = undefined;
    },
  };
}

/** Asks for the work, while the part is shown; `work` deals with its failures itself. */
export function usePaced(work: () => Promise<unknown>): () => void {
  const current = useRef(work);
  current.current = work;
  const pace = useRef<Pace | null>(null);
  pace.current ??= createPace(() => current.current());
  const { ask, start, stop } = pace.current;
  useEffect(() => {
    start();
    return stop;
  }, [start, stop]);
  return ask;
}

/** For the handlers of a stream: has queries read again, all whose keys begin so. */
export function useAgain(): (...keys: readonly QueryKey[]) => void {
  const queries = useQueryClient();
  const wanted = useRef(new Map<string, QueryKey>());
  const ask = usePaced(async () => {
    const keys = [...wanted.current.values()];
    wanted.current.clear();
    await Promise.all(keys.map((queryKey) => queries.invalidateQueries({ queryKey })));
  });
  return (...keys) => {
    for (const key of keys) wanted.current.set(hashKey(key), key);
    if (keys.length > 0) ask();
  };
}
