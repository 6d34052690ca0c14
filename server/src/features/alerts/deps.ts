// What the alerts feature is handed.
import type { AnswerDurable } from '../../core/agents/durable.ts';
import type { Clock } from '../../core/clock.ts';
import type { RawSql } from '../../core/db/pool.ts';
import type { DeviceNames } from '../devices/index.ts';

/** Its dependencies. */
export interface AlertsDeps {
  readonly sql: RawSql;
  readonly clock: Clock;
  readonly devices: DeviceNames;
  readonly answerDurable: AnswerDurable;
  /** Alerts of a device were stored, for live views. */
  changed(tenant: number, idx: number): void;
}
