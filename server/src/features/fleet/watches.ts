// Expressions that somebody watches: who joins and who leaves is found from the devices that changed, not from all of them.
import type { Expression } from '@muster/protocol/language';
import type { Logger } from '../../core/log.ts';
import { fail } from '../../errors.ts';
import { type Bits, compareBits, growBits, hasBit, makeBits, putBit } from './bits.ts';
import type { Evaluator } from './evaluate.ts';
import { MAX_JUDGED_SINGLY, MAX_WATCHES } from './limits.ts';
import type { DeviceTable } from './table.ts';

/** Devices by number that came to fit an expression, or do not fit any more. */
export interface Moved {
  readonly joined: readonly number[];
  readonly left: readonly number[];
}

/** What changed since watches were looked at last. */
export interface Touched {
  readonly idxs: ReadonlySet<number>;
  /** Names of facts, as expressions name them. */
  readonly names: ReadonlySet<string>;
}

/** Watches of one organization. */
export interface Watches {
  /** Tells of all members first, as soon as they are looked at; the returned function ends it. @throws MusterError E_BUSY */
  add(expression: Expression, listener: (moved: Moved) => void): () => void;
  /** Judges what changed. */
  follow(touched: Touched, nowMs: number): void;
  /** Judges all devices: for watches that depend on the time, or for every watch. */
  look(which: 'timed' | 'all', nowMs: number): void;
}

interface Watch {
  readonly expression: Expression;
  readonly isTimed: boolean;
  readonly listener: (moved: Moved) => void;
  members: Bits;
  isNew: boolean;
}

/** Makes them; nobody watches yet. */
export function createWatches(table: DeviceTable, evaluator: Evaluator, log: Logger): Watches {
  const watches = new Set<Watch>();

  function tell(watch: Watch, moved: Moved): void {
    if (moved.joined.length === 0 && moved.left.length === 0 && !watch.isNew) return;
    watch.isNew = false;
    try {
      watch.listener(moved);
    } catch (err) {
      log.error({ err, expression: watch.expression.text }, 'a watch of the fleet failed');
    }
  }

  function judgeAll(watch: Watch, nowMs: number): void {
    const now = evaluator.evaluate(watch.expression, nowMs);
    const moved = compareBits(watch.members, now);
    watch.members = now.slice();
    tell(watch, moved);
  }

  function judgeSome(watch: Watch, idxs: ReadonlySet<number>, nowMs: number): void {
    const { expression } = watch;
    watch.members = growBits(watch.members, table.capacity);
    const moved = { joined: [] as number[], left: [] as number[] };
    for (const idx of idxs) {
      const fits =
        hasBit(table.present, idx) && expression.evaluate(table.factsOf(idx, expression.names, nowMs));
      if (fits === hasBit(watch.members, idx)) continue;
      putBit(watch.members, idx, fits);
      moved[fits ? 'joined' : 'left'].push(idx);
    }
    tell(watch, moved);
  }

  return {
    add(expression, listener) {
      if (watches.size >= MAX_WATCHES)
        throw fail('E_BUSY', { detail: `At most ${MAX_WATCHES} expressions can be watched.` });
      const isTimed = expression.names.has('seen_at') || expression.names.has('presence');
      const watch: Watch = { expression, isTimed, listener, members: makeBits(table.capacity), isNew: true };
      watches.add(watch);
      return () => void watches.delete(watch);
    },
    follow({ idxs, names }, nowMs) {
      for (const watch of [...watches]) {
        if (watch.isNew || idxs.size > MAX_JUDGED_SINGLY) judgeAll(watch, nowMs);
        else if (isConcerned(watch.expression, names)) judgeSome(watch, idxs, nowMs);
      }
    },
    look(which, nowMs) {
      for (const watch of [...watches])
        if (which === 'all' || watch.isTimed || watch.isNew) judgeAll(watch, nowMs);
    },
  };
}

/** Whether an expression could say something else now. One without names does for a device that is new, whose id is. */
function isConcerned({ names }: Expression, changed: ReadonlySet<string>): boolean {
  return changed.has('id') || [...names].some((name) => changed.has(name));
}
