// Halts in memory and in their table: taken up, lifted, and asked whether one holds a command.
import { decodeBase64url, type Envelope, MusterError, parseEnvelope, readTimeMs } from '@muster/protocol';
import {
  findHalt,
  type Halt,
  type HaltContext,
  type HaltInForce,
  MAX_HALTS,
  MAX_SIGNER_HALTS,
  openHalt,
  openLift,
  parseDocument,
} from '@muster/protocol/commands';
import { type AuditOrigin, done } from '../../core/audit/audit.ts';
import { createDoubts } from '../../core/db/doubts.ts';
import { withMappedErrors } from '../../core/db/failures.ts';
import { inTransaction } from '../../core/db/transaction.ts';
import type { Fenced } from '../../core/lease.ts';
import { fail } from '../../errors.ts';
import type { HaltsDeps } from './deps.ts';
import { type HaltRow, insertHalt, selectCurrent, updateLifted } from './store.ts';

/** A halt that has not ended by itself. */
export interface HaltRecord {
  readonly row: HaltRow;
  readonly envelope: Envelope;
  /** Null where its signer is no longer one: devices that have it keep it, others would refuse it. */
  readonly halt: HaltInForce | null;
  readonly lift: Envelope | null;
}

/** The halts. */
export interface HaltRegistry {
  load(): Promise<void>;
  /** Takes up a signed halt; the same again changes nothing. @throws MusterError those of openHalt, E_LIMIT */
  add(envelope: unknown, origin: AuditOrigin): Promise<HaltRecord>;
  /** @throws MusterError E_NOT_FOUND, those of openLift */
  lift(id: string, envelope: unknown, origin: AuditOrigin): Promise<HaltRecord>;
  /** Those not over by then, oldest first. */
  current(nowMs: number): readonly HaltRecord[];
  /** True while the signer of a halt is one. */
  isValid(envelope: Envelope): boolean;
  /** The halt that holds a command now. */
  find(command: { readonly cmdId: string; readonly kind: string }): HaltInForce | undefined;
  stop(): void;
}

/** Makes the registry; `changed` is called after each commit. */
export function createHaltRegistry(deps: HaltsDeps, changed: () => void): HaltRegistry {
  const records = new Map<string, HaltRecord>();
  const doubts = createDoubts<'halts'>({
    ...{ clock: deps.clock, max: 1, keyOf: (item) => item },
    async takeUp() {
      const found = await readNew(deps, records);
      for (const id of found)
        deps.log.warn({ halt: id }, 'a halt, or its lift, was stored without an answer');
      if (found.length > 0) changed();
      return [];
    },
  });

  function current(nowMs: number): HaltRecord[] {
    for (const [id, { row }] of records) if (row.untilAt.getTime() <= nowMs) records.delete(id);
    return [...records.values()];
  }

  function adopt(record: HaltRecord): HaltRecord {
    records.set(record.row.id, record);
    changed();
    return record;
  }

  return {
    current,
    async load() {
      await readNew(deps, records);
    },
    async add(input, origin) {
      const envelope = parseEnvelope(input);
      const halt = openHalt(envelope, contextOf(deps));
      const known = records.get(halt.haltId);
      if (known !== undefined) return known;
      checkRoom(current(deps.clock.now()), halt);
      return adopt(await doubts.during('halts', () => storeHalt(deps, { envelope, halt, origin })));
    },
    async lift(id, input, origin) {
      const envelope = parseEnvelope(input);
      const { haltId, requester } = openLift(envelope, contextOf(deps));
      const record = records.get(id);
      if (record === undefined || haltId !== id)
        throw fail('E_NOT_FOUND', { detail: 'No halt with that id is in force.' });
      if (record.lift !== null) return record;
      const lifted = await doubts.during('halts', () =>
        storeLift(deps, record, { envelope, requester, origin }),
      );
      deps.log.warn({ halt: id, requester }, 'a halt was lifted');
      return adopt(lifted);
    },
    isValid: (envelope) => openStored(deps, envelope) !== null,
    find({ cmdId, kind }) {
      const nowMs = deps.clock.now();
      const inForce = current(nowMs).flatMap(({ halt, lift }) =>
        halt === null || lift !== null ? [] : [halt],
      );
      return findHalt(inForce, { cmdId, kind, nowMs });
    },
    stop: () => doubts.stop(),
  };
}

