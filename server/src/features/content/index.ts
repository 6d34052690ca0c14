// Content: owns code that signers have approved, and its bodies.
import type { HttpApp } from '../../core/http/server.ts';
import type { ContentDeps } from './deps.ts';
import { registerContentRoutes } from './routes.ts';
import { type ContentService, createContentService } from './service.ts';

/** The feature. */
export interface ContentStore extends Pick<ContentService, 'approved' | 'isOf' | 'piece'> {
  /** Registers the routes of the API. */
  serve(app: HttpApp): void;
}

/** Makes the feature. */
export function createContent(deps: ContentDeps): ContentStore {
  const service = createContentService(deps);
  return {
    approved: service.approved,
    isOf: service.isOf,
    piece: service.piece,
    serve: (app) => registerContentRoutes(app, deps, service),
  };
}
