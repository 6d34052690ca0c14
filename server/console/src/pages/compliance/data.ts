// What the page of compliance reads.
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { api, take } from '../../api/client.ts';
import type { State } from './states.ts';

/** How often it is asked for while somebody looks, ms: no stream tells of it. */
const EVERY_MS = 15_000;
const PAGE_ROWS = 100;
const TREND_DAYS = 30;

const COMPLIANCE = ['compliance'] as const;

async function readShares(policy: string | undefined) {
  return take(api.GET('/api/v1/compliance', { params: { query: policy === undefined ? {} : { policy } } }));
}

/** Shares as the API shows them. */
export type Shares = Awaited<ReturnType<typeof readShares>>;
/** That of a policy, or of a rule. */
export type Share = Pick<Shares['policies'][number], 'met' | 'meant' | 'counts'>;

/** Shares of all policies, or of one and its rules, kept as they are now. */
export function useShares(policy?: string) {
  return useQuery({
    queryKey: [...COMPLIANCE, 'shares', policy ?? ''],
    queryFn: () => readShares(policy),
    refetchInterval: EVERY_MS,
  });
}

/** Of what a trend is: everything, a policy, or a rule. */
interface Meant {
  readonly policy?: string;
  readonly rule?: string;
}

/** The share at the beginning of each of 30 days, and now. */
export function useTrend({ policy, rule }: Meant) {
  return useQuery({
    queryKey: [...COMPLIANCE, 'trend', policy ?? '', rule ?? ''],
    queryFn: async () => {
      const of = { ...(policy === undefined ? {} : { policy }), ...(rule === undefined ? {} : { rule }) };
      const query = { ...of, days: TREND_DAYS };
      return (await take(api.GET('/api/v1/compliance/trend', { params: { query } }))).points;
    },
  });
}

/** Items of a rule on all devices that one may see, page by page. */
export function useItems({ policy, rule, state }: Required<Meant> & { readonly state?: State }) {
  return useInfiniteQuery({
    queryKey: [...COMPLIANCE, 'items', policy, rule, state ?? ''],
    initialPageParam: '',
    queryFn: ({ pageParam }) => {
      const from = pageParam === '' ? {} : { cursor: pageParam };
      const query = { policy, rule, limit: PAGE_ROWS, ...from, ...(state === undefined ? {} : { state }) };
      return take(api.GET('/api/v1/compliance/items', { params: { query } }));
    },
    getNextPageParam: ({ next }) => next ?? undefined,
  });
}

/** All shares together. */
export function addShares(
  all: readonly Share[],
): Pick<Share, 'met' | 'meant'> & { readonly counts: Partial<Share['counts']> } {
  const counts: Partial<Record<State, number>> = {};
  for (const one of all)
    for (const [state, count] of Object.entries(one.counts) as [State, number][])
      counts[state] = (counts[state] ?? 0) + count;
  const sum = (of: (one: Share) => number) => all.reduce((total, one) => total + of(one), 0);
  return { met: sum(({ met }) => met), meant: sum(({ meant }) => meant), counts };
}
