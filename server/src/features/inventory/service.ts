// Answers questions about inventory in the form of the API.
import {
  ECOSYSTEMS,
  findSection,
  packagesSection,
  type Section,
  sections,
  versionKey,
} from '@muster/protocol';
import type { Static } from 'typebox';
import type { RawSql } from '../../core/db/pool.ts';
import type { DeviceSet } from '../../core/http/scope.ts';
import { fail } from '../../errors.ts';
import type { Digests } from './digests.ts';
import { nameRows } from './facts.ts';
import type {
  DeviceInventory,
  DifferenceList,
  HoldersQuery,
  SectionInfo,
  SectionRows,
  TimelineItem,
} from './schema.ts';
import { loadState, outcomeOf, type SectionState } from './states.ts';
import type { DeviceRef } from './store.ts';
import { type At, readPackagesAt, readSections, readStoredAt } from './store-reads.ts';
import {
  type FoundPackage,
  findHolders,
  findPackages,
  findSets,
  type HoldingSet,
  readSets,
} from './store-software.ts';
import { countSets } from './store-software-scope.ts';
import type { Change, Difference } from './timeline.ts';

/** A set is "common" from so many devices on: then walking the devices in order finds a page sooner than the inverted index. */
const COMMON_DEVICES = 2_000;

/** A time of the API; null for now. */
export function toAt(text: string | undefined): At {
  return text === undefined ? null : new Date(text);
}

/** Every section there is, as the API describes it. */
export function listSections(): SectionInfo[] {
  return sections.map((section) => ({
    name: section.name,
    title: section.title,
    source: section.description,
    kind: section.kind,
    key: [...section.key],
    columns: Object.entries(section.columns).map(([name, column]) => ({
      name,
      type: column.type,
      unit: column.unit ?? null,
      description: column.description,
      required: column.required ?? false,
    })),
  }));
}

/** What is said of any section: a name this server no longer knows is its own title. */
function headOf(name: string): Pick<SectionInfo, 'name' | 'title' | 'source'> {
  const section: Section | undefined = findSection(name);
  return { name, title: section?.title ?? name, source: section?.description ?? '' };
}

function showInterval({ since, until }: { readonly since: Date; readonly until: Date | null }) {
  return { since: since.toISOString(), until: until?.toISOString() ?? null };
}

