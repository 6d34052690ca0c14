// Figures that several cards show: read once, and again when devices change.
import { useQueries, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, take } from '../../api/client.ts';
import { useMay } from '../../app/session.ts';
import { useAgain } from '../../parts/again.ts';
import { useStream } from '../../parts/stream.ts';
import { useAccount, useTrust } from '../../signing/me.ts';

const COUNTS = ['devices', 'count'] as const;

/** What is counted, and the expression that finds exactly those. */
export const counted = {
  total: 'state != "retired"',
  online: 'presence == "online" && state != "retired"',
  offline: 'presence == "offline" && state != "retired"',
  missing: 'presence == "missing" && state != "retired"',
  never: 'presence == "never" && state != "retired"',
  pending: 'state == "pending"',
  quarantined: 'state == "quarantined"',
} as const;

export type Counted = keyof typeof counted;
const countedNames: readonly Counted[] = [
  'total',
  'online',
  'offline',
  'missing',
  'never',
  'pending',
  'quarantined',
];

async function count(on: string): Promise<number | null> {
  return (await take(api.GET('/api/v1/devices', { params: { query: { on, limit: 1, fields: 'id' } } })))
    .count;
}

/** How many devices there are of each sort; null: not known yet. `error`: why the newest could not be read; `again` asks anew. */
export function useCounts() {
  const may = useMay();
  const queries = useQueryClient();
  const results = useQueries({
    queries: countedNames.map((name) => ({
      queryKey: [...COUNTS, counted[name]],
      queryFn: () => count(counted[name]),
      enabled: may('devices.read'),
    })),
  });
  const failed = results.find(({ isError }) => isError);
  return {
    counts: Object.fromEntries(
      countedNames.map((name, index) => [name, results[index]?.data ?? null]),
    ) as Readonly<Record<Counted, number | null>>,
    isLoading: results.some(({ isLoading }) => isLoading),
    error: failed?.error ?? null,
    again: () => void queries.invalidateQueries({ queryKey: COUNTS }),
  };
}

/** Has them counted again when devices change; once on a page, however many cards show them. */
export function useFreshCounts(): void {
  const may = useMay();
  const changed = useAgain();
  useStream(may('devices.read') ? '/api/v1/events' : null, {
    device: () => changed(COUNTS),
    open: () => changed(COUNTS),
  });
}

/** Mode of the trust document; undefined while unknown. */
export function useTrustMode(): { readonly mode: string | undefined; readonly isLoading: boolean } {
  const may = useMay();
  const { data, isLoading } = useTrust({ enabled: may('trust.read') });
  return { mode: data?.mode, isLoading };
}

/** Passkeys of one's own account; undefined while unknown. */
export function usePasskeyCount(): { readonly count: number | undefined; readonly isLoading: boolean } {
  const { data, isLoading } = useAccount();
  return { count: data?.passkeys.length, isLoading };
}

async function readJobs(limit: number) {
  return (await take(api.GET('/api/v1/jobs', { params: { query: { limit } } }))).jobs;
}

/** The newest jobs. */
export function useJobs() {
  const may = useMay();
  return useQuery({
    queryKey: ['home', 'jobs'],
    queryFn: () => readJobs(30),
    enabled: may('jobs.read'),
    refetchInterval: 15_000,
  });
}
