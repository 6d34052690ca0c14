// Presence over time: owns the samples of who was online, offline and missing; one is taken each quarter of an hour from the fleet index.
import { compileExpression } from '@muster/protocol/language';
import type { Clock } from '../../core/clock.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { principalOf } from '../../core/http/permission.ts';
import { readLimits } from '../../core/http/scope.ts';
import type { HttpApp } from '../../core/http/server.ts';
import { type Fenced, unfenced } from '../../core/lease.ts';
import type { Logger } from '../../core/log.ts';
import type { Fleet } from '../fleet/index.ts';
import { createReader } from './read.ts';
import { createSampler } from './sampler.ts';
import { PresenceHistory, PresenceQuery } from './schema.ts';

/** What is handed in. */
export interface PresenceDeps {
  readonly sql: RawSql;
  readonly clock: Clock;
  readonly log: Logger;
  readonly tenant: number;
  readonly fleet: Pick<Fleet, 'sets'>;
  /** How samples are stored when another process may have taken the work over. */
  readonly fenced?: Fenced;
}

/** The feature. */
export interface PresenceFeature {
  serve(app: HttpApp): void;
  /** At the controller: begins to sample. */
  start(): void;
  stop(): Promise<void>;
}

/** Makes the feature; nothing happens before `start`. */
export function createPresence(deps: PresenceDeps): PresenceFeature {
  const { sql, fenced = unfenced(sql) } = deps;
  const sampler = createSampler({ ...deps, fenced });
  const read = createReader(deps);
  return {
    serve(app) {
      app.get(
        '/api/v1/devices/presence',
        {
          config: { permission: 'devices.read', scope: 'list' },
          schema: {
            summary: 'Show how many devices were online, offline and missing over time',
            tags: ['devices'],
            querystring: PresenceQuery,
            response: { 200: PresenceHistory },
          },
        },
        (request) => {
          const { on, range = '24h' } = request.query;
          const expression = on === undefined ? null : compileExpression(on, { for: 'server' });
          const { tenant } = principalOf(request);
          return read({ tenant, within: readLimits(request), on: expression, range });
        },
      );
    },
    start: sampler.start,
    stop: sampler.stop,
  };
}
