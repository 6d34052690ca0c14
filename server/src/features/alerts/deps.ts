// What the alerts feature is handed.
import type { AnswerDurable } from '../../core/agents/durable.ts';
import type { Clock } from '../../core/clock.ts';
import type { RawSql } from '../../core/db/pool.ts';
import type { DeviceNames, SessionFence } from '../devices/index.ts';

/** Its dependencies. */
export interface AlertsDeps {
  readonly sql: RawSql;
  readonly clock: Clock;
  readonly devices: DeviceNames;
  readonly answerDurable: AnswerDurable;
  /** With several processes: refuses what the older session of a device brings. */
  readonly fence?: SessionFence;
  /** Alerts of a device were stored, for live views. */
  changed(tenant: number, idx: number): void;
}
