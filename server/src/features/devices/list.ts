// Finds a page of devices: by the fleet index, or by the database alone while the index is being built.
import { compileExpression, type Expression } from '@muster/protocol/language';
import { withMappedErrors } from '../../core/db/failures.ts';
import type { AdminDb } from '../../core/db/pool.ts';
import { decodeCursor, encodeCursor, type Keyset } from '../../core/http/paging.ts';
import type { Fleet, Grouped, Place, SortKey } from '../fleet/index.ts';
import { type DeviceRow, selectDevices, selectNumbered } from './admin-store.ts';
import type { DeviceQuery, DeviceSort } from './schema.ts';

/** What a list needs. */
export interface ListDeps {
  readonly db: AdminDb;
  readonly fleet: Pick<Fleet, 'page' | 'isReady'>;
}

/** Whose devices, and which of them may be seen. */
export interface Asker {
  readonly tenant: number;
  /** Limits, any of which is enough; null: all devices. */
  readonly within: readonly Expression[] | null;
  /** Only members of this group; absent: all devices. */
  readonly group?: Grouped | undefined;
}

/** A page of rows. */
export interface DevicePage {
  readonly rows: readonly DeviceRow[];
  readonly next: string | null;
  /** How many fit in all; null: not known yet. */
  readonly count: number | null;
}

/** How a list is ordered, and what its cursors are made of. */
interface Order {
  readonly by: SortKey;
  readonly isDescending: boolean;
  readonly keyset: Keyset<[string, number]> | Keyset<[number, number]>;
}

function orderOf(sort: DeviceSort): Order {
  const isDescending = sort.startsWith('-');
  const list = `devices:${sort}`;
  switch (sort) {
    case 'hostname':
    case '-hostname':
      return { by: 'hostname', isDescending, keyset: { list, key: ['string', 'number'] } };
    case 'id':
    case '-id':
      return { by: 'id', isDescending, keyset: { list, key: ['string', 'number'] } };
    case 'seen':
    case '-seen':
      return { by: 'seen', isDescending, keyset: { list, key: ['number', 'number'] } };
  }
}

/** The page that is asked for. @throws MusterError E_EXPRESSION, E_CURSOR, E_INDEX */
export async function findPage(
  deps: ListDeps,
  { tenant, within, group }: Asker,
  query: DeviceQuery,
): Promise<DevicePage> {
  const { on, state, hostname, id, limit, cursor, sort = 'hostname' } = query;
  const order = orderOf(sort);
  const [key, idx] = decodeCursor<[string | number, number]>(order.keyset, cursor) ?? [];
  const after = key === undefined || idx === undefined ? null : { key, idx };
  const expression = on === undefined ? null : compileExpression(on, { for: 'server' });
  const isPlain = expression === null && group === undefined && within === null;
  const canDoWithout = isPlain && sort === 'hostname';
  if (canDoWithout && !deps.fleet.isReady()) return findWithout(deps, tenant, { query, order, after });
  const { by, isDescending } = order;
  const wish = { by, isDescending, after, limit: limit + 1, hostname, id };
  const { places, count } = await deps.fleet.page(tenant, { expression, state, within, group }, wish);
  const shown = places.slice(0, limit);
  const numbers = shown.map((place) => place.idx);
  const rows = await withMappedErrors(() => selectNumbered(deps.db, tenant, numbers));
  const byIdx = new Map(rows.map((row) => [row.idx, row]));
  return {
    rows: numbers.flatMap((number) => byIdx.get(number) ?? []),
    next: nextOf(places, limit, order),
    count,
  };
}

/** The same by one statement; whoever fits is not counted, since that would read all of them. */
async function findWithout(
  { db }: ListDeps,
  tenant: number,
  {
    query,
    order,
    after,
  }: { readonly query: DeviceQuery; readonly order: Order; readonly after: Place | null },
): Promise<DevicePage> {
  const { state, hostname, id, limit } = query;
  const from = after === null ? null : { hostname: String(after.key), idx: after.idx };
  const rows = await withMappedErrors(() =>
    selectDevices(db, tenant, { filter: { state, hostname, id }, after: from, limit: limit + 1 }),
  );
  const places = rows.map((row) => ({ key: row.hostname, idx: row.idx }));
  return { rows: rows.slice(0, limit), next: nextOf(places, limit, order), count: null };
}

/** Cursor of the last place that is shown; null where nothing follows. */
function nextOf(places: readonly Place[], limit: number, { keyset }: Order): string | null {
  const last = places[limit - 1];
  if (last === undefined || places.length <= limit) return null;
  return encodeCursor<[string | number, number]>(keyset, [last.key, last.idx]);
}