/** All sections of a device. Four statements. */
export async function describeInventory(
  sql: RawSql,
  device: DeviceRef,
  { at, digests }: { readonly at: At; readonly digests: Digests },
): Promise<DeviceInventory> {
  const slices = await readSections(sql, device, at);
  const packages = await readPackagesAt(sql, device, at);
  const sets = packages === undefined ? [] : await readSets(sql, packages.parts);
  const storedAt = await readStoredAt(sql, device);
  const confirmedMs = digests.confirmedMs(device.tenant, device.idx);
  const list = slices.map(({ name, outcome, reason, rowCount, ...interval }) => ({
    ...headOf(name),
    outcome,
    reason,
    rowCount,
    ...showInterval(interval),
  }));
  if (packages !== undefined) {
    list.push({
      ...headOf(packagesSection.name),
      ...outcomeOf(sets),
      rowCount: packages.installed,
      ...showInterval(packages),
    });
  }
  return {
    storedAt: storedAt?.toISOString() ?? null,
    confirmedAt: confirmedMs === null ? null : new Date(confirmedMs).toISOString(),
    sections: list.sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

/** A section of a device, or E_NOT_FOUND. */
export async function requireState(
  sql: RawSql,
  device: DeviceRef & { readonly name: string },
  at: At,
): Promise<SectionState> {
  const state = await loadState(sql, device, at);
  if (state === undefined) {
    throw fail('E_NOT_FOUND', {
      detail: `The device had no section ${device.name} at that time; see its list of sections.`,
    });
  }
  return state;
}

/** Some rows of a section. */
export function showRows(
  name: string,
  { since, until, body }: SectionState,
  page: { readonly from: number; readonly limit: number },
): Omit<SectionRows, 'next'> {
  const rows = body.rows.slice(page.from, page.from + page.limit);
  return {
    ...headOf(name),
    outcome: body.outcome,
    reason: body.reason,
    rowCount: body.rows.length,
    ...showInterval({ since, until }),
    items: nameRows({ columns: body.columns, rows }),
  };
}

/** A change in the form of the API. */
export function showChange({ at, rows, ...change }: Change): TimelineItem {
  return { ...change, at: at.toISOString(), rows: rows.map(showRow) };
}

export function showDifference({ rows, ...difference }: Difference): DifferenceList['items'][number] {
  return { ...difference, rows: rows.map(showRow) };
}

function showRow(change: Change['rows'][number]) {
  return {
    change: change.change,
    row: change.row,
    values: change.change === 'changed' ? [...change.values] : [],
  };
}

/** Packages of a question, and the sets that hold them now. */
export interface Found {
  readonly packages: readonly FoundPackage[];
  readonly sets: readonly HoldingSet[];
  /** Devices, exactly: all packages of one name stand in one part, and a device holds one set a part. */
  readonly devices: number;
}

/** The sets with how many devices of the scope hold each; those that none of them holds are left out. */
async function clampSets(
  sql: RawSql,
  tenant: number,
  { sets, scope }: { readonly sets: readonly HoldingSet[]; readonly scope: DeviceSet },
): Promise<HoldingSet[]> {
  const wish = { part: sets[0]?.part ?? 0, sets: sets.map(({ id }) => id), scope };
  const counts = await countSets(sql, tenant, wish);
  return sets.flatMap((set) => {
    const devices = counts.get(set.id) ?? 0;
    return devices === 0 ? [] : [{ ...set, devices }];
  });
}

/** Finds a package by name and version. Two statements, three for somebody who sees some devices only. */
export async function findSoftware(
  sql: RawSql,
  tenant: number,
  { scope, ...query }: Static<typeof HoldersQuery> & { readonly scope: DeviceSet | null },
): Promise<Found> {
  const ecosystems = query.ecosystem === undefined ? ECOSYSTEMS : [query.ecosystem];
  const { version, op } = query;
  const packages = await findPackages(sql, {
    tenant,
    name: query.name,
    ecosystems,
    version:
      version === undefined
        ? null
        : { op, keys: ecosystems.map((ecosystem) => versionKey(ecosystem, version)) },
  });
  const all = await findSets(
    sql,
    tenant,
    packages.map(({ id }) => id),
  );
  const sets = scope === null ? all : await clampSets(sql, tenant, { sets: all, scope });
  return { packages, sets, devices: sets.reduce((sum, set) => sum + set.devices, 0) };
}

/** A device that has it. */
export interface HolderRow {
  readonly idx: number;
  readonly packages: readonly FoundPackage[];
}

/** A page of the devices that have it, by device number. One statement. */
export async function listHolders(
  sql: RawSql,
  tenant: number,
  page: {
    readonly found: Found;
    readonly afterIdx: number;
    readonly limit: number;
    readonly scope: DeviceSet | null;
  },
): Promise<HolderRow[]> {
  const { packages, sets, devices } = page.found;
  const byId = new Map(packages.map((one) => [one.id, one]));
  const hits = new Map(sets.map((set) => [set.id, set.hits.flatMap((id) => byId.get(id) ?? [])]));
  const rows = await findHolders(sql, {
    tenant,
    part: sets[0]?.part ?? 0,
    sets: sets.map(({ id }) => id),
    common: devices > COMMON_DEVICES,
    afterIdx: page.afterIdx,
    limit: page.limit,
    scope: page.scope,
  });
  return rows.map(({ idx, set }) => ({ idx, packages: hits.get(set) ?? [] }));
}

/** How many devices have each version. One version may stand in two forms, as with another size from another repository. */
export function countVersions({ packages, sets }: Found) {
  const keyOf = ({ ecosystem, version, arch }: FoundPackage) => `${ecosystem} ${version} ${arch}`;
  const keys = new Map(packages.map((one) => [one.id, keyOf(one)]));
  const counts = new Map<string, number>();
  for (const { hits, devices } of sets) {
    for (const key of new Set(hits.map((id) => keys.get(id) ?? '')))
      counts.set(key, (counts.get(key) ?? 0) + devices);
  }
  const distinct = new Map(packages.map((one) => [keyOf(one), one]));
  return [...distinct].flatMap(([key, { ecosystem, version, arch }]) => {
    const devices = counts.get(key) ?? 0;
    return devices === 0 ? [] : [{ ecosystem, version, arch, devices }];
  });
}
