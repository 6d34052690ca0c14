// Loads what a device held at some time, slices and packages alike, as bodies that can be shown and compared.
import { packagesSection, type SliceBody } from '@muster/protocol';
import type { RawSql } from '../../core/db/pool.ts';
import { inflateStored } from './body.ts';
import type { PackageRow } from './package-rows.ts';
import type { DeviceRef } from './store.ts';
import { type At, type Outcome, readPackagesAt, readSection } from './store-reads.ts';
import { readPackages, readSets, type SetRow } from './store-software.ts';

/** A section as it was. */
export interface SectionState {
  readonly since: Date;
  /** Null while it is so. */
  readonly until: Date | null;
  readonly body: SliceBody;
}

/** Columns of the package list, in the order of {@link packagesBody}. */
const PACKAGE_COLUMNS = Object.keys(packagesSection.columns);

/** Packages in the form of a body. */
export function packagesBody(rows: readonly PackageRow[], outcome: Outcome = 'ok', reason = ''): SliceBody {
  return {
    section: packagesSection.name,
    outcome,
    reason,
    columns: PACKAGE_COLUMNS,
    rows: rows.map((row) => [
      row.ecosystem,
      row.name,
      row.version,
      row.arch,
      row.source,
      row.sizeBytes,
      row.status,
    ]),
  };
}

/** What went wrong with a package list: the first part that is not well, if there is one. */
export function outcomeOf(sets: readonly SetRow[]): { readonly outcome: Outcome; readonly reason: string } {
  const ill = sets.find(({ outcome }) => outcome !== 'ok');
  return { outcome: ill?.outcome ?? 'ok', reason: ill?.reason ?? '' };
}

/** A section of a device at that time; undefined when it had none. One statement, for packages three. */
export async function loadState(
  sql: RawSql,
  device: DeviceRef & { readonly name: string },
  at: At,
): Promise<SectionState | undefined> {
  if (device.name === packagesSection.name) return await loadPackages(sql, device, at);
  const row = await readSection(sql, device, at);
  return row === undefined
    ? undefined
    : { since: row.since, until: row.until, body: inflateStored(row.body) };
}

async function loadPackages(sql: RawSql, device: DeviceRef, at: At): Promise<SectionState | undefined> {
  const found = await readPackagesAt(sql, device, at);
  if (found === undefined) return undefined;
  const sets = await readSets(sql, found.parts);
  const rows = await readPackages(
    sql,
    sets.flatMap(({ ids }) => ids),
  );
  const { outcome, reason } = outcomeOf(sets);
  return { since: found.since, until: found.until, body: packagesBody(sortPackages(rows), outcome, reason) };
}

/** By ecosystem, name, architecture, version: the key of the section. */
function sortPackages<T extends PackageRow>(rows: readonly T[]): T[] {
  const keyOf = (row: T) => [row.ecosystem, row.name, row.arch, row.version].join('\n');
  return rows
    .map((row) => ({ row, key: keyOf(row) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ row }) => row);
}
