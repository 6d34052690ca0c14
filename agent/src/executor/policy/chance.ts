// Decides whether an item may be repaired now, by what is remembered of earlier repairs. Pure.
import { FIRST_PAUSE_MS, FLAP_WINDOW_MS, LAST_PAUSE_MS, MAX_REPAIR_CRASHES, MAX_REPAIRS } from './limits.ts';
import type { ItemMemory, ItemState } from './memory.ts';

/** Why it is not tried now. */
export interface Bar {
  readonly state: Extract<ItemState, 'drifted' | 'error'>;
  readonly code: string;
  readonly reason: string;
}

/** Repairs that still count. Those of the future are forgotten: the clock was wrong then. */
export function listRecent(repairs: readonly number[], nowMs: number): readonly number[] {
  return repairs.filter((atMs) => atMs <= nowMs && nowMs - atMs < FLAP_WINDOW_MS);
}

/** Pause after so many failed tries, ms. */
function pauseMs(failures: number): number {
  return Math.min(LAST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures - 1, 30));
}

/** What keeps an item from being repaired now; null: nothing. */
export function findBar(memory: ItemMemory, nowMs: number): Bar | null {
  if (memory.crashes >= MAX_REPAIR_CRASHES)
    return {
      state: 'error',
      code: 'E_CRASHED',
      reason: `The executor went down ${memory.crashes} times during its repair; it is tried again with another wish.`,
    };
  const recent = listRecent(memory.repairs, nowMs);
  if (recent.length >= MAX_REPAIRS)
    return {
      state: 'drifted',
      code: 'E_FLAPPING',
      reason: `It was repaired ${recent.length} times within a day and did not stay so; find what else changes it.`,
    };
  const waitedMs = nowMs - memory.failedAtMs;
  const waits = memory.failures > 0 && waitedMs >= 0 && waitedMs < pauseMs(memory.failures);
  if (!waits) return null;
  // While it was only looked at, why it failed was forgotten.
  const { code, reason } = memory;
  return code === '' || memory.state !== 'error'
    ? {
        state: 'error',
        code: 'E_REPAIR',
        reason: 'An earlier try failed; the next one follows after a pause.',
      }
    : { state: 'error', code, reason };
}
