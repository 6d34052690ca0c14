// Stores a batch of offers in one transaction: contents, intervals and counts, a fixed number of statements for any number of devices.
import type { RawSql } from '../../core/db/pool.ts';
import { inTransaction } from '../../core/db/transaction.ts';
import { createPauses, inPieces } from '../../core/turns.ts';
import { noFence, rename, type SessionFence } from '../devices/index.ts';
import type { CheckedPart, CheckedSlice } from './body.ts';
import { NAME_SECTION } from './facts.ts';
import { startAfter } from './intervals.ts';
import { PIECE_ROWS, STATEMENT_PACKAGES } from './limits.ts';
import type { Offer } from './offer.ts';
import { toStored } from './package-rows.ts';
import { type DeviceRef, deleteRoots, type HashRef, readKnown, saveRoots } from './store.ts';
import {
  insertPackages,
  insertSets,
  insertSlices,
  type NewPackage,
  readPackageIds,
} from './store-content.ts';
import {
  type ClosedSlice,
  closeSlices,
  movePackageLists,
  type OpenedPackages,
  type OpenedSlice,
  openSlices,
  type PackagesRow,
  readChanges,
  readHostnames,
  readLatestPackages,
} from './store-intervals.ts';

/** A stored package part. */
export interface KnownSet {
  readonly setId: number;
  readonly installed: number;
}

/** Everything needed to store what one device offered. */
export interface Submission extends DeviceRef {
  readonly offer: Offer;
  /** Bodies the organization did not have, by hash. */
  readonly slices: ReadonlyMap<string, CheckedSlice>;
  readonly parts: ReadonlyMap<string, CheckedPart>;
  /** Package parts it had, by hash. */
  readonly known: ReadonlyMap<string, KnownSet>;
  /** Session that brought it; absent when none did. */
  readonly epoch?: number;
  /** Set by the writer: the device has opened another session since, so it was not stored. */
  isRefused?: boolean;
  /** When it was asked which hashes are known, monotonic ms; absent when nothing was. */
  readonly lookedUpMs?: number;
  /** The device is gone for good: all its intervals end, and its root is forgotten. */
  readonly gone?: boolean;
}

/** Ends everything a device held; packages and slices are as if it offered nothing. */
export function departure(device: DeviceRef, nowMs: number): Submission {
  const root = Buffer.alloc(32).toString('base64url');
  const offer = { root, slices: [], ignored: [], parts: [], packagesSinceMs: nowMs };
  return { ...device, offer, slices: new Map(), parts: new Map(), known: new Map(), gone: true };
}

/** What changed of a device. */
export interface DeviceChange extends DeviceRef {
  /** Sections, `packages` among them; empty when nothing but the root is new. */
  readonly sections: readonly string[];
  /** It calls itself by another name; lists show that name from now on. */
  readonly renamed: boolean;
}

/** Stores a batch. Safe to repeat: what is stored already changes nothing. */
export async function storeBatch(
  sql: RawSql,
  all: readonly Submission[],
  { nowMs, fence = noFence }: { readonly nowMs: number; readonly fence?: SessionFence },
): Promise<DeviceChange[]> {
  let batch: readonly Submission[] = [];
  const sections = new Map<string, string[]>();
  const renamed = new Set<string>();
  await inTransaction(sql, async (tx) => {
    sections.clear();
    renamed.clear();
    const submissions = await fence(tx, all);
    const isKept = new Set(submissions);
    for (const one of all) one.isRefused = !isKept.has(one);
    batch = lastPerDevice(submissions);
    if (batch.length === 0) return;
    await saveRoots(
      tx,
      batch.map((one) => ({ ...refOf(one), root: one.offer.root, ignored: one.offer.ignored })),
      new Date(nowMs),
    );
    await storeSlices(tx, submissions);
    const sets = await storeParts(tx, submissions);
    const slices = await moveSlices(tx, batch, nowMs);
    for (const one of await followNames(tx, slices.opened)) renamed.add(keyOf(one));
    const changes = [...slices.moves, ...(await movePackages(tx, batch, { sets, nowMs }))];
    const gone = batch.filter((one) => one.gone === true).map(refOf);
    if (gone.length > 0) await deleteRoots(tx, gone);
    for (const { key, section } of changes) sections.set(key, [...(sections.get(key) ?? []), section]);
  });
  return batch.map((one) => ({
    ...refOf(one),
    sections: sections.get(keyOf(one)) ?? [],
    renamed: renamed.has(keyOf(one)),
  }));
}

