// What the notifications feature is handed.
import type { Clock } from '../../core/clock.ts';
import type { RawSql } from '../../core/db/pool.ts';
import type { Fenced } from '../../core/lease.ts';
import type { Logger } from '../../core/log.ts';
import type { Seal } from '../../core/seal.ts';
import type { DeviceNames } from '../devices/index.ts';
import type { Fleet } from '../fleet/index.ts';
import type { WebhookReach } from './address.ts';
import type { MailSettings } from './mail.ts';

/** Its dependencies. */
export interface NotificationDeps {
  readonly sql: RawSql;
  /** How the sender stores when another process may have taken its work over. */
  readonly fenced?: Fenced;
  readonly clock: Clock;
  readonly log: Logger;
  readonly tenant: number;
  readonly devices: Pick<DeviceNames, 'name'>;
  readonly fleet: Pick<Fleet, 'holds'>;
  /** Null: the server has no mail settings. */
  readonly mail: MailSettings | null;
  /** Seals where webhooks go and what signs for them. */
  readonly seal: Seal;
  /** How far webhooks go. */
  readonly webhookReach: WebhookReach;
  /** Address of the console, for links in messages. */
  readonly publicUrl: string;
}
