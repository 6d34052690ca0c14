// The signed words as the journal keeps them: trust, freshness, halts and lifts; each only moves forward.
import { readTimeMs } from '@muster/protocol';
import type { Freshness, HaltInForce } from '@muster/protocol/commands';
import { MAX_KEPT_HALTS, MAX_LIFTED } from './limits.ts';
import type { JournalRecord, Moment } from './records.ts';

/** The newest trust document that was followed. */
export interface KeptTrust {
  readonly envelope: unknown;
  readonly hash: string;
  readonly version: number;
}

/** The server's last word, and when it came. */
export interface KeptFreshness {
  readonly freshness: Freshness;
  readonly seen: Moment;
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
      halts.set(halt.haltId, halt);
      if (halts.size <= MAX_KEPT_HALTS) return;
      const first = [...halts.values()].toSorted((a, b) => readTimeMs(a.until) - readTimeMs(b.until))[0];
      if (first !== undefined) halts.delete(first.haltId);
    },
    lift(haltId: string): void {
      halts.delete(haltId);
      lifted.add(haltId);
      const [oldest] = lifted;
      if (lifted.size > MAX_LIFTED && oldest !== undefined) lifted.delete(oldest);
    },
    dump(nowMs: number): JournalRecord[] {
      const past = [...halts.values()].filter(({ until }) => readTimeMs(until) < nowMs);
      for (const { haltId } of past) halts.delete(haltId);
      return [
        ...[...halts.values()].map((halt) => ({ t: 'halt', halt }) as const),
        ...[...lifted].map((haltId) => ({ t: 'lift', haltId }) as const),
      ];
    },
    halts: () => [...halts.values()],
    isLifted: (haltId: string) => lifted.has(haltId),
  };
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
          if (record.freshness.at > (word?.freshness.at ?? '')) word = record;
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
    dump: (nowMs: number): JournalRecord[] => [
      ...(trust === null ? [] : [{ ...trust, t: 'trust' } as const]),
      ...(word === null ? [] : [{ ...word, t: 'fresh' } as const]),
      ...(damagedAtMs === 0 ? [] : [{ t: 'damaged', atMs: damagedAtMs } as const]),
      ...table.dump(nowMs),
    ],
    trust: () => trust,
    freshness: () => word,
    halts: table.halts,
    isLifted: table.isLifted,
    damagedAtMs: () => damagedAtMs,
  };
}