/** Reads those that are not here, and lifts that are not; answers with their ids. */
async function readNew(deps: HaltsDeps, records: Map<string, HaltRecord>): Promise<readonly string[]> {
  const { sql, clock, trust } = deps;
  const rows = await withMappedErrors(() => selectCurrent(sql, trust.tenant, new Date(clock.now())));
  const fresh = rows.filter(({ id, lift }) => {
    const known = records.get(id);
    // What is here and not there was stored after this was read.
    return known === undefined || (lift !== null && lift !== known.row.lift);
  });
  for (const row of fresh) records.set(row.id, readRecord(deps, row));
  return fresh.map(({ id }) => id);
}

/**
 * Devices hold so many and no more: a word that names one beyond that is none to them. Lifted ones count until they are over, because
 * a device that was away still holds them and must hear of the lift. @throws MusterError E_LIMIT
 */
function checkRoom(kept: readonly HaltRecord[], { requester }: HaltInForce): void {
  const mine = kept.filter(({ row }) => requesterOf(row) === requester).length;
  if (mine >= MAX_SIGNER_HALTS)
    throw fail('E_LIMIT', {
      detail: `${requester} has ${mine} halts that are not over, lifted ones counted, and no device holds more of one signer; halt more with one (everything or a kind), or let somebody else sign it.`,
    });
  if (kept.length >= MAX_HALTS)
    throw fail('E_LIMIT', {
      detail: `There are ${kept.length} halts that are not over, lifted ones counted; halt more with one (everything or a kind).`,
    });
}

function requesterOf({ envelope }: HaltRow): string {
  return parseDocument<Halt>(decodeBase64url(parseEnvelope(envelope).payload), 'halt').requester;
}

/** What halts and lifts are held against. */
function contextOf({ trust, crypto, clock }: HaltsDeps): HaltContext {
  return { trust: trust.current().document, crypto, org: trust.org, nowMs: clock.now() };
}

function readRecord(deps: HaltsDeps, row: HaltRow): HaltRecord {
  const envelope = parseEnvelope(row.envelope);
  const lift = row.lift === null ? null : parseEnvelope(row.lift);
  const halt = openStored(deps, envelope);
  if (halt === null) deps.log.warn({ halt: row.id }, 'a stored halt is no longer valid here');
  return { row, envelope, lift, halt };
}

/** The halt as devices with the present trust document would take it; null: they would refuse it. */
function openStored(deps: HaltsDeps, envelope: Envelope): HaltInForce | null {
  try {
    return openHalt(envelope, contextOf(deps));
  } catch (err) {
    if (!(err instanceof MusterError)) throw err;
    return null;
  }
}

/** With one process too the halt and its event are stored in one transaction. */
function fencedOf({ sql, fenced }: HaltsDeps): Fenced {
  return fenced ?? ((work) => inTransaction(sql, work));
}

async function storeHalt(
  deps: HaltsDeps,
  {
    envelope,
    halt,
    origin,
  }: { readonly envelope: Envelope; readonly halt: HaltInForce; readonly origin: AuditOrigin },
): Promise<HaltRecord> {
  const { clock, trust, log } = deps;
  const nowMs = clock.now();
  const { haltId, requester, scope } = halt;
  const untilAt = new Date(readTimeMs(halt.until));
  if (untilAt.getTime() <= nowMs) throw fail('E_TIME', { detail: 'The halt is over already; sign it anew.' });
  const text = JSON.stringify(envelope);
  const row = { id: haltId, envelope: text, lift: null, untilAt, createdAt: new Date(nowMs), liftedAt: null };
  const named = scope.what === 'kind' ? scope.kind : scope.what === 'command' ? scope.cmdId : '';
  const event = done(origin, {
    tenant: trust.tenant,
    act: 'halt.add',
    subject: { kind: 'halt', id: haltId, name: '' },
    detail: { requester, what: scope.what, named, until: untilAt.toISOString() },
  });
  await withMappedErrors(() => fencedOf(deps)((tx) => insertHalt(tx, trust.tenant, { row, event })));
  log.warn({ halt: haltId, requester, scope }, 'a signer halted commands');
  return { row, envelope, halt, lift: null };
}

async function storeLift(
  deps: HaltsDeps,
  record: HaltRecord,
  {
    envelope,
    requester,
    origin,
  }: { readonly envelope: Envelope; readonly requester: string; readonly origin: AuditOrigin },
): Promise<HaltRecord> {
  const { clock, trust } = deps;
  const at = new Date(clock.now());
  const lift = JSON.stringify(envelope);
  const { id } = record.row;
  const { tenant } = trust;
  const subject = { kind: 'halt', id, name: '' };
  const event = done(origin, { tenant, act: 'halt.lift', subject, detail: { requester } });
  await withMappedErrors(() => fencedOf(deps)((tx) => updateLifted(tx, tenant, { id, lift, at, event })));
  return { ...record, lift: envelope, row: { ...record.row, lift, liftedAt: at } };
}
