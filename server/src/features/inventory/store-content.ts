// The statements that store content by hash: slices, packages and the sets they form.
import { booleans, byteas, int2s, int4s, int8s, jsonbs, texts } from '../../core/db/columns.ts';
import type { RawSql } from '../../core/db/pool.ts';
import type { CheckedSlice } from './body.ts';
import type { StoredPackage } from './package-rows.ts';
import { bytesOf, type HashRef } from './store.ts';
import { revivePackages, reviveSets } from './store-unused.ts';

/** A slice body to be stored. */
export type NewSlice = HashRef & CheckedSlice;

/** Stores bodies that are not there yet. */
export async function insertSlices(tx: RawSql, rows: readonly NewSlice[]): Promise<void> {
  await tx`
    INSERT INTO slice (tenant, hash, section, outcome, reason, row_count, raw_bytes, body, facts)
    SELECT * FROM unnest(
      ${int4s(
        tx,
        rows.map((row) => row.tenant),
      )}, ${byteas(
        tx,
        rows.map((row) => bytesOf(row.hash)),
      )},
      ${texts(
        tx,
        rows.map((row) => row.section),
      )}, ${texts(
        tx,
        rows.map((row) => row.outcome),
      )}, ${texts(
        tx,
        rows.map((row) => row.reason),
      )},
      ${int4s(
        tx,
        rows.map((row) => row.rowCount),
      )}, ${int4s(
        tx,
        rows.map((row) => row.rawBytes),
      )},
      ${byteas(
        tx,
        rows.map((row) => row.deflated),
      )}, ${jsonbs(
        tx,
        rows.map((row) => row.facts),
      )}
    ) AS s(tenant, hash, section, outcome, reason, row_count, raw_bytes, body, facts)
    ORDER BY tenant, hash
    ON CONFLICT (tenant, hash) DO UPDATE SET unused_since = NULL WHERE slice.unused_since IS NOT NULL`;
}

/** A package to be stored. */
export type NewPackage = StoredPackage & { readonly tenant: number };

/** Stores packages that are not there yet; asks first, because a conflict would use up a number. */
export async function insertPackages(tx: RawSql, rows: readonly NewPackage[]): Promise<void> {
  await revivePackages(tx, rows);
  await tx`
    INSERT INTO package (tenant, digest, ecosystem, name, version, arch, source, size_bytes, status, version_key, installed)
    SELECT * FROM unnest(
      ${int4s(
        tx,
        rows.map((row) => row.tenant),
      )}, ${byteas(
        tx,
        rows.map((row) => row.digest),
      )},
      ${texts(
        tx,
        rows.map((row) => row.ecosystem),
      )}, ${texts(
        tx,
        rows.map((row) => row.name),
      )}, ${texts(
        tx,
        rows.map((row) => row.version),
      )},
      ${texts(
        tx,
        rows.map((row) => row.arch),
      )}, ${texts(
        tx,
        rows.map((row) => row.source),
      )}, ${int8s(
        tx,
        rows.map((row) => row.sizeBytes),
      )},
      ${texts(
        tx,
        rows.map((row) => row.status),
      )}, ${texts(
        tx,
        rows.map((row) => row.versionKey),
      )}, ${booleans(
        tx,
        rows.map((row) => row.installed),
      )}
    ) AS p(tenant, digest, ecosystem, name, version, arch, source, size_bytes, status, version_key, installed)
    WHERE NOT EXISTS (SELECT FROM package q WHERE q.tenant = p.tenant AND q.digest = p.digest)
    ORDER BY tenant, digest
    ON CONFLICT DO NOTHING`;
}

/** Numbers of packages, in the order asked; every one is stored. */
export async function readPackageIds(tx: RawSql, rows: readonly NewPackage[]): Promise<number[]> {
  const found = await tx<{ id: number }[]>`
    SELECT id
    FROM unnest(${int4s(
      tx,
      rows.map((row) => row.tenant),
    )}, ${byteas(
      tx,
      rows.map((row) => row.digest),
    )})
      WITH ORDINALITY AS a(tenant, digest, place)
    JOIN package USING (tenant, digest)
    ORDER BY place`;
  return found.map(({ id }) => id);
}

/** A package part to be stored. */
export interface NewSet extends HashRef {
  readonly part: number | null;
  readonly outcome: string;
  readonly reason: string;
  readonly ids: readonly number[];
  readonly installed: number;
}

/** Stores package parts that are not there yet. */
export async function insertSets(tx: RawSql, rows: readonly NewSet[]): Promise<void> {
  await reviveSets(
    tx,
    rows.map(({ tenant, hash }) => ({ tenant, hash: bytesOf(hash) })),
  );
  await tx`
    INSERT INTO package_set (tenant, hash, part, outcome, reason, ids, installed)
    SELECT tenant, hash, part, outcome, reason, ids::integer[], installed
    FROM unnest(
      ${int4s(
        tx,
        rows.map((row) => row.tenant),
      )}, ${byteas(
        tx,
        rows.map((row) => bytesOf(row.hash)),
      )},
      ${int2s(
        tx,
        rows.map((row) => row.part),
      )}, ${texts(
        tx,
        rows.map((row) => row.outcome),
      )}, ${texts(
        tx,
        rows.map((row) => row.reason),
      )},
      ${texts(
        tx,
        rows.map((row) => `{${row.ids.join(',')}}`),
      )}, ${int4s(
        tx,
        rows.map((row) => row.installed),
      )}
    ) AS s(tenant, hash, part, outcome, reason, ids, installed)
    WHERE NOT EXISTS (SELECT FROM package_set q WHERE q.tenant = s.tenant AND q.hash = s.hash)
    ORDER BY tenant, hash
    ON CONFLICT DO NOTHING`;
}
