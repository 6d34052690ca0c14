// What the pages of policies read.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
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

const ROLLOUT = [...POLICIES, 'rollout'] as const;

async function readRollout() {
  return (await take(api.GET('/api/v1/policies/rollout'))).rollout;
}

/** How the set in force goes out in waves. */
export type RolloutNow = NonNullable<Awaited<ReturnType<typeof readRollout>>>;
/** What somebody wants of it. */
export type RolloutStep = 'hold' | 'resume' | 'next' | 'finish';

/** The waves of the set in force, kept as they are now; null: all devices are told it. */
export function useRollout() {
  return useQuery({ queryKey: ROLLOUT, queryFn: readRollout, refetchInterval: EVERY_MS });
}

/** Holds the waves of a set, or lets them go on, and puts what the server answers in their place. */
export function useRolloutStep(digest: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (step: RolloutStep) => take(api.POST('/api/v1/policies/rollout', { body: { digest, step } })),
    onSuccess: (rollout) => queries.setQueryData(ROLLOUT, rollout),
    // What was shown may be of a set that is in force no more.
    onError: () => queries.invalidateQueries({ queryKey: POLICIES }),
  });
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