/** A section of a device that changed. */
interface Move {
  readonly key: string;
  readonly section: string;
}

/** A device that came twice (two sessions within one batch) is stored as it was said last. */
function lastPerDevice(submissions: readonly Submission[]): Submission[] {
  const last = new Map(submissions.map((one) => [keyOf(one), one]));
  return [...last.values()];
}

function keyOf({ tenant, idx }: DeviceRef): string {
  return `${tenant}/${idx}`;
}

function refOf({ tenant, idx }: DeviceRef): DeviceRef {
  return { tenant, idx };
}

/** Each content of each organization once. */
function distinct<T>(
  submissions: readonly Submission[],
  pick: (one: Submission) => ReadonlyMap<string, T>,
): (HashRef & { content: T })[] {
  const found = new Map<string, HashRef & { content: T }>();
  for (const one of submissions) {
    for (const [hash, content] of pick(one))
      found.set(`${one.tenant}/${hash}`, { tenant: one.tenant, hash, content });
  }
  return [...found.values()];
}

async function storeSlices(tx: RawSql, submissions: readonly Submission[]): Promise<void> {
  const rows = distinct(submissions, (one) => one.slices).map(({ content, ...ref }) => ({
    ...ref,
    ...content,
  }));
  if (rows.length > 0) await insertSlices(tx, rows);
}

/** Stores new package parts and answers with all sets the batch needs, by organization and hash. */
async function storeParts(tx: RawSql, submissions: readonly Submission[]): Promise<Map<string, KnownSet>> {
  const sets = new Map<string, KnownSet>();
  for (const one of submissions) for (const [hash, set] of one.known) sets.set(`${one.tenant}/${hash}`, set);
  const fresh = distinct(submissions, (one) => one.parts);
  if (fresh.length === 0) return sets;
  const ids = await storePackages(tx, fresh);
  await insertSets(
    tx,
    fresh.map(({ tenant, hash, content }, at) => ({
      tenant,
      hash,
      part: content.part,
      outcome: content.outcome,
      reason: content.reason,
      ids: ids[at]?.ids ?? [],
      installed: ids[at]?.installed ?? 0,
    })),
  );
  for (const row of await readKnown(tx, fresh)) {
    if (row.setId !== null)
      sets.set(`${row.tenant}/${row.hash}`, { setId: row.setId, installed: row.installed });
  }
  return sets;
}

/** Numbers of the packages of each part, in the order of its rows. */
async function storePackages(
  tx: RawSql,
  parts: readonly { readonly tenant: number; readonly content: CheckedPart }[],
): Promise<{ ids: number[]; installed: number }[]> {
  const distinctPackages = new Map<string, NewPackage>();
  const keys: string[][] = [];
  const rest = createPauses();
  for (const { tenant, content } of parts) {
    const list: string[] = [];
    // Digests and version keys of 20,000 rows take 0.2 s.
    await inPieces(content.rows, PIECE_ROWS, (piece) => {
      for (const row of piece) {
        const stored = { ...toStored(row), tenant };
        const key = `${tenant}/${stored.digest.toString('base64')}`;
        distinctPackages.set(key, stored);
        list.push(key);
      }
    });
    keys.push(list);
    await rest();
  }
  const packages = [...distinctPackages.values()];
  const ids: number[] = [];
  // A statement of 60,000 packages takes 0.3 s to write down.
  for (let from = 0; from < packages.length; from += STATEMENT_PACKAGES) {
    const piece = packages.slice(from, from + STATEMENT_PACKAGES);
    await insertPackages(tx, piece);
    ids.push(...(await readPackageIds(tx, piece)));
  }
  const idOf = new Map([...distinctPackages.keys()].map((key, at) => [key, ids[at] ?? 0]));
  return keys.map((list) => ({
    ids: list.map((key) => idOf.get(key) ?? 0),
    installed: list.filter((key) => distinctPackages.get(key)?.installed === true).length,
  }));
}

