// Commits whose answer was lost: the database is asked what became of them, so that none lies there unheeded.
import { DB_DOUBT_MS, DB_SILENT_MS } from '../../timing.ts';
import type { Clock } from '../clock.ts';
import { isPassing } from './failures.ts';

/** What of one kind is in doubt. */
export interface Doubts<Item> {
  /** It may have been stored, now or in a moment. */
  note(item: Item): void;
  /** Does work that stores it; without an answer it is in doubt. Settles as the work does. */
  during<T>(item: Item, work: () => Promise<T>): Promise<T>;
  /** Asks now. Rejects when the database cannot be asked; it is asked again then. */
  settle(): Promise<void>;
  stop(): void;
}

/** What settling them needs. */
export interface DoubtsOptions<Item> {
  readonly clock: Clock;
  /** So many are asked for; of more the oldest are found at the next start. */
  readonly max: number;
  readonly keyOf: (item: Item) => string;
  /** Takes up what was stored; answers with the items of which nothing more can come. */
  readonly takeUp: (items: readonly Item[]) => Promise<readonly Item[]>;
}

/** Makes it; nothing is asked while there is no doubt. An item is over when it was asked for after its statement can have been committed. */
export function createDoubts<Item>({ clock, max, keyOf, takeUp }: DoubtsOptions<Item>): Doubts<Item> {
  const doubts = new Map<string, { readonly item: Item; readonly untilMs: number }>();
  let cancel: (() => void) | undefined;
  let isStopped = false;

  async function settle(): Promise<void> {
    const askedMs = clock.monotonic();
    const settled = await takeUp([...doubts.values()].map(({ item }) => item));
    for (const item of settled) doubts.delete(keyOf(item));
    for (const [key, { untilMs }] of doubts) if (untilMs <= askedMs) doubts.delete(key);
  }

  function arm(): void {
    if (isStopped || cancel !== undefined || doubts.size === 0) return;
    cancel = clock.after(DB_DOUBT_MS, () => {
      settle()
        // It is still away: the doubts stay.
        .catch(() => undefined)
        .finally(() => {
          cancel = undefined;
          arm();
        });
    });
  }

  function note(item: Item): void {
    doubts.set(keyOf(item), { item, untilMs: clock.monotonic() + DB_SILENT_MS });
    for (const key of doubts.keys()) if (doubts.size > max) doubts.delete(key);
    arm();
  }

  return {
    note,
    async during(item, work) {
      try {
        return await work();
      } catch (error) {
        if (isPassing(error)) note(item);
        throw error;
      }
    },
    settle,
    stop() {
      // Work that ends behind this is taken up at the next start.
      isStopped = true;
      doubts.clear();
      cancel?.();
    },
  };
}
