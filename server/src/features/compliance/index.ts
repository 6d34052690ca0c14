// Compliance: owns how the items of policies stand on devices, how they stood, and how many stand how.
import type { AgentRoutes } from '../../core/agents/session.ts';
import { withMappedErrors } from '../../core/db/failures.ts';
import { inTransaction } from '../../core/db/transaction.ts';
import type { HttpApp } from '../../core/http/server.ts';
import type { ComplianceDeps } from './deps.ts';
import { createIngest } from './ingest.ts';
import { registerComplianceRoutes } from './routes.ts';
import { withMonths } from './settle.ts';
import { endDevice } from './silence.ts';
import { selectErring } from './store-lists.ts';
import { createSweep } from './sweep.ts';

/** The feature. */
export interface Compliance {
  /** Registers the agents' messages. */
  register(here: AgentRoutes): void;
  /** Registers the routes of the API. */
  serve(app: HttpApp): void;
  /** Devices of which an item came to stand in error since then, and does. */
  erring(tenant: number, since: Date): Promise<number[]>;
  /** At the controller: begins to look who does not report any more. */
  start(): void;
  /** The device is retired: it counts no more. */
  forget(tenant: number, idx: number): Promise<void>;
  stop(): Promise<void>;
}

/** Makes the feature; nothing happens before `register` and `start`. */
export function createCompliance(deps: ComplianceDeps): Compliance {
  const { sql, clock } = deps;
  const ingest = createIngest(deps);
  const sweep = createSweep(deps);
  return {
    register: (here) => here.message('policy.report', (session, message) => ingest.take(session, message)),
    serve: (app) => registerComplianceRoutes(app, deps),
    erring: (tenant, since) => selectErring(sql, tenant, since),
    start: () => sweep.start(),
    forget: (tenant, idx) =>
      withMappedErrors(() =>
        withMonths(sql, (months) =>
          inTransaction(sql, (tx) => endDevice(tx, { tenant, idx }, { now: new Date(clock.now()), months })),
        ),
      ),
    async stop() {
      await Promise.all([ingest.stop(), sweep.stop()]);
    },
  };
}
