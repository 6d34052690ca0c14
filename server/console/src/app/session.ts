// Who is signed in and what he may do: the answer that navigation, pages and buttons are made from.
import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, take } from '../api/client.ts';
import { lastCall } from '../api/last-call.ts';

const KEY = ['session'] as const;

async function readSession() {
  return take(api.GET('/api/v1/session'));
}

/** The session as the API shows it. */
export type Session = Awaited<ReturnType<typeof readSession>>;

/** The session; its `person` is null while nobody is signed in. */
export function useSession() {
  return useQuery({ queryKey: KEY, queryFn: readSession, staleTime: 60_000 });
}

/** Whether the session holds a permission, somewhere. The server checks again; this only hides what would be refused. */
export function useMay(): (permission: string | undefined) => boolean {
  const { data } = useSession();
  return (permission) => permission === undefined || data?.permissions.includes(permission) === true;
}

/** Takes over a session that was answered by signing in, and forgets what another person has seen and done in this tab. */
export function useEnter(): (session: Session) => void {
  const queries = useQueryClient();
  return (session) => {
    queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== KEY[0] });
    lastCall.set(null);
    queries.setQueryData(KEY, session);
  };
}

/** Puts a newer answer in the place of the one that is known. */
export function useRenew(): (session: Session) => void {
  const queries = useQueryClient();
  return (session) => void queries.setQueryData(KEY, session);
}

/** Reads who is signed in again; called when an answer says that nobody is. */
export function doubtSession(queries: QueryClient): void {
  void queries.invalidateQueries({ queryKey: KEY });
}

/** Signs out; a full load leaves nothing of the session in memory. */
export async function signOut(): Promise<void> {
  await take(api.DELETE('/api/v1/session'));
  location.assign('/sign-in');
}
