// Fills the database of a server with many devices and their software, so that reads can be measured at a size.

import { versionKey } from '@muster/protocol';
import type { Sql } from 'postgres';

/** Packages of a device: this many in each of the 64 parts of its list. */
const PER_PART = 31.25;
/** Parts of a package list (4-data). */
const PARTS = 64;
/** Forms in which each part occurs in the fleet: 64 × 78 is about 5,000 distinct sets. */
const FORMS = 78;
/** Versions in which each package occurs. */
const VERSIONS = 6;
/** Rows of one statement. */
const ROWS = 5_000;

/** The organization of a server that has one. */
export async function readTenant(sql: Sql): Promise<number> {
  const [row] = await sql<{ tenant: number }[]>`SELECT tenant FROM organization`;
  if (row === undefined) throw new Error('the server has no organization');
  return row.tenant;
}

/** Adds active devices, numbered from 0, without inventory. */
export async function seedDevices(sql: Sql, count: number): Promise<void> {
  const tenant = await readTenant(sql);
  await sql`
    INSERT INTO device (tenant, idx, id, state, hostname, platform, agent_version, device_key, seal_key, token_id)
    SELECT ${tenant}, i, 'dev_' || rpad(translate('q' || i, '0123456789', 'abcdefghij'), 26, 'z'), 'active',
      'host-' || i, 'linux', '0.1.0', sha256(convert_to('device/' || i, 'UTF8')), sha256('seal'), 'tok'
    FROM generate_series(0, ${count - 1}) AS i`;
  await sql`VACUUM (ANALYZE) device`;
}

/** A package of the seeded fleet: its name and the version in which a form of its part has it. */
interface SeededPackage {
  readonly id: number;
  readonly part: number;
  readonly place: number;
  readonly version: number;
}

/** Name of the package at a place of a part. */
export const seededName = (part: number, place: number) => `seeded-${part}-${place}`;
/** Its version of that number; higher numbers are newer. */
export const seededVersion = (version: number) => `2.${version}.0-1+deb12u${version}`;

function* slices<T>(rows: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < rows.length; at += ROWS) yield rows.slice(at, at + ROWS);
}

async function seedPackages(sql: Sql, tenant: number): Promise<SeededPackage[]> {
  const wanted: Omit<SeededPackage, 'id'>[] = [];
  for (let part = 0; part < PARTS; part++)
    for (let place = 0; place < Math.ceil(PER_PART); place++)
      for (let version = 0; version < VERSIONS; version++) wanted.push({ part, place, version });
  const found: SeededPackage[] = [];
  for (const rows of slices(wanted)) {
    const names = rows.map(({ part, place }) => seededName(part, place));
    const versions = rows.map(({ version }) => seededVersion(version));
    const keys = versions.map((version) => versionKey('deb', version));
    const ids = await sql<{ id: number }[]>`
      INSERT INTO package (tenant, digest, ecosystem, name, version, arch, source, size_bytes, status, version_key, installed)
      SELECT ${tenant}, substring(sha256(convert_to(name || ' ' || version, 'UTF8')) FOR 16), 'deb', name, version, 'amd64', NULL,
        100000, 'installed', version_key, true
      FROM unnest(${names}::text[], ${versions}::text[], ${keys}::text[]) WITH ORDINALITY AS p (name, version, version_key, n)
      ORDER BY n
      RETURNING id`;
    found.push(...rows.map((row, at) => ({ ...row, id: ids[at]?.id ?? 0 })));
  }
  return found;
}

/** Packages of a part in one of its forms: every 4th part of 64 has a package more, so that a device has 2,000 in all. */
function membersOf(all: readonly SeededPackage[], part: number, form: number): number[] {
  const places = part % 4 === 0 ? Math.ceil(PER_PART) : Math.floor(PER_PART);
  const members: number[] = [];
  for (let place = 0; place < places; place++) {
    // Each form differs from the others in a few packages, as machines that were patched on different days do.
    const version = (form * 7 + place * (1 + (form % 5))) % VERSIONS;
    const at = (part * Math.ceil(PER_PART) + place) * VERSIONS + version;
    members.push(all[at]?.id ?? 0);
  }
  return members.sort((a, b) => a - b);
}

async function seedSets(sql: Sql, tenant: number, packages: readonly SeededPackage[]): Promise<number[][]> {
  const byPart: number[][] = [];
  for (let part = 0; part < PARTS; part++) {
    const sets = Array.from({ length: FORMS }, (_, form) => membersOf(packages, part, form));
    const arrays = sets.map((ids) => `{${ids.join(',')}}`);
    const made = await sql<{ id: number }[]>`
      INSERT INTO package_set (tenant, hash, part, outcome, reason, ids, installed)
      SELECT ${tenant}, sha256(convert_to(${part}::text || '/' || n, 'UTF8')), ${part}, 'ok', '', ids::int4[], cardinality(ids::int4[])
      FROM unnest(${arrays}::text[]) WITH ORDINALITY AS s (ids, n)
      ORDER BY n
      RETURNING id`;
    byPart.push(made.map(({ id }) => id));
  }
  return byPart;
}

/**
 * Gives each device 2,000 packages in 64 parts. A device is of one form in nearly all its parts and differs in three, as fleets do.
 * The counts of the sets are what the server's own writer would have kept.
 */
export async function seedSoftware(sql: Sql, devices: number): Promise<void> {
  const tenant = await readTenant(sql);
  const sets = await seedSets(sql, tenant, await seedPackages(sql, tenant));
  const flat = sets.flat();
  await sql`
    INSERT INTO device_packages (tenant, idx, valid_from, parts, installed)
    SELECT ${tenant}, i, now(), ARRAY(
      SELECT (${flat}::int4[])[part * ${FORMS} + 1 +
        CASE WHEN (i * 31 + part * 17) % 21 = 0 THEN (i + part * 13) % ${FORMS} ELSE i % ${FORMS} END]
      FROM generate_series(0, ${PARTS - 1}) AS part ORDER BY part), 2000
    FROM generate_series(0, ${devices - 1}) AS i`;
  await sql`
    UPDATE package_set s SET devices = held.devices
    FROM (SELECT set, count(*) AS devices FROM device_packages, unnest(parts) AS set GROUP BY set) held
    WHERE held.set = s.id`;
  await sql`VACUUM (ANALYZE) package, package_set, device_packages`;
}
