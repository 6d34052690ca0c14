// What waits for somebody's next step, in memory: bounded in time and number, and strangers push out nobody but strangers.
import type { Clock } from '../../core/clock.ts';

/** What waits. */
interface Pool<T> {
  /** Keeps it under a key; of `owner` (null: nobody is known yet), for whom the oldest may have to go. */
  keep(key: string, value: T, owner: string | null): void;
  /** It, once; undefined when there is none, or none any more. */
  take(key: string): T | undefined;
}

/** How long things wait, ms, and how many: of strangers and of owners each, and of one owner. */
interface PoolLimits {
  readonly lifeMs: number;
  readonly max: number;
  readonly maxEach: number;
}

interface Kept<T> {
  readonly value: T;
  readonly owner: string | null;
  readonly untilMs: number;
}

/** Makes it. */
export function createPool<T>(clock: Clock, { lifeMs, max, maxEach }: PoolLimits): Pool<T> {
  // Each in the order of their making, which is that of their end.
  const [strange, owned] = [new Map<string, Kept<T>>(), new Map<string, Kept<T>>()];

  function makeRoom(kept: Map<string, Kept<T>>, owner: string | null): void {
    for (const [key, { untilMs }] of kept) {
      if (untilMs > clock.now() && kept.size < max) break;
      kept.delete(key);
    }
    if (owner === null) return;
    const his = [...kept].filter(([, one]) => one.owner === owner);
    for (const [key] of his.slice(0, Math.max(0, his.length - maxEach + 1))) kept.delete(key);
  }

  return {
    keep(key, value, owner) {
      const kept = owner === null ? strange : owned;
      makeRoom(kept, owner);
      kept.set(key, { value, owner, untilMs: clock.now() + lifeMs });
    },
    take(key) {
      const found = strange.get(key) ?? owned.get(key);
      strange.delete(key);
      owned.delete(key);
      return found !== undefined && found.untilMs > clock.now() ? found.value : undefined;
    },
  };
}
