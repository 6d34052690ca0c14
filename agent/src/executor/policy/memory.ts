// What a device remembers of the items of its policies, in a journal: nothing is begun that is not written down first.

import type { Disk } from '../disk.ts';
import { type Failpoint, noFailpoint } from '../failpoints.ts';
import { openJournal } from '../journal/journal.ts';

/** States of an item on a device; docs/architecture/enforcement.md says what each means. */
export type ItemState =
  | 'compliant'
  | 'repaired'
  | 'drifted'
  | 'applying'
  | 'error'
  | 'not-applicable'
  | 'exempt';

/** What is known of one item. */
export interface ItemMemory {
  readonly item: string;
  /** What was wanted, as a text that is equal for equal wishes. */
  readonly wish: string;
  readonly state: ItemState;
  /** '' where there is none. */
  readonly code: string;
  readonly found: string;
  /** Why it is not as wanted; '' where that needs no words. */
  readonly reason: string;
  /** When it got this state, or this code of it, ms since 1970. */
  readonly sinceMs: number;
  /** When it was repaired, ms since 1970; those that still count. */
  readonly repairs: readonly number[];
  /** Tries in a row that failed. */
  readonly failures: number;
  /** When the last of them began, ms since 1970. */
  readonly failedAtMs: number;
  /** Crashes during repairs. */
  readonly crashes: number;
  /** When a repair was begun of which no end is known, ms since 1970; null: none. */
  readonly begunAtMs: number | null;
}

/** One record of the journal: all that is known of an item from here on; null: no rule names it any more. */
interface ItemRecord {
  readonly t: 'item';
  readonly item: string;
  readonly memory: ItemMemory | null;
}

/** The memory. */
export interface PolicyMemory {
  get(item: string): ItemMemory | undefined;
  /** All items that are known. */
  items(): readonly string[];
  /** Durable when it answers, all of them or none. */
  keep(memories: readonly ItemMemory[]): Promise<void>;
  /** The same for items that no rule names any more. */
  forget(items: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** A memory that nobody keeps, for who only looks. */
export const noMemory: Omit<PolicyMemory, 'close'> = {
  get: () => undefined,
  items: () => [],
  keep: async () => undefined,
  forget: async () => undefined,
};

/** What a memory is made of. */
export interface MemoryDeps {
  /** A folder of its own. */
  readonly disk: Disk;
  /** Waits while the disk is full; may reject to give up. */
  pause(ms: number): Promise<void>;
  readonly failpoint?: Failpoint;
}

/** Opens what an earlier process left. */
export async function openMemory({
  disk,
  pause,
  failpoint = noFailpoint,
}: MemoryDeps): Promise<PolicyMemory> {
  const known = new Map<string, ItemMemory>();
  const take = ({ item, memory }: ItemRecord) => {
    if (memory === null) known.delete(item);
    else known.set(item, memory);
  };
  const { journal, content } = await openJournal<ItemRecord>({
    disk,
    failpoint,
    pause,
    // Nothing that has happened is lost here: what cannot be written down is not begun.
    ballast: { isThere: async () => true, giveUp: async () => undefined },
    snapshot: () => [...known.values()].map((memory) => ({ t: 'item', item: memory.item, memory })),
  });
  content.records.forEach(take);

  async function append(records: readonly ItemRecord[]): Promise<void> {
    if (records.length === 0) return;
    await journal.append(records);
    records.forEach(take);
  }

  return {
    get: (item) => known.get(item),
    items: () => [...known.keys()],
    keep: (memories) => append(memories.map((memory) => ({ t: 'item', item: memory.item, memory }))),
    forget: (items) => append(items.map((item) => ({ t: 'item', item, memory: null }))),
    close: () => journal.close(),
  };
}
