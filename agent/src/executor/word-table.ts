// The signed words as the journal keeps them: trust, freshness, halts and lifts; each only moves forward.
import { type HaltInForce, isHaltOver } from '@muster/protocol/commands';
import { MAX_LIFTED } from './limits.ts';
import type { JournalRecord, KeptFreshness } from './records.ts';

/** The newest trust document that was followed. */
export interface KeptTrust {
  readonly envelope: unknown;
  readonly hash: string;
  readonly version: number;
}

/** Records about words. */
type WordRecord = Extract<JournalRecord, { t: 'trust' | 'fresh' | 'halt' | 'lift' | 'damaged' }>;

/** Halts in force, and those that must not come back. */
function createHaltTable() {
  const halts = new Map<string, HaltInForce>();
  const lifted = new Set<string>();
  return {
    add(halt: HaltInForce): void {
      if (halts.has(halt.haltId) || lifted.has(halt.haltId)) return;
      // Whoever journals one has counted before: none in force is ever pushed out.
      halts.set(halt.haltId, halt);
    },
    forgetHalts(clockMs: number): void {
      for (const halt of [...halts.values()]) if (isHaltOver(halt, clockMs)) halts.delete(halt.haltId);
    },
    lift(haltId: string): void {
      halts.delete(haltId);
      lifted.add(haltId);
      const [oldest] = lifted;
      if (lifted.size > MAX_LIFTED && oldest !== undefined) lifted.delete(oldest);
    },
    dump: (): JournalRecord[] => [
      ...[...halts.values()].map((halt) => ({ t: 'halt', halt }) as const),
      ...[...lifted].map((haltId) => ({ t: 'lift', haltId }) as const),
    ],
    halts: () => [...halts.values()],
    isLifted: (haltId: string) => lifted.has(haltId),
  };
}

/** True for the newer of two words. Only under a newer trust document may the time fall: where the key of the last has left it. */
function isNewer(word: KeptFreshness, last: KeptFreshness | null): boolean {
  if (last === null || word.trustVersion > last.trustVersion) return true;
  return word.trustVersion === last.trustVersion && word.freshness.at > last.freshness.at;
}

/** Makes an empty table of words. */
export function createWordTable() {
  const table = createHaltTable();
  let trust: KeptTrust | null = null;
  let word: KeptFreshness | null = null;
  let damagedAtMs = 0;
  return {
    apply(record: WordRecord): void {
      switch (record.t) {
        case 'trust':
          if (record.version > (trust?.version ?? 0)) trust = record;
          break;
        case 'fresh':
          if (isNewer(record, word)) word = record;
          break;
        case 'halt':
          table.add(record.halt);
          break;
        case 'lift':
          table.lift(record.haltId);
          break;
        case 'damaged':
          damagedAtMs = Math.max(damagedAtMs, record.atMs);
          break;
      }
    },
    /** Halts that are over by that clock are left out. */
    dump(clockMs: number): JournalRecord[] {
      table.forgetHalts(clockMs);
      return [
        ...(trust === null ? [] : [{ ...trust, t: 'trust' } as const]),
        ...(word === null ? [] : [{ ...word, t: 'fresh' } as const]),
        ...(damagedAtMs === 0 ? [] : [{ t: 'damaged', atMs: damagedAtMs } as const]),
        ...table.dump(),
      ];
    },
    trust: () => trust,
    freshness: () => word,
    halts: table.halts,
    forgetHalts: table.forgetHalts,
    isLifted: table.isLifted,
    damagedAtMs: () => damagedAtMs,
  };
}
