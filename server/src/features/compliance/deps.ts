// What compliance is handed.
import type { AnswerDurable } from '../../core/agents/durable.ts';
import type { Clock } from '../../core/clock.ts';
import type { RawSql } from '../../core/db/pool.ts';
import type { Fenced } from '../../core/lease.ts';
import type { Logger } from '../../core/log.ts';
import type { DeviceNames, SessionFence } from '../devices/index.ts';
import type { Policies } from '../policies/index.ts';

/** Its dependencies. */
export interface ComplianceDeps {
  readonly sql: RawSql;
  readonly clock: Clock;
  readonly log: Logger;
  readonly tenant: number;
  readonly devices: Pick<DeviceNames, 'name' | 'find'>;
  readonly policies: Pick<Policies, 'present'>;
  readonly answerDurable: AnswerDurable;
  /** With several processes: refuses what the older session of a device brings. */
  readonly fence?: SessionFence;
  /** How the sweep stores when another process may have taken the work over. */
  readonly fenced?: Fenced;
}
