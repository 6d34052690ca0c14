// Halts in memory and in their table: taken up, lifted, and asked whether one holds a command.
import { type Envelope, MusterError, parseEnvelope, readTimeMs } from '@muster/protocol';
import { findHalt, type HaltInForce, MAX_HALTS, openHalt, openLift } from '@muster/protocol/commands';
import { withMappedErrors } from '../../core/db/failures.ts';
import { fail } from '../../errors.ts';
import type { HaltsDeps } from './deps.ts';
import { type HaltRow, insertHalt, selectCurrent, updateLifted } from './store.ts';

/** A halt that has not ended by itself. */
export interface HaltRecord {
  readonly row: HaltRow;
  readonly envelope: Envelope;
  /** Null where its signer is no longer one: devices judge it for themselves, the server leaves it alone. */
  readonly halt: HaltInForce | null;
  readonly lift: Envelope | null;
}

/** The halts. */
export interface HaltRegistry {
  load(): Promise<void>;
  /** Takes up a signed halt; the same again changes nothing. @throws MusterError those of openHalt, E_LIMIT */
  add(envelope: unknown): Promise<HaltRecord>;
  /** @throws MusterError E_NOT_FOUND, those of openLift */
  lift(id: string, envelope: unknown): Promise<HaltRecord>;
  /** Those not over by then, oldest first. */
  current(nowMs: number): readonly HaltRecord[];
  /** The halt that holds a command now. */
  find(command: { readonly cmdId: string; readonly kind: string }): HaltInForce | undefined;
}

/** Makes the registry; `changed` is called after each commit. */
export function createHaltRegistry(deps: HaltsDeps, changed: () => void): HaltRegistry {
  const { sql, clock, crypto, trust, log } = deps;
  const records = new Map<string, HaltRecord>();

  const context = () => ({
    trust: trust.current().document,
    crypto,
    org: trust.org,
    nowMs: clock.now(),
  });

  function toRecord(row: HaltRow): HaltRecord {
    const envelope = parseEnvelope(row.envelope);
    const lift = row.lift === null ? null : parseEnvelope(row.lift);
    try {
      return { row, envelope, lift, halt: openHalt(envelope, context()) };
    } catch (err) {
      if (!(err instanceof MusterError)) throw err;
      log.warn({ halt: row.id, code: err.code }, 'a stored halt is no longer valid here');
      return { row, envelope, lift, halt: null };
    }
  }

  function current(nowMs: number): HaltRecord[] {
    for (const [id, { row }] of records) if (row.untilAt.getTime() <= nowMs) records.delete(id);
    return [...records.values()];
  }

  return {
    current,
    async load() {
      const rows = await withMappedErrors(() => selectCurrent(sql, trust.tenant, new Date(clock.now())));
      for (const row of rows) records.set(row.id, toRecord(row));
    },
    async add(input) {
      const envelope = parseEnvelope(input);
      const halt = openHalt(envelope, context());
      const known = records.get(halt.haltId);
      if (known !== undefined) return known;
      const nowMs = clock.now();
      const untilAt = new Date(readTimeMs(halt.until));
      if (untilAt.getTime() <= nowMs)
        throw fail('E_TIME', { detail: 'The halt is over already; sign it anew.' });
      if (current(nowMs).filter(({ lift }) => lift === null).length >= MAX_HALTS)
        throw fail('E_LIMIT', { detail: `There are ${MAX_HALTS} halts in force; lift one first.` });
      const row: HaltRow = {
        id: halt.haltId,
        envelope: JSON.stringify(envelope),
        lift: null,
        untilAt,
        createdAt: new Date(nowMs),
        liftedAt: null,
      };
      await withMappedErrors(() => insertHalt(sql, trust.tenant, row));
      const record = { row, envelope, halt, lift: null };
      records.set(halt.haltId, record);
      log.warn(
        { halt: halt.haltId, requester: halt.requester, scope: halt.scope },
        'a signer halted commands',
      );
      changed();
      return record;
    },
    async lift(id, input) {
      const envelope = parseEnvelope(input);
      const lift = openLift(envelope, context());
      const record = records.get(id);
      if (record === undefined || lift.haltId !== id)
        throw fail('E_NOT_FOUND', { detail: 'No halt with that id is in force.' });
      if (record.lift !== null) return record;
      const at = new Date(clock.now());
      const text = JSON.stringify(envelope);
      await withMappedErrors(() => updateLifted(sql, trust.tenant, { id, lift: text, at }));
      const lifted = { ...record, lift: envelope, row: { ...record.row, lift: text, liftedAt: at } };
      records.set(id, lifted);
      log.warn({ halt: id, requester: lift.requester }, 'a halt was lifted');
      changed();
      return lifted;
    },
    find({ cmdId, kind }) {
      const nowMs = clock.now();
      const inForce = current(nowMs).flatMap(({ halt, lift }) =>
        halt === null || lift !== null ? [] : [halt],
      );
      return findHalt(inForce, { cmdId, kind, nowMs });
    },
  };
}
