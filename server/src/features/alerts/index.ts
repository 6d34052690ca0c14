// Alerts: owns the table of alerts; stores what devices decide about their thresholds, once, and lists it.
import { type Alert as AlertMessage, readTimeMs } from '@muster/protocol';
import { toServerTimeMs } from '../../core/agents/device-time.ts';
import type { AgentRoutes, Session } from '../../core/agents/session.ts';
import { type BatchWriter, createBatchWriter } from '../../core/batch-writer.ts';
import { withMappedErrors } from '../../core/db/failures.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { inTransaction } from '../../core/db/transaction.ts';
import type { HttpApp } from '../../core/http/server.ts';
import type { AlertsDeps } from './deps.ts';
import { registerAlertRoutes } from './routes.ts';
import { type AlertEvent, alertKey, applyEvents } from './state.ts';
import { closeAlerts, closeAllAlerts, insertAlerts, selectLatest } from './store.ts';

/** Alert messages that wait to be stored; above it the device keeps them and sends them again. */
const MAX_QUEUED = 20_000;

/** The feature. */
export interface Alerts {
  /** Registers the agents' messages. */
  register(routes: AgentRoutes): void;
  /** Registers the routes of the API. */
  serve(app: HttpApp): void;
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

/** Stores a batch in one transaction: three statements however many alerts there are. */
async function storeEvents(sql: RawSql, events: readonly AlertEvent[]): Promise<void> {
  const names = [...new Map(events.map((event) => [alertKey(event), event])).values()];
  await inTransaction(sql, async (tx) => {
    const { inserts, closes } = applyEvents(await selectLatest(tx, names), events);
    // Ends first: an alert that fires again must not meet its predecessor still open.
    if (closes.length > 0) await closeAlerts(tx, closes);
    if (inserts.length > 0) await insertAlerts(tx, inserts);
  });
}

/** Makes the feature; nothing happens before `register` and `serve`. */
export function createAlerts(deps: AlertsDeps): Alerts {
  const { sql, clock } = deps;
  const writer: BatchWriter<AlertEvent> = createBatchWriter({
    name: 'alert',
    maxQueued: MAX_QUEUED,
    keyOf: ({ tenant, idx }) => `${tenant}/${idx}`,
    async flush(events) {
      await storeEvents(sql, events);
      for (const { tenant, idx } of events) deps.changed(tenant, idx);
    },
    clock,
  });
  return {
    register(routes) {
      routes.message('alert', (session, message) => {
        // About what it was on the wire.
        const sizeBytes = JSON.stringify(message).length;
        return deps.answerDurable(session, { seq: message.seq, sizeBytes }, async () => {
          await writer.write(toEvent(session, message, clock.now()));
        });
      });
    },
    serve: (app) => registerAlertRoutes(app, deps),
    forget: (tenant, idx) =>
      withMappedErrors(() => closeAllAlerts(sql, { tenant, idx, at: new Date(clock.now()) })),
    stop: () => writer.stop(),
  };
}
