// Devices as the fleet index reads them.
import { withMappedErrors } from '../../core/db/failures.ts';
import type { RawSql } from '../../core/db/pool.ts';
import type { FleetRow, FleetSource } from '../fleet/index.ts';
import { type IndexedRow, selectIndexed, selectIndexedPage } from './store-fleet.ts';

function toFleetRow({ lastSeenAt, enrolledAt, ...row }: IndexedRow): FleetRow {
  return { ...row, lastSeenMs: lastSeenAt?.getTime() ?? null, enrolledMs: enrolledAt.getTime() };
}

/** Makes the reads; a statement each. */
export function createFleetRows(sql: RawSql): Pick<FleetSource, 'page' | 'rows'> {
  const read = async (select: () => Promise<IndexedRow[]>) =>
    (await withMappedErrors(select)).map(toFleetRow);
  return {
    page: (after, limit) => read(() => selectIndexedPage(sql, after, limit)),
    rows: (tenant, idxs) => read(() => selectIndexed(sql, tenant, idxs)),
  };
}
