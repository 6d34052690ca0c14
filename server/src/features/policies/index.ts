// Policies: owns signed revisions, the sets that say which are in force, and what devices say that they hold of them.
import type { AgentRoutes } from '../../core/agents/session.ts';
import type { HttpApp } from '../../core/http/server.ts';
import { createDelivery } from './delivery.ts';
import type { AllDeps } from './deps.ts';
import { createLatestPresent, createReadPresent, type Present } from './present.ts';
import type { TroubleSources } from './rollout-health.ts';
import { createRolloutService } from './rollout-service.ts';
import { createRolloutSweep } from './rollout-sweep.ts';
import { registerPolicyRoutes } from './routes.ts';
import { registerRolloutRoutes } from './routes-rollout.ts';
import { createPoliciesService } from './service.ts';
import { createShelf } from './shelf.ts';
import { createStates } from './states.ts';
import { selectSetDigest } from './store.ts';

export { findEffects } from './plan.ts';
export type { Present } from './present.ts';
export type { TroubleSources } from './rollout-health.ts';

/** The feature. */
export interface Policies {
  /** Registers the agents' messages: who holds the socket answers them, and the controller tells what is in force. */
  register(here: AgentRoutes, controller: AgentRoutes): void;
  /** Registers the routes of the API. */
  serve(app: HttpApp): void;
  /** At the controller: tells devices what is in force from here on, in waves where somebody ordered that, as long as these say no trouble. */
  start(sources: TroubleSources): void;
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
  const { sql, trust } = deps;
  const inForce = () => selectSetDigest(sql, trust.tenant, trust.current().document.policyEpoch);
  const { tenant } = trust;
  const changed = () => delivery.renew();
  const sweep = createRolloutSweep({ ...deps, tenant, inForce, changed });
  let troubleSources: TroubleSources | null = null;
  const told = {
    during: delivery.during.bind(delivery),
    renew: () => {
      delivery.renew();
      sweep.wake();
    },
  };
  const service = createPoliciesService(deps, { readPresent, delivery: told });
  const rollouts = createRolloutService(
    { ...deps, sources: () => troubleSources, changed: told.renew },
    inForce,
  );
  const shelf = createShelf(deps);
  const states = createStates(deps);
  return {
    register(here, controller) {
      here.message('policy.want', (session, { digest }) => shelf.want(session, digest));
      here.message('policy.state', (session, message) => states.take(session, message));
      controller.opened((session) => delivery.opened(session));
      controller.closed((session) => delivery.closed(session));
    },
    serve(app) {
      registerPolicyRoutes(app, service);
      registerRolloutRoutes(app, rollouts);
    },
    start(sources) {
      troubleSources = sources;
      delivery.start();
      sweep.start(sources);
    },
    present: createLatestPresent(deps, readPresent),
    forget: (tenant, idx) => states.forget(tenant, idx),
    async stop() {
      await Promise.all([delivery.stop(), sweep.stop(), shelf.stop(), states.stop()]);
    },
  };
}
