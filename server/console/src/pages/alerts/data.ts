// What the pages about being told read.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { api, take } from '../../api/client.ts';

function readWays() {
  return take(api.GET('/api/v1/notifications/ways'));
}
async function readRules() {
  return (await take(api.GET('/api/v1/notifications/rules'))).rules;
}
async function readPauses() {
  return (await take(api.GET('/api/v1/notifications/pauses'))).pauses;
}

export type Way = Awaited<ReturnType<typeof readWays>>['ways'][number];
export type Rule = Awaited<ReturnType<typeof readRules>>[number];

export function useWays() {
  return useQuery({ queryKey: ['notify', 'ways'], queryFn: readWays });
}
export function useRules() {
  return useQuery({ queryKey: ['notify', 'rules'], queryFn: readRules });
}
export function usePauses() {
  return useQuery({ queryKey: ['notify', 'pauses'], queryFn: readPauses });
}

/** Reads all of it again, after a change. */
export function useNewer(): () => Promise<void> {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: ['notify'] });
}
