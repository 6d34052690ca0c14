// Alerts: owns the table of alerts; stores what devices decide about their thresholds, once, and lists it.
import { type Alert as AlertMessage, readTimeMs } from '@muster/protocol';
import { toServerTimeMs } from '../../core/agents/device-time.ts';
import type { AgentRoutes, Session } from '../../core/agents/session.ts';
import { type BatchWriter, createBatchWriter } from '../../core/batch-writer.ts';
import { withMappedErrors } from '../../core/db/failures.ts';
import { inTransaction } from '../../core/db/transaction.ts';
import type { HttpApp } from '../../core/http/server.ts';
import { fail } from '../../errors.ts';
import { noFence, refuseSucceeded } from '../devices/index.ts';
import type { AlertsDeps } from './deps.ts';
import { MAX_OPEN_ALERTS, MAX_QUEUED } from './limits.ts';
import { registerAlertRoutes } from './routes.ts';
import { type AlertEvent, alertKey, applyEvents, keepWithin, listNews } from './state.ts';
import {
  closeAlerts,
  closeAllAlerts,
  countOpen,
  insertAlerts,
  selectCritical,
  selectLatest,
} from './store.ts';

const TOO_MANY_OPEN = `The device has ${MAX_OPEN_ALERTS} open alerts; this one is not stored, end or correct some of the others first.`;

/** The feature. */
export interface Alerts {
  /** Registers the agents' messages. */
  register(routes: AgentRoutes): void;
  /** Registers the routes of the API. */
  serve(app: HttpApp): void;
  /** Devices on which a critical alert fired since then that is open. */
  critical(tenant: number, since: Date): Promise<number[]>;
  /** The device is retired: nobody will say that its open alerts are over. */
  forget(tenant: number, idx: number): Promise<void>;
  stop(): Promise<void>;
}

function toEvent(session: Session, message: AlertMessage, nowMs: number): AlertEvent {
  const { type: _type, since, at, ...rest } = message;
  const { tenant, idx } = session;
  const read = (text: string) => new Date(toServerTimeMs(session, readTimeMs(text), nowMs));
  return { ...rest, tenant, idx, since: read(since), at: read(at) };
}

/** An event on its way, and whether its device had too many open alerts for it. */
interface EventRow {
  readonly event: AlertEvent;
  /** Device and session that it came from. */
  readonly tenant: number;
  readonly idx: number;
  readonly epoch: number;
  isOver: boolean;
  /** The device has opened another session since: it was not stored. */
  isRefused: boolean;
}

/** Stores a batch in one transaction: five statements however many alerts there are. */
async function storeEvents(
  { sql, fence = noFence, announce }: AlertsDeps,
  all: readonly EventRow[],
): Promise<void> {
  await inTransaction(sql, async (tx) => {
    const rows = await fence(tx, all);
    const isKept = new Set(rows);
    for (const row of all) row.isRefused = !isKept.has(row);
    if (rows.length === 0) return;
    const events = rows.map(({ event }) => event);
    const names = [...new Map(events.map((event) => [alertKey(event), event])).values()];
    const latest = await selectLatest(tx, names);
    const { inserts, closes } = applyEvents(latest, events);
    // Ends first: an alert that fires again must not meet its predecessor still open.
    if (closes.length > 0) await closeAlerts(tx, closes);
    const open = inserts.length > 0 ? await countOpen(tx, inserts) : [];
    const { within, over } = keepWithin(inserts, open, MAX_OPEN_ALERTS);
    if (within.length > 0) await insertAlerts(tx, within);
    for (const row of rows) row.isOver = over.has(row.event);
    await announce(tx, listNews(latest, { inserts: within, closes }, events));
  });
}

/** Makes the feature; nothing happens before `register` and `serve`. */
export function createAlerts(deps: AlertsDeps): Alerts {
  const { sql, clock } = deps;
  const writer: BatchWriter<EventRow> = createBatchWriter({
    name: 'alert',
    maxQueued: MAX_QUEUED,
    keyOf: ({ event: { tenant, idx } }) => `${tenant}/${idx}`,
    async flush(rows) {
      await storeEvents(deps, rows);
      for (const { event } of rows) deps.changed(event.tenant, event.idx);
    },
    clock,
  });
  return {
    register(routes) {
      routes.message('alert', (session, message) => {
        // About what it was on the wire.
        const sizeBytes = JSON.stringify(message).length;
        return deps.answerDurable(session, { seq: message.seq, sizeBytes }, async () => {
          const { tenant, idx, epoch } = session;
          const event = toEvent(session, message, clock.now());
          const row = { event, tenant, idx, epoch, isOver: false, isRefused: false };
          await writer.write(row);
          if (row.isRefused) throw refuseSucceeded();
          if (row.isOver) throw fail('E_QUOTA', { detail: TOO_MANY_OPEN });
        });
      });
    },
    serve: (app) => registerAlertRoutes(app, deps),
    critical: (tenant, since) => selectCritical(sql, tenant, since),
    forget: (tenant, idx) =>
      withMappedErrors(() => closeAllAlerts(sql, { tenant, idx, at: new Date(clock.now()) })),
    stop: () => writer.stop(),
  };
}
