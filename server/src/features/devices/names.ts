// Ids, host names and numbers of devices, for features that hold facts by number.
import { withMappedErrors } from '../../core/db/failures.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { fail } from '../../errors.ts';
import { selectIdx, selectNames } from './store.ts';
import { selectNumbers } from './store-targets.ts';

/** Lookups in both directions, a statement each. */
export interface DeviceNames {
  /** The device with that id. @throws MusterError E_NOT_FOUND */
  find(tenant: number, id: string): Promise<{ readonly idx: number }>;
  /** Numbers by id, of those that there are. */
  findAll(tenant: number, ids: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Ids and names by device number. */
  name(
    tenant: number,
    idxs: readonly number[],
  ): Promise<ReadonlyMap<number, { readonly id: string; readonly hostname: string }>>;
}

/** Makes the lookups. */
export function createDeviceNames(sql: RawSql): DeviceNames {
  return {
    async find(tenant, id) {
      const idx = await withMappedErrors(() => selectIdx(sql, tenant, id));
      if (idx === undefined) throw fail('E_NOT_FOUND', { detail: 'There is no device with that id.' });
      return { idx };
    },
    async findAll(tenant, ids) {
      const rows = await withMappedErrors(() => selectNumbers(sql, tenant, [...new Set(ids)]));
      return new Map(rows.map(({ id, idx }) => [id, idx]));
    },
    async name(tenant, idxs) {
      if (idxs.length === 0) return new Map();
      const rows = await withMappedErrors(() => selectNames(sql, tenant, [...new Set(idxs)]));
      return new Map(rows.map(({ idx, id, hostname }) => [idx, { id, hostname }]));
    },
  };
}
