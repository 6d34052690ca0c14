// The statements about packages: the list of one device, and which devices have a package.
import type { Ecosystem } from '@muster/protocol';
import { int4s, texts } from '../../core/db/columns.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { inScope } from '../../core/db/scope.ts';
import type { DeviceSet } from '../../core/http/scope.ts';
import type { PackageRow } from './package-rows.ts';

/** A package with its number. */
export interface NumberedPackage extends PackageRow {
  readonly id: number;
}

/** Place in a package list, which is ordered by name. */
export interface PackagePlace {
  readonly name: string;
  readonly id: number;
}

/** A page of the packages of some sets, by name. */
export async function readPackagePage(
  sql: RawSql,
  sets: readonly number[],
  page: { readonly after: PackagePlace; readonly prefix: string; readonly limit: number },
): Promise<NumberedPackage[]> {
  return await sql<NumberedPackage[]>`
    SELECT p.id, ecosystem, name, version, arch, source, size_bytes AS "sizeBytes", status
    FROM package p
    WHERE p.id IN (SELECT unnest(ids) FROM package_set WHERE id = ANY(${int4s(sql, sets)}))
      AND starts_with(lower(p.name), lower(${page.prefix}))
      AND (p.name, p.id) > (${page.after.name}, ${page.after.id})
    ORDER BY p.name, p.id
    LIMIT ${page.limit}`;
}

/** Members of sets. */
export interface SetRow {
  readonly id: number;
  readonly ids: readonly number[];
  readonly outcome: 'ok' | 'no-data' | 'error';
  readonly reason: string;
}

export async function readSets(sql: RawSql, sets: readonly number[]): Promise<SetRow[]> {
  return await sql<
    SetRow[]
  >`SELECT id, ids, outcome, reason FROM package_set WHERE id = ANY(${int4s(sql, sets)})`;
}

/** Packages by number. */
export async function readPackages(sql: RawSql, ids: readonly number[]): Promise<NumberedPackage[]> {
  return await sql<NumberedPackage[]>`
    SELECT id, ecosystem, name, version, arch, source, size_bytes AS "sizeBytes", status
    FROM package WHERE id = ANY(${int4s(sql, ids)})`;
}

/** How a version is compared. */
export const VERSION_OPS = ['lt', 'le', 'eq', 'ge', 'gt'] as const;
export type VersionOp = (typeof VERSION_OPS)[number];

/** What is looked for. */
export interface SoftwareQuery {
  readonly tenant: number;
  readonly name: string;
  readonly ecosystems: readonly Ecosystem[];
  /** Absent: any version. `keys` has the version's key in each of the ecosystems. */
  readonly version: { readonly op: VersionOp | 'ne'; readonly keys: readonly string[] } | null;
}

/** A package that fits, in one of the forms in which devices list it. */
export interface FoundPackage {
  readonly id: number;
  readonly ecosystem: Ecosystem;
  readonly version: string;
  readonly arch: string;
}

/** Installed forms of a package whose version fits. Versions compare as their ecosystem orders them. */
export async function findPackages(sql: RawSql, query: SoftwareQuery): Promise<FoundPackage[]> {
  const { tenant, name, ecosystems, version } = query;
  const keys = version?.keys ?? ecosystems.map(() => '');
  return await sql<FoundPackage[]>`
    SELECT p.id, p.ecosystem, p.version, p.arch
    FROM package p
    JOIN unnest(${texts(sql, ecosystems)}, ${texts(sql, keys)}) AS k(ecosystem, key) USING (ecosystem)
    WHERE p.tenant = ${tenant} AND lower(p.name) = lower(${name}) AND p.name = ${name} AND p.installed
      AND ${version === null ? sql`true` : compareKeys(sql, version.op)}
    ORDER BY p.ecosystem, p.version_key DESC, p.arch, p.id`;
}

/** One fixed piece of SQL an operator. */
function compareKeys(sql: RawSql, op: VersionOp | 'ne') {
  switch (op) {
    case 'ne':
      return sql`p.version_key <> k.key COLLATE "C"`;
    case 'lt':
      return sql`p.version_key < k.key COLLATE "C"`;
    case 'le':
      return sql`p.version_key <= k.key COLLATE "C"`;
    case 'eq':
      return sql`p.version_key = k.key COLLATE "C"`;
    case 'ge':
      return sql`p.version_key >= k.key COLLATE "C"`;
    case 'gt':
      return sql`p.version_key > k.key COLLATE "C"`;
  }
}

/** A set that some device holds now and that has one of the packages. */
export interface HoldingSet {
  readonly id: number;
  readonly part: number;
  readonly devices: number;
  /** Which of the packages. */
  readonly hits: readonly number[];
}

