// The counts about packages for somebody who sees some devices only: exact within these, counted when asked.
import { int4s } from '../../core/db/columns.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { inScope } from '../../core/db/scope.ts';
import type { DeviceSet } from '../../core/http/scope.ts';
import type { NamePlace, NameRow } from './store-software.ts';

/** How many devices of the scope hold each of the sets now; all of them stand in one part. */
export async function countSets(
  sql: RawSql,
  tenant: number,
  wish: { readonly part: number; readonly sets: readonly number[]; readonly scope: DeviceSet },
): Promise<ReadonlyMap<number, number>> {
  const part = sql`parts[${wish.part + 1}::integer]`;
  const rows = await sql<{ set: number; devices: number }[]>`
    SELECT ${part} AS set, count(*)::integer AS devices FROM device_packages
    WHERE tenant = ${tenant} AND valid_to = 'infinity' AND ${part} = ANY(${int4s(sql, wish.sets)})
      ${inScope(sql, wish.scope)}
    GROUP BY 1`;
  return new Map(rows.map(({ set, devices }) => [set, devices]));
}

/**
 * Names that begin so and that a device of the scope has. All sets of these devices are counted first, so it costs what they hold,
 * not what the organization holds.
 */
export async function findNamesWithin(
  sql: RawSql,
  tenant: number,
  page: {
    readonly prefix: string;
    readonly after: NamePlace;
    readonly limit: number;
    readonly scope: DeviceSet;
  },
): Promise<NameRow[]> {
  const { prefix, after, limit, scope } = page;
  return await sql<NameRow[]>`
    WITH seen AS MATERIALIZED (
      SELECT part AS id, count(*) AS devices FROM device_packages, unnest(parts) AS part
      WHERE tenant = ${tenant} AND valid_to = 'infinity' ${inScope(sql, scope)}
      GROUP BY part
    ), hit AS MATERIALIZED (
      SELECT p.name, p.ecosystem, p.version, seen.id AS set, seen.devices
      FROM seen JOIN package_set s ON s.id = seen.id, unnest(s.ids) AS one JOIN package p ON p.id = one
      WHERE p.tenant = ${tenant} AND p.installed
        AND lower(p.name) >= lower(${prefix}) AND lower(p.name) < lower(${prefix}) || U&'\\+10FFFF'
        AND (lower(p.name), p.name, p.ecosystem) > (lower(${after.name}), ${after.name}, ${after.ecosystem})
    )
    SELECT name, ecosystem, sum(devices)::bigint AS devices, (
      SELECT count(DISTINCT v.version) FROM hit v WHERE v.name = one.name AND v.ecosystem = one.ecosystem) AS versions
    FROM (SELECT DISTINCT name, ecosystem, set, devices FROM hit) AS one
    GROUP BY name, ecosystem
    ORDER BY lower(name), name, ecosystem
    LIMIT ${limit}`;
}
