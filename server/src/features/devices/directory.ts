// What the gateway asks about devices: lookups, epochs, and who came or went, all in batches.

import { fail as failProtocol } from '@muster/protocol';
import type { DeviceDirectory, OpeningSession } from '../../core/agents/directory.ts';
import { done, fromServer } from '../../core/audit/audit.ts';
import { createBatchWriter } from '../../core/batch-writer.ts';
import type { Clock } from '../../core/clock.ts';
import { withMappedErrors } from '../../core/db/failures.ts';
import type { RawSql } from '../../core/db/pool.ts';
import type { Logger } from '../../core/log.ts';
import { createGoneGateways, type Members } from './gone-gateways.ts';
import { createLookup } from './lookup.ts';
import {
  noteAlive,
  type PresenceChange,
  selectForSessions,
  selectInactive,
  selectNames,
  updateEpochs,
  updatePresence,
  updateQuarantine,
} from './store.ts';

/** Sessions whose epoch waits to be written. */
const MAX_OPENINGS = 10_000;
/** Transitions that wait to be written while the database is away; more are counted as lost and mended by the next session. */
const MAX_TRANSITIONS = 200_000;

/** How often the server notes that it runs, ms. */
const ALIVE_MS = 60_000;

/** The directory, and how it ends. */
export interface Directory extends DeviceDirectory {
  /** At the controller: takes over from the one before, or from the server before. `bus` names the processes of this one. */
  start(bus: Members): Promise<void>;
  /** Writes what is waiting. */
  drain(): Promise<void>;
  stop(): Promise<void>;
}

/** What the directory needs. */
export interface DirectoryDeps {
  readonly sql: RawSql;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called after a transition is stored, for live views and the fleet index; also after an attempt that may have been stored. */
  changed(tenant: number, idx: number): void;
}

/** What the newest session of each device says, the last of it; and every epoch that was seen. */
function newestOfEach(changes: readonly PresenceChange[]): PresenceChange[] {
  const newest = new Map<string, PresenceChange>();
  for (const change of changes) {
    const key = `${change.tenant}/${change.idx}`;
    const before = newest.get(key) ?? change;
    const last = change.epoch >= before.epoch ? change : before;
    newest.set(key, { ...last, seen: Math.max(before.seen, change.seen) });
  }
  return [...newest.values()].sort((a, b) => a.tenant - b.tenant || a.idx - b.idx);
}

/** An epoch to be issued, and whether it was. */
interface EpochRow {
  readonly opening: OpeningSession;
  isIssued: boolean;
}

async function issueEpochs(sql: RawSql, rows: readonly EpochRow[]): Promise<void> {
  const issued = await updateEpochs(
    sql,
    rows.map((row) => row.opening),
  );
  const keys = new Set(issued.map(({ tenant, idx }) => `${tenant}/${idx}`));
  for (const row of rows) row.isIssued = keys.has(`${row.opening.tenant}/${row.opening.idx}`);
}

/** Makes the directory. */
export function createDirectory({ sql, clock, log, changed }: DirectoryDeps): Directory {
  const lookup = createLookup((ids) => withMappedErrors(() => selectForSessions(sql, ids)), clock);
  const epochs = createBatchWriter<EpochRow>({
    name: 'device_epoch',
    maxQueued: MAX_OPENINGS,
    flush: (rows) => issueEpochs(sql, rows),
    clock,
  });
  const presence = createBatchWriter<PresenceChange>({
    name: 'device_presence',
    maxQueued: MAX_TRANSITIONS,
    // A later transition must never be overtaken by an earlier one of the same device.
    keyOf: (row) => `${row.tenant}/${row.idx}`,
    flush: (rows) => updatePresence(sql, newestOfEach(rows)),
    clock,
  });

  async function note(change: Omit<PresenceChange, 'at'>): Promise<void> {
    const { tenant, idx } = change;
    try {
      await presence.write({ ...change, at: new Date(clock.now()) });
    } catch (err) {
      log.warn({ err, tenant, idx }, 'a presence transition was not stored');
    }
    changed(tenant, idx);
  }

  const gone = createGoneGateways({ sql, clock, log, changed });
  let cancelAlive: () => void = () => undefined;
  let hasStopped = false;

  /** One statement a minute, however many devices there are. */
  function keepAlive(): void {
    noteAlive(sql, new Date(clock.now())).catch((err: unknown) => {
      log.debug({ err }, 'the server could not note that it runs');
    });
    cancelAlive = clock.after(ALIVE_MS, keepAlive);
  }

  return {
    async start(bus) {
      await gone.start(bus);
      if (!hasStopped) keepAlive();
    },
    find: lookup,
    async open(opening) {
      const row: EpochRow = { opening, isIssued: false };
      await epochs.write(row);
      // Its state changed since it was looked up; the next attempt is told how.
      if (!row.isIssued) throw failProtocol('E_BUSY');
    },
    confirm: (tenant, idx, epoch) => void note({ tenant, idx, epoch, seen: epoch, online: true }),
    offline: (tenant, idx, epoch) => void note({ tenant, idx, epoch, seen: 0, online: false }),
    async quarantine(tenant, idx, reason) {
      const [device] = await withMappedErrors(() => selectNames(sql, tenant, [idx]));
      const { id = '', hostname = '' } = device ?? {};
      const subject = { kind: 'device', id, name: hostname };
      const event = done(fromServer, { tenant, act: 'device.quarantine', subject, detail: { reason } });
      await withMappedErrors(() => updateQuarantine(sql, { tenant, idx, reason, event }));
      log.warn({ tenant, idx, reason }, 'device quarantined');
      changed(tenant, idx);
    },
    findInactive: (devices) =>
      devices.length === 0 ? Promise.resolve([]) : withMappedErrors(() => selectInactive(sql, devices)),
    async drain() {
      await Promise.all([epochs.drain(), presence.drain()]);
    },
    async stop() {
      hasStopped = true;
      gone.stop();
      cancelAlive();
      await Promise.all([epochs.stop(), presence.stop()]);
    },
  };
}
