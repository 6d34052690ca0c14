// Routes of waves: how the set in force goes out, and holding it or letting it go on.
import { originOf } from '../../core/audit/audit.ts';
import type { HttpApp } from '../../core/http/server.ts';
import type { RolloutService } from './rollout-service.ts';
import { RolloutAnswer, RolloutStep, RolloutView } from './schema-rollout.ts';

const tags = ['policies'];

/** Registers the routes. */
export function registerRolloutRoutes(app: HttpApp, service: RolloutService): void {
  app.get(
    '/api/v1/policies/rollout',
    {
      config: { permission: 'policies.read', scope: 'organization' },
      schema: {
        summary: 'Show how the set in force goes out in waves',
        tags,
        response: { 200: RolloutAnswer },
      },
    },
    async () => ({ rollout: await service.read() }),
  );
  app.post(
    '/api/v1/policies/rollout',
    {
      config: { permission: 'policies.write', scope: 'organization' },
      schema: {
        summary: 'Hold the waves of the set in force, let them go on, or tell all devices now',
        tags,
        body: RolloutStep,
        response: { 200: RolloutView },
      },
    },
    (request) => service.step(request.body, originOf(request)),
  );
}
