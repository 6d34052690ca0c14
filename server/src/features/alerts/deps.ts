// What the alerts feature is handed.
import type { AnswerDurable } from '../../core/agents/durable.ts';
import type { Clock } from '../../core/clock.ts';
import type { RawSql } from '../../core/db/pool.ts';
import type { DeviceNames, SessionFence } from '../devices/index.ts';

/** An alert that fired, has ended, or whose holder is another one. */
export interface AlertNews {
  readonly tenant: number;
  readonly idx: number;
  readonly rule: string;
  readonly series: string;
  readonly severity: string;
  readonly isFiring: boolean;
  readonly value: number;
  readonly threshold: number;
  /** When it fired, or was well again. */
  readonly at: Date;
  /** Somebody has it from here on; else nothing is new about it. Absent: it fired, ended, or was given back. */
  readonly isTaken?: true;
}

/** Its dependencies. */
export interface AlertsDeps {
  readonly sql: RawSql;
  readonly clock: Clock;
  readonly devices: DeviceNames;
  readonly answerDurable: AnswerDurable;
  /** With several processes: refuses what the older session of a device brings. */
  readonly fence?: SessionFence;
  /** Stores what is told to people, in the transaction that stores the alerts, so that there is neither without the other. */
  announce(tx: RawSql, news: readonly AlertNews[]): Promise<void>;
  /** Alerts of a device were stored, for live views. */
  changed(tenant: number, idx: number): void;
}
