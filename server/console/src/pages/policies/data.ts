// What the pages of policies read.
import { useQuery } from '@tanstack/react-query';
import { api, take } from '../../api/client.ts';

/** How often what is in force, and who holds it, is asked for while somebody looks, ms: no stream tells of it. */
const EVERY_MS = 5_000;

const POLICIES = ['policies'] as const;

async function readPolicies() {
  return take(api.GET('/api/v1/policies'));
}

/** What is in force as the API shows it. */
export type InForce = Awaited<ReturnType<typeof readPolicies>>;
/** A policy in force. */
export type PolicyInForce = InForce['policies'][number];
/** How devices stand to the set in force. */
export type Standings = NonNullable<InForce['devices']>;

/** All that is in force, kept as it is now. */
export function usePolicies() {
  return useQuery({ queryKey: [...POLICIES, 'in-force'], queryFn: readPolicies, refetchInterval: EVERY_MS });
}

async function readHistory(name: string) {
  return take(api.GET('/api/v1/policies/{name}/revisions', { params: { path: { name } } }));
}

/** A revision in a history. */
export type Row = Awaited<ReturnType<typeof readHistory>>['revisions'][number];

/** The newest revisions of a policy, the newest first. */
export function useHistory(name: string) {
  return useQuery({ queryKey: [...POLICIES, 'history', name], queryFn: () => readHistory(name) });
}

async function readRevision(name: string, digest: string) {
  return take(api.GET('/api/v1/policies/{name}/revisions/{digest}', { params: { path: { name, digest } } }));
}

/** A revision with all it says. */
export type Revision = Awaited<ReturnType<typeof readRevision>>;

/** One revision; it never changes, but whether it is in force does. */
export function useRevision(name: string, digest: string) {
  return useQuery({
    queryKey: [...POLICIES, 'revision', name, digest],
    queryFn: () => readRevision(name, digest),
  });
}

/** What is different between two revisions, as lines of a file. */
export function useDiff(name: string, pair: { readonly from: string; readonly to: string } | null) {
  return useQuery({
    queryKey: [...POLICIES, 'diff', name, pair],
    enabled: pair !== null,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: () =>
      take(
        api.GET('/api/v1/policies/{name}/diff', {
          params: { path: { name }, query: pair ?? { from: '', to: '' } },
        }),
      ),
  });
}
