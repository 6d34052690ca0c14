// Policies: owns signed revisions and the sets that say which are in force; devices do not get them yet.
import type { HttpApp } from '../../core/http/server.ts';
import type { PoliciesDeps } from './present.ts';
import { registerPolicyRoutes } from './routes.ts';
import { createPoliciesService } from './service.ts';

export { findEffects } from './plan.ts';

/** The feature. */
export interface Policies {
  /** Registers the routes of the API. */
  serve(app: HttpApp): void;
}

/** Makes the feature. */
export function createPolicies(deps: PoliciesDeps): Policies {
  const service = createPoliciesService(deps);
  return { serve: (app) => registerPolicyRoutes(app, service) };
}
