// Inventory: owns slices, package sets and their intervals; stores what devices offer and answers what they held, hold, and who has what.
import { findSection, packagesSection, type Section } from '@muster/protocol';
import { createByteQuota } from '../../core/agents/quota.ts';
import type { AgentRoutes, Connections } from '../../core/agents/session.ts';
import { type BatchWriter, createBatchWriter } from '../../core/batch-writer.ts';
import type { Clock } from '../../core/clock.ts';
import { withMappedErrors } from '../../core/db/failures.ts';
import type { RawSql } from '../../core/db/pool.ts';
import type { HttpApp } from '../../core/http/server.ts';
import type { Fenced } from '../../core/lease.ts';
import type { Logger } from '../../core/log.ts';
import { pause } from '../../core/turns.ts';
import { fail } from '../../errors.ts';
import { type DeviceNames, noFence, refuseSucceeded, type SessionFence } from '../devices/index.ts';
import { createDigests } from './digests.ts';
import {
  LOOKUP_WAIT_MS,
  MAX_BATCH_OFFERS,
  MAX_BODY_BYTES_A_DAY,
  MAX_LOOKUP_OFFERS,
  MAX_PENDING_OFFERS,
  MAX_SUBMISSION_AGE_MS,
  OFFER_SWEEP_MS,
} from './limits.ts';
import { createLiveQuestions } from './live.ts';
import { registerControl, registerMessages } from './messages.ts';
import { createOffers } from './offers.ts';
import { createRoots } from './roots.ts';
import { registerInventoryRoutes } from './routes.ts';
import { registerSoftwareRoutes } from './routes-software.ts';
import { type HashRef, type KnownRow, readKnown } from './store.ts';
import { readSummaries } from './summary.ts';
import { createUnusedSweep } from './unused.ts';
import { type DeviceChange, departure, type Submission, storeBatch } from './writer.ts';

export { createFactReader } from './expression-facts.ts';
export { createSoftwareReader } from './holders-of.ts';
export type { DeviceChange } from './writer.ts';

/** What is handed in. */
export interface InventoryDeps {
  readonly sql: RawSql;
  readonly clock: Clock;
  readonly log: Logger;
  readonly devices: DeviceNames;
  readonly connections: Connections;
  /**
   * With several processes: refuses what the older session of a device brings. Then what is stored of a device is read when its
   * session opens, since another process may have stored it.
   */
  readonly fence?: SessionFence;
  /** With several processes: what is swept away commits only while this one holds the lease. */
  readonly fenced?: Fenced;
  /** Called after each commit with what changed of which devices; also of those of which nothing did, or only seems to not have, since a commit was repeated. */
  changed?(changes: readonly DeviceChange[]): void;
}

/** Offers whose hashes are asked for together. */
interface Lookup {
  readonly refs: readonly HashRef[];
  rows: readonly KnownRow[];
}

