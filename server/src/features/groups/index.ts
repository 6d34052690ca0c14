// Groups: owns the tables of groups; their members come from the fleet index, so they are exact and live.
import { withMappedErrors } from '../../core/db/failures.ts';
import type { HttpApp } from '../../core/http/server.ts';
import { createEventStreams } from '../../core/http/sse.ts';
import type { Logger } from '../../core/log.ts';
import type { Grouped } from '../fleet/index.ts';
import { createGroupViews } from './live.ts';
import { registerGroupRoutes } from './routes.ts';
import { type GroupsDeps, groupedOf, requireGroup } from './service.ts';
import { selectGroups } from './store.ts';

/** The feature. */
export interface Groups {
  serve(app: HttpApp): void;
  /** Who is a member, as the fleet index finds it; one statement. @throws MusterError E_NOT_FOUND */
  members(tenant: number, id: string): Promise<Grouped>;
  stop(): void;
}

/** Makes the feature. */
export function createGroups(deps: GroupsDeps & { readonly log: Logger }): Groups {
  const views = createGroupViews(deps);
  deps.fleet.groupsFrom((tenant) => withMappedErrors(() => selectGroups(deps.sql, tenant)));
  return {
    serve: (app) => registerGroupRoutes(app, { deps, views, streams: createEventStreams(app, deps.clock) }),
    members: async (tenant, id) => groupedOf(await requireGroup(deps, tenant, id)),
    stop: () => views.stop(),
  };
}
