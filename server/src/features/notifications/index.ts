// Notifications: owns the tables of ways, rules, pauses and messages; tells people and programs of alerts, at least once and not too often.
import { withMappedErrors } from '../../core/db/failures.ts';
import type { RawSql } from '../../core/db/pool.ts';
import type { HttpApp } from '../../core/http/server.ts';
import type { AlertNews } from './change.ts';
import type { NotificationDeps } from './deps.ts';
import { GATHER_MS, LOOK_MS } from './limits.ts';
import { registerNotificationRoutes } from './routes.ts';
import { registerLogRoutes } from './routes-log.ts';
import { createSender } from './sender.ts';
import { deleteDevice, insertEvents } from './store-outbox.ts';

export type { AlertNews } from './change.ts';
export { createMailer, type MailSettings } from './mail.ts';

/** The feature. */
export interface Notifications {
  serve(app: HttpApp): void;
  /** Stores news of alerts in the transaction that stores the alerts; called in any process. */
  announce(tx: RawSql, news: readonly AlertNews[]): Promise<void>;
  /** The device is retired: nothing is told of it any more. */
  forget(tenant: number, idx: number): Promise<void>;
  /** News may have been stored: the sender looks. */
  wake(): void;
  /** Begins to send; one process does. */
  start(): void;
  stop(): Promise<void>;
}

/** Makes the feature; nothing is sent before `start`. */
export function createNotifications(deps: NotificationDeps): Notifications {
  const { clock, log } = deps;
  const sender = createSender(deps);
  let isRunning = false;
  let hasStopped = false;
  let working: Promise<void> | null = null;
  let isWoken = false;
  let cancel: () => void = () => undefined;

  function plan(afterMs: number): void {
    cancel();
    if (isRunning) cancel = clock.after(afterMs, begin);
  }

  function begin(): void {
    working ??= work().finally(() => {
      working = null;
      if (isWoken) plan(GATHER_MS);
    });
  }

  async function work(): Promise<void> {
    isWoken = false;
    let waitMs = LOOK_MS;
    try {
      const nextMs = await sender.work(() => hasStopped);
      if (nextMs !== null) waitMs = Math.min(LOOK_MS, Math.max(GATHER_MS, nextMs - clock.now()));
    } catch (err) {
      // The database is away, or the index is being read: nothing is lost, it is looked at again.
      log.warn({ err }, 'notifications could not be worked on');
    }
    plan(waitMs);
  }

  function wake(): void {
    isWoken = true;
    if (working === null) plan(GATHER_MS);
  }

  return {
    serve(app) {
      registerNotificationRoutes(app, { deps, wake });
      registerLogRoutes(app, { deps, wake });
    },
    announce: insertEvents,
    forget: (tenant, idx) => withMappedErrors(() => deleteDevice(deps.sql, tenant, idx)),
    wake,
    start() {
      if (hasStopped) return;
      isRunning = true;
      plan(0);
    },
    async stop() {
      hasStopped = true;
      isRunning = false;
      cancel();
      await working;
    },
  };
}
