// What the metrics feature is handed.
import type { Connections } from '../../core/agents/session.ts';
import type { Clock } from '../../core/clock.ts';
import type { RawSql } from '../../core/db/pool.ts';
import type { Logger } from '../../core/log.ts';
import type { DeviceNames } from '../devices/index.ts';

/** Its dependencies. */
export interface MetricsDeps {
  readonly sql: RawSql;
  readonly clock: Clock;
  readonly log: Logger;
  readonly devices: DeviceNames;
  readonly connections: Connections;
  /** Days for which minutes are kept. */
  readonly chunkDays: number;
  /** Days for which hours are kept. */
  readonly rollupDays: number;
}
