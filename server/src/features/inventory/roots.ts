// Reads stored roots into memory: all of them when a controller starts, those of a device when another process may have stored it.
import type { Section } from '@muster/protocol';
import { createBatchWriter } from '../../core/batch-writer.ts';
import type { Clock } from '../../core/clock.ts';
import type { RawSql } from '../../core/db/pool.ts';
import type { Digests } from './digests.ts';
import { LOOKUP_WAIT_MS, MAX_PENDING_ROOTS, ROOTS_PAGE } from './limits.ts';
import { type DeviceRef, readRoots, readRootsOf } from './store.ts';

/** The readers. */
export interface Roots {
  /** Reads all, in pages. */
  load(): Promise<void>;
  /** Reads that of a device as it is now; calls that come together share a statement. Rejects when too many wait, and at stop. */
  refresh(device: DeviceRef): Promise<void>;
  stop(): Promise<void>;
}

/** What they need. */
export interface RootsDeps {
  readonly sql: RawSql;
  readonly clock: Clock;
  readonly digests: Digests;
  findSlice(name: string): Section | undefined;
}

/** Makes the readers. */
export function createRoots({ sql, clock, digests, findSlice }: RootsDeps): Roots {
  /** A device with slices that this server has learned to store since is asked again. */
  function note(row: Awaited<ReturnType<typeof readRoots>>[number]): void {
    const isComplete = row.ignored.every((name) => findSlice(name) === undefined);
    digests.set(row.tenant, row.idx, isComplete ? row.digest : null);
  }

  const reader = createBatchWriter<DeviceRef>({
    name: 'inventory roots',
    maxQueued: MAX_PENDING_ROOTS,
    maxMs: LOOKUP_WAIT_MS,
    async flush(devices) {
      const rows = await readRootsOf(sql, devices);
      for (const { tenant, idx } of devices) digests.set(tenant, idx, null);
      for (const row of rows) note(row);
    },
    clock,
  });

  return {
    async load() {
      let after = { tenant: 0, idx: -1 };
      for (;;) {
        const rows = await readRoots(sql, after, ROOTS_PAGE);
        for (const row of rows) note(row);
        const last = rows.at(-1);
        if (last === undefined || rows.length < ROOTS_PAGE) return;
        after = { tenant: last.tenant, idx: last.idx };
      }
    },
    refresh: ({ tenant, idx }) => reader.write({ tenant, idx }),
    stop: () => reader.stop(),
  };
}
