// Policies: owns signed revisions, the sets that say which are in force, and what devices say that they hold of them.
import type { AgentRoutes } from '../../core/agents/session.ts';
import type { HttpApp } from '../../core/http/server.ts';
import { createDelivery } from './delivery.ts';
import type { AllDeps } from './deps.ts';
import { createLatestPresent, createReadPresent, type Present } from './present.ts';
import { registerPolicyRoutes } from './routes.ts';
import { createPoliciesService } from './service.ts';
import { createShelf } from './shelf.ts';
import { createStates } from './states.ts';

export { findEffects } from './plan.ts';
export type { Present } from './present.ts';

/** The feature. */
export interface Policies {
  /** Registers the agents' messages: who holds the socket answers them, and the controller tells what is in force. */
  register(here: AgentRoutes, controller: AgentRoutes): void;
  /** Registers the routes of the API. */
  serve(app: HttpApp): void;
  /** At the controller: tells devices what is in force from here on. */
  start(): void;
  /** What is in force, for other features: one small statement where nothing has changed since it was asked last. */
  present(): Promise<Present>;
  /** The device is retired: what it held does not count any more. */
  forget(tenant: number, idx: number): Promise<void>;
  stop(): Promise<void>;
}

/** Makes the feature; no device is told anything before `start`. */
export function createPolicies(deps: AllDeps): Policies {
  const readPresent = createReadPresent(deps);
  const delivery = createDelivery(deps, readPresent);
  const service = createPoliciesService(deps, { readPresent, delivery });
  const shelf = createShelf(deps);
  const states = createStates(deps);
  return {
    register(here, controller) {
      here.message('policy.want', (session, { digest }) => shelf.want(session, digest));
      here.message('policy.state', (session, message) => states.take(session, message));
      controller.opened((session) => delivery.opened(session));
      controller.closed((session) => delivery.closed(session));
    },
    serve: (app) => registerPolicyRoutes(app, service),
    start: () => delivery.start(),
    present: createLatestPresent(deps, readPresent),
    forget: (tenant, idx) => states.forget(tenant, idx),
    async stop() {
      await Promise.all([delivery.stop(), shelf.stop(), states.stop()]);
    },
  };
}
