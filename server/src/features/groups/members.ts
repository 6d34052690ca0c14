// Members of a group, and the groups of a device: out of the fleet index and one statement, however many devices there are.
import type { Facts } from '@muster/protocol/language';
import { withMappedErrors } from '../../core/db/failures.ts';
import { decodeCursor, encodeCursor, type Keyset } from '../../core/http/paging.ts';
import { tryExpression } from './explain.ts';
import type { Membership } from './schema.ts';
import { type Asking, compileGroup, type GroupsDeps, groupedOf, requireGroup } from './service.ts';
import { selectGroups } from './store.ts';

const byName: Keyset<[string, number]> = { list: 'group-members:hostname', key: ['string', 'number'] };

const SHOWN_FACTS = ['id', 'presence', 'state'] as const;

/** One page of the members that the caller may see. @throws MusterError E_NOT_FOUND, E_CURSOR, E_INDEX */
export async function listMembers(
  deps: GroupsDeps,
  { tenant, within }: Asking,
  {
    id,
    limit,
    cursor,
  }: { readonly id: string; readonly limit: number; readonly cursor?: string | undefined },
) {
  const key = decodeCursor(byName, cursor);
  const row = await requireGroup(deps, tenant, id);
  const after = key === undefined ? null : { key: key[0], idx: key[1] };
  const { places, count } = await deps.fleet.page(
    tenant,
    { expression: null, within, group: groupedOf(row) },
    { by: 'hostname', isDescending: false, after, limit: limit + 1 },
  );
  const shown = places.slice(0, limit);
  const picked = new Set(row.picked);
  const items = [];
  for (const place of shown) {
    const facts = await deps.fleet.facts(tenant, place.idx, SHOWN_FACTS);
    const read = (name: (typeof SHOWN_FACTS)[number]) => textOf(facts, name);
    items.push({
      id: read('id'),
      hostname: String(place.key),
      presence: read('presence'),
      state: read('state'),
      picked: picked.has(place.idx),
    });
  }
  const last = shown.at(-1);
  const next =
    places.length > limit && last !== undefined ? encodeCursor(byName, [String(last.key), last.idx]) : null;
  return { items, next, count };
}

function textOf(facts: Facts | undefined, name: string): string {
  return String(facts?.values[name] ?? '');
}

/** The groups that a device is a member of. */
export async function listGroupsOf(deps: GroupsDeps, tenant: number, deviceId: string) {
  const { idx } = await deps.devices.find(tenant, deviceId);
  const rows = await withMappedErrors(() => selectGroups(deps.sql, tenant));
  const groups = [];
  for (const { id, name, expression, picked } of rows) {
    const isPicked = picked.includes(idx);
    const isMember =
      isPicked || (expression !== null && (await deps.fleet.holds(tenant, idx, compileGroup(expression))));
    if (isMember) groups.push({ id, name, picked: isPicked });
  }
  return { groups };
}

/** Whether a device is a member, and why. @throws MusterError E_NOT_FOUND */
export async function explainMembership(
  deps: GroupsDeps,
  tenant: number,
  { device, group }: { readonly device: string; readonly group: string },
): Promise<Membership> {
  const { idx } = await deps.devices.find(tenant, device);
  const row = await requireGroup(deps, tenant, group);
  const picked = row.picked.includes(idx);
  const expression =
    row.expression === null
      ? null
      : await tryExpression(deps.fleet, { tenant, idx }, compileGroup(row.expression));
  const { id, name } = row;
  return { group: { id, name }, member: picked || expression?.holds === true, picked, expression };
}