/** Makes the feature; nothing happens before `start`. */
export function createInventory(deps: InventoryDeps) {
  const { sql, clock, log } = deps;
  const digests = createDigests();
  const live = createLiveQuestions(clock);
  const writer = createWriter(deps);
  const lookups = createLookups(deps);
  const offers = createOffers({
    findSlice,
    async lookup(tenant, hashes) {
      const lookup: Lookup = { refs: hashes.map((hash) => ({ tenant, hash })), rows: [] };
      await lookups.write(lookup);
      return lookup.rows;
    },
    async write(submission) {
      await writer.write(submission);
      if (submission.isRefused === true) throw refuseSucceeded();
    },
    quota: createByteQuota({ name: 'inventory', limitBytes: MAX_BODY_BYTES_A_DAY, clock, log }),
    digests,
    clock,
    log,
  });
  const roots = createRoots({ sql, clock, digests, findSlice });
  const refresh = deps.fence === undefined ? null : roots.refresh;
  const unused = createUnusedSweep(deps);
  let cancelSweep: () => void = () => undefined;

  return {
    /** Registers the routes. */
    serve(app: HttpApp): void {
      registerInventoryRoutes(app, { ...deps, live, digests, now: () => clock.now() });
      registerSoftwareRoutes(app, deps);
    },
    /** Registers the agent messages: what is handled where the socket is, and what is handled at the controller. */
    register(here: AgentRoutes, controller = here): void {
      registerMessages(here, { offers, digests, clock, log, refresh });
      registerControl(controller, { live, digests, clock, log, refresh });
      cancelSweep = repeat(clock, OFFER_SWEEP_MS, offers.sweep);
    },
    /** At the controller: knows what is stored, and deletes what is unused. */
    async start(): Promise<void> {
      await roots.load();
      unused.start();
    },
    /** Stores what is under way. */
    async stop(): Promise<void> {
      cancelSweep();
      await Promise.all([unused.stop(), lookups.stop(), roots.stop()]);
      // What was just looked up is handed to the writer within the turn; all its waits are bounded, also without a database.
      await pause();
      await writer.stop();
      await offers.settle();
    },
    /** Resolves when nothing is being looked up or stored. */
    settle: () => offers.settle(),
    /** Facts that lists of devices show, by device number; two statements for any number of devices. */
    summaries: (tenant: number, idxs: readonly number[]) =>
      withMappedErrors(() => readSummaries(sql, tenant, idxs)),
    /** The device is retired: ends all its intervals, so that nothing counts it any more. */
    async forget(tenant: number, idx: number): Promise<void> {
      await writer.write(departure({ tenant, idx }, clock.now()));
      digests.set(tenant, idx, null);
    },
    /** Deletes what nothing refers to, now; resolves with the rows deleted. */
    deleteUnused: () => unused.run(),
    live,
    digests,
    counts: () => ({
      ...offers.counts(),
      stored: writer.stats().stored,
      batches: writer.stats().batches,
      lookups: lookups.stats().batches,
    }),
  };
}

/** Does something again and again; the returned function ends it. */
function repeat(clock: Clock, everyMs: number, work: () => void): () => void {
  let cancel = clock.after(everyMs, next);
  function next(): void {
    work();
    cancel = clock.after(everyMs, next);
  }
  return () => cancel();
}

/** Stores submissions; those of one device in the order in which they came. */
function createWriter({ sql, clock, changed, fence = noFence }: InventoryDeps): BatchWriter<Submission> {
  return createBatchWriter<Submission>({
    name: 'inventory',
    maxQueued: MAX_PENDING_OFFERS,
    maxRows: MAX_BATCH_OFFERS,
    keyOf: ({ tenant, idx }) => `${tenant}/${idx}`,
    flush: async (rows) => {
      refuseOld(rows, clock.monotonic());
      const changes = await storeBatch(sql, rows, { nowMs: clock.now(), fence });
      changed?.(changes);
    },
    clock,
  });
}

/** Throws for offers that waited so long that what they count on may have been deleted; the writer finds out which, and their devices are asked again. */
function refuseOld(rows: readonly Submission[], nowMs: number): void {
  const isOld = rows.some(({ lookedUpMs = nowMs }) => nowMs - lookedUpMs > MAX_SUBMISSION_AGE_MS);
  if (isOld) throw fail('E_TIMEOUT', { detail: 'The offer waited too long to be stored.', retryable: false });
}

/** Looks hashes up, those of many offers in one statement. */
function createLookups({ sql, clock }: InventoryDeps): BatchWriter<Lookup> {
  return createBatchWriter<Lookup>({
    name: 'inventory lookup',
    maxQueued: MAX_PENDING_OFFERS,
    maxRows: MAX_LOOKUP_OFFERS,
    maxMs: LOOKUP_WAIT_MS,
    flush: (rows) => answerLookups(sql, rows),
    clock,
  });
}

/** A section that is stored; `packages` has its own place in an offer. */
function findSlice(name: string): Section | undefined {
  const section = findSection(name);
  return section?.kind === 'slice' && section.name !== packagesSection.name ? section : undefined;
}

async function answerLookups(sql: RawSql, lookups: readonly Lookup[]): Promise<void> {
  const keyOf = ({ tenant, hash }: HashRef) => `${tenant}/${hash}`;
  const asked = new Map(lookups.flatMap(({ refs }) => refs.map((ref) => [keyOf(ref), ref])));
  const known = new Map((await readKnown(sql, [...asked.values()])).map((row) => [keyOf(row), row]));
  for (const lookup of lookups) lookup.rows = lookup.refs.flatMap((ref) => known.get(keyOf(ref)) ?? []);
}
