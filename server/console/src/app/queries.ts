// How data is kept: fresh for a moment, kept while a page is open, never shown as fresh when the connection is gone.
import { type Query, QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiError } from '../api/client.ts';
import { doubtSession } from './session.ts';

/** What was read is taken as it is for so long, ms; live changes come by a stream. */
const FRESH_MS = 5_000;
const MAX_RETRIES = 2;

/**
 * What changes while it is being read for the first time is read once more: the library joins the request that is on its way,
 * whose answer may be older than the change, and takes it as fresh.
 */
function readAgainAfterFirst(queries: QueryClient): void {
  const changed = new WeakSet<Query>();
  queries.getQueryCache().subscribe((event) => {
    if (event.type !== 'updated') return;
    const { query, action } = event;
    if (action.type === 'invalidate' && query.state.data === undefined) changed.add(query);
    if (action.type === 'success' && changed.delete(query))
      void queries.invalidateQueries({ queryKey: query.queryKey, exact: true });
  });
}

export function createQueries(): QueryClient {
  const queries = new QueryClient({
    queryCache: new QueryCache({
      onError(error) {
        // The session has ended, or somebody ended it: the frame then asks to sign in and comes back here.
        if (error instanceof ApiError && error.code === 'E_SIGNED_OUT') doubtSession(queries);
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: FRESH_MS,
        retry: (count, error) => count < MAX_RETRIES && (!(error instanceof ApiError) || error.retryable),
      },
    },
  });
  readAgainAfterFirst(queries);
  return queries;
}