export async function findSets(
  sql: RawSql,
  tenant: number,
  packageIds: readonly number[],
): Promise<HoldingSet[]> {
  return await sql<HoldingSet[]>`
    SELECT id, part::integer AS part, devices,
      ARRAY(SELECT i FROM unnest(ids) AS i WHERE i = ANY(${int4s(sql, packageIds)})) AS hits
    FROM package_set
    WHERE tenant = ${tenant} AND ids && ${int4s(sql, packageIds)} AND devices > 0`;
}

/** Whose sets are looked for. */
export interface HolderQuery {
  readonly tenant: number;
  readonly part: number;
  readonly sets: readonly number[];
  /** True when many devices hold them: then walking the devices in order finds a page sooner than the inverted index. */
  readonly common: boolean;
  readonly afterIdx: number;
  readonly limit: number;
  /** Devices that may be seen; null: all. */
  readonly scope: DeviceSet | null;
}

/** A page of devices that hold one of the sets now, by device number, with the set. */
export async function findHolders(sql: RawSql, query: HolderQuery): Promise<{ idx: number; set: number }[]> {
  return query.common ? await walkHolders(sql, query) : await lookUpHolders(sql, query);
}

/** Walks the devices in order until the page is full. PostgreSQL counts the elements of arrays from 1. */
async function walkHolders(sql: RawSql, { tenant, part, sets, afterIdx, limit, scope }: HolderQuery) {
  return await sql<{ idx: number; set: number }[]>`
    SELECT idx, parts[${part + 1}::integer] AS set
    FROM device_packages
    WHERE tenant = ${tenant} AND valid_to = 'infinity' AND parts[${part + 1}::integer] = ANY(${int4s(sql, sets)}) AND idx > ${afterIdx}
      ${inScope(sql, scope)}
    ORDER BY idx
    LIMIT ${limit}`;
}

/** Takes all of them from the inverted index; with the limit beside it, PostgreSQL would rather walk. */
async function lookUpHolders(sql: RawSql, { tenant, part, sets, afterIdx, limit, scope }: HolderQuery) {
  return await sql<{ idx: number; set: number }[]>`
    WITH holder AS MATERIALIZED (
      SELECT idx, parts[${part + 1}::integer] AS set
      FROM device_packages
      WHERE tenant = ${tenant} AND valid_to = 'infinity' AND parts && ${int4s(sql, sets)} ${inScope(sql, scope)}
    )
    SELECT idx, set FROM holder WHERE idx > ${afterIdx} ORDER BY idx LIMIT ${limit}`;
}

/** All devices that hold one of the sets now, or those of some; by number, without order. */
export async function findAllHolders(
  sql: RawSql,
  tenant: number,
  {
    part,
    sets,
    idxs,
  }: { readonly part: number; readonly sets: readonly number[]; readonly idxs: readonly number[] | null },
): Promise<number[]> {
  const rows = await sql<{ idx: number }[]>`
    SELECT idx FROM device_packages
    WHERE tenant = ${tenant} AND valid_to = 'infinity' AND parts[${part + 1}::integer] = ANY(${int4s(sql, sets)})
      ${idxs === null ? sql`` : sql`AND idx = ANY(${int4s(sql, idxs)})`}`;
  return rows.map(({ idx }) => idx);
}

/** Place in a list of names, which is ordered by lower-case name, name and ecosystem. */
export interface NamePlace {
  readonly name: string;
  readonly ecosystem: string;
}

/** A package name and how many devices have it now, in any version. */
export interface NameRow {
  readonly name: string;
  readonly ecosystem: Ecosystem;
  readonly versions: number;
  readonly devices: number;
}

/** Names that begin so, in whatever case; names that no device has any more are left out. */
export async function findNames(
  sql: RawSql,
  tenant: number,
  page: { readonly prefix: string; readonly after: NamePlace; readonly limit: number },
): Promise<NameRow[]> {
  const { prefix, after, limit } = page;
  return await sql<NameRow[]>`
    WITH found AS (
      SELECT name, ecosystem, array_agg(id) AS ids, count(DISTINCT version) AS versions
      FROM package
      WHERE tenant = ${tenant} AND installed
        AND lower(name) >= lower(${prefix}) AND lower(name) < lower(${prefix}) || U&'\\+10FFFF'
        AND (lower(name), name, ecosystem) > (lower(${after.name}), ${after.name}, ${after.ecosystem})
      GROUP BY lower(name), name, ecosystem
    )
    SELECT f.name, f.ecosystem, f.versions, held.devices
    FROM found f
    CROSS JOIN LATERAL (
      SELECT coalesce(sum(s.devices), 0) AS devices FROM package_set s WHERE s.tenant = ${tenant} AND s.ids && f.ids AND s.devices > 0
    ) held
    WHERE held.devices > 0
    ORDER BY lower(f.name), f.name, f.ecosystem
    LIMIT ${limit}`;
}