async function moveSlices(
  tx: RawSql,
  batch: readonly Submission[],
  nowMs: number,
): Promise<{ moves: Move[]; opened: readonly OpenedSlice[] }> {
  const offered = new Map(
    batch.flatMap((one) =>
      one.offer.slices.map((slice) => [`${keyOf(one)}/${slice.name}`, { ...refOf(one), ...slice }] as const),
    ),
  );
  const changes = await readChanges(tx, batch.map(refOf), [...offered.values()]);
  const closed: ClosedSlice[] = [];
  const opened: OpenedSlice[] = [];
  for (const { tenant, idx, name, fromMs, toMs } of changes) {
    const slice = offered.get(`${keyOf({ tenant, idx })}/${name}`);
    const previous = fromMs === null ? null : { fromMs, toMs };
    const at = new Date(startAfter(slice?.sinceMs ?? nowMs, previous, nowMs));
    if (previous !== null && toMs === null) closed.push({ tenant, idx, name, at });
    if (slice !== undefined) opened.push({ tenant, idx, name, at, hash: slice.hash });
  }
  if (closed.length > 0) await closeSlices(tx, closed);
  if (opened.length > 0) await openSlices(tx, opened);
  return { moves: changes.map((row) => ({ key: keyOf(row), section: row.name })), opened };
}

/** A device whose slice with its name is new may have another name; no statement where none is. */
async function followNames(tx: RawSql, opened: readonly OpenedSlice[]): Promise<readonly DeviceRef[]> {
  const named = opened.filter(({ name }) => name === NAME_SECTION);
  return named.length === 0 ? [] : await rename(tx, await readHostnames(tx, named));
}

/** The moves of a batch while they are collected. */
interface Collected {
  readonly closed: (DeviceRef & { at: Date })[];
  readonly opened: OpenedPackages[];
  readonly deltas: Map<number, number>;
}

async function movePackages(
  tx: RawSql,
  batch: readonly Submission[],
  options: { readonly sets: ReadonlyMap<string, KnownSet>; readonly nowMs: number },
): Promise<Move[]> {
  const latest = new Map((await readLatestPackages(tx, batch.map(refOf))).map((row) => [keyOf(row), row]));
  const moves: Collected = { closed: [], opened: [], deltas: new Map() };
  const changed = batch.filter((one) =>
    planPackages(moves, one, { ...options, previous: latest.get(keyOf(one)) ?? null }),
  );
  const deltas = new Map([...moves.deltas].filter(([, delta]) => delta !== 0).sort(([a], [b]) => a - b));
  if (changed.length > 0) await movePackageLists(tx, { ...moves, deltas });
  return changed.map((one) => ({ key: keyOf(one), section: 'packages' }));
}

/** Adds the moves of one device; false when its packages are what they were. */
function planPackages(
  moves: Collected,
  one: Submission,
  options: {
    readonly sets: ReadonlyMap<string, KnownSet>;
    readonly nowMs: number;
    readonly previous: PackagesRow | null;
  },
): boolean {
  const { previous, nowMs } = options;
  const sets = one.offer.parts.map((hash) => requireSet(options.sets, `${one.tenant}/${hash}`));
  const parts = sets.map(({ setId }) => setId);
  const before = previous !== null && previous.toMs === null ? previous.parts : [];
  if (parts.length === before.length && parts.every((id, at) => id === before[at])) return false;
  const at = new Date(startAfter(one.offer.packagesSinceMs, previous, nowMs));
  if (before.length > 0) moves.closed.push({ ...refOf(one), at });
  if (parts.length > 0) {
    const installed = sets.reduce((sum, set) => sum + set.installed, 0);
    moves.opened.push({ ...refOf(one), at, parts, installed });
  }
  count(moves.deltas, { before: new Set(before), after: new Set(parts) });
  return true;
}

/** Every hash of a submission is either known or came with it; anything else is a fault of this feature. */
function requireSet(sets: ReadonlyMap<string, KnownSet>, key: string): KnownSet {
  const set = sets.get(key);
  if (set === undefined) throw new Error('a package part of an offer is not stored');
  return set;
}

/** A set counts once for a device, however many parts it stands for. */
function count(
  deltas: Map<number, number>,
  held: { readonly before: ReadonlySet<number>; readonly after: ReadonlySet<number> },
): void {
  for (const id of held.after) if (!held.before.has(id)) deltas.set(id, (deltas.get(id) ?? 0) + 1);
  for (const id of held.before) if (!held.after.has(id)) deltas.set(id, (deltas.get(id) ?? 0) - 1);
}
