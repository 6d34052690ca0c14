// What the page of people reads.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { api, take } from '../../api/client.ts';

async function readPersons() {
  return (await take(api.GET('/api/v1/persons'))).items;
}
async function readRoles() {
  return (await take(api.GET('/api/v1/roles'))).items;
}

export type Person = Awaited<ReturnType<typeof readPersons>>[number];
export type Role = Awaited<ReturnType<typeof readRoles>>[number];

export function usePersons() {
  return useQuery({ queryKey: ['people', 'persons'], queryFn: readPersons });
}
export function useRoles() {
  return useQuery({ queryKey: ['people', 'roles'], queryFn: readRoles });
}
export function useSessions(id: string) {
  return useQuery({
    queryKey: ['people', 'sessions', id],
    queryFn: () => take(api.GET('/api/v1/persons/{id}/sessions', { params: { path: { id } } })),
  });
}
export function useAccount(id: string) {
  return useQuery({
    queryKey: ['people', 'account', id],
    queryFn: () => take(api.GET('/api/v1/persons/{id}/account', { params: { path: { id } } })),
  });
}

/** Reads all of it again, after a change. */
export function useNewer(): () => Promise<void> {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: ['people'] });
}
