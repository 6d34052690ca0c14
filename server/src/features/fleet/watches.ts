// Expressions that somebody watches: who joins and who leaves is found from the devices that changed, not from all of them.
import { isMusterError } from '@muster/protocol';
import type { Expression } from '@muster/protocol/language';
import type { Logger } from '../../core/log.ts';
import { fail } from '../../errors.ts';
import { type Bits, compareBits, growBits, hasBit, makeBits, putBit } from './bits.ts';
import type { Evaluator, Reads } from './evaluate.ts';
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
  /** Judges what changed; without devices: all of them. */
  follow(touched: Touched, nowMs: number): void;
  /** What is watched. */
  expressions(): Expression[];
  /** Judges all devices: for watches that depend on the time, or for every watch. */
  look(which: 'timed' | 'all', nowMs: number): void;
}

interface Watch {
  readonly expression: Expression;
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

  function readsOf({ expression }: Watch): Reads {
    return orNone(() => evaluator.reads(expression), NOTHING);
  }

  function judgeAll(watch: Watch, nowMs: number): void {
    const now = orNone(() => evaluator.evaluate(watch.expression, nowMs), makeBits(table.capacity));
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
        hasBit(table.present, idx) &&
        orNone(() => expression.evaluate(evaluator.factsOf(expression, idx, nowMs)), false);
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
      const watch: Watch = { expression, listener, members: makeBits(table.capacity), isNew: true };
      watches.add(watch);
      return () => void watches.delete(watch);
    },
    follow({ idxs, names }, nowMs) {
      for (const watch of [...watches]) {
        const reads = readsOf(watch);
        const isOther = names.has('group') && watch.expression.groups.size > 0;
        const isWhole = watch.isNew || isOther || idxs.size > MAX_JUDGED_SINGLY;
        if (isWhole || (idxs.size === 0 && isConcerned(reads, names))) judgeAll(watch, nowMs);
        else if (isConcerned(reads, names)) judgeSome(watch, idxs, nowMs);
      }
    },
    expressions: () => [...watches].map(({ expression }) => expression),
    look(which, nowMs) {
      for (const watch of [...watches])
        if (which === 'all' || watch.isNew || readsOf(watch).isTimed) judgeAll(watch, nowMs);
    },
  };
}

/** Whether an expression could say something else now. One without names does for a device that is new, whose id is. */
function isConcerned({ names }: Reads, changed: ReadonlySet<string>): boolean {
  return changed.has('id') || [...names].some((name) => changed.has(name));
}

const NOTHING: Reads = { names: new Set(), isTimed: false };

const unjudged: ReadonlySet<string> = new Set(['E_EXPRESSION', 'E_INDEX', 'E_BUSY']);

/** An expression that names a group which is not there, or asks what has no answer yet, holds for nobody until that changes. */
export function orNone<T>(judge: () => T, none: T): T {
  try {
    return judge();
  } catch (error) {
    if (isMusterError(error) && unjudged.has(error.code)) return none;
    throw error;
  }
}
