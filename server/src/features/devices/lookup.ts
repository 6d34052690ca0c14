// Finds devices by id for the gateway: lookups that arrive together share one statement.

import type { DeviceRecord } from '../../core/agents/directory.ts';
import type { Clock } from '../../core/clock.ts';

/** Lookups wait this long for others, ms. */
const GATHER_MS = 5;
/** Ids of one statement. */
const MAX_IDS = 1_000;

interface Waiting {
  resolve(record: DeviceRecord | undefined): void;
  reject(error: unknown): void;
}

/** Makes the lookup over a statement that takes many ids. */
export function createLookup(
  select: (ids: readonly string[]) => Promise<readonly DeviceRecord[]>,
  clock: Clock,
): (id: string) => Promise<DeviceRecord | undefined> {
  let gathering = new Map<string, Waiting[]>();

  async function run(batch: ReadonlyMap<string, readonly Waiting[]>): Promise<void> {
    try {
      const found = new Map((await select([...batch.keys()])).map((record) => [record.deviceId, record]));
      for (const [id, all] of batch) for (const one of all) one.resolve(found.get(id));
    } catch (error) {
      for (const all of batch.values()) for (const one of all) one.reject(error);
    }
  }

  function flush(batch: Map<string, Waiting[]>): void {
    if (gathering !== batch) return;
    gathering = new Map();
    void run(batch);
  }

  return (id) =>
    new Promise((resolve, reject) => {
      const batch = gathering;
      const all = batch.get(id) ?? [];
      batch.set(id, all);
      all.push({ resolve, reject });
      if (batch.size >= MAX_IDS) flush(batch);
      else if (batch.size === 1 && all.length === 1) clock.after(GATHER_MS, () => flush(batch));
    });
}
