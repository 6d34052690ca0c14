// What the pages of groups read and keep up to date.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { api, take } from '../../api/client.ts';
import { useAgain } from '../../parts/again.ts';
import { useStream } from '../../parts/stream.ts';

async function readGroups() {
  return (await take(api.GET('/api/v1/groups'))).groups;
}

/** A group as the API shows it. */
export type Group = Awaited<ReturnType<typeof readGroups>>[number];

const LIST = ['groups'] as const;

/** All groups, their counts live. */
export function useGroups() {
  useGroupStream();
  return useQuery({ queryKey: LIST, queryFn: readGroups });
}

/** One group, its count live. */
export function useGroup(id: string) {
  useGroupStream();
  return useQuery({
    queryKey: ['group', id],
    queryFn: () => take(api.GET('/api/v1/groups/{id}', { params: { path: { id } } })),
  });
}

function isTold(data: unknown): data is { readonly id: string; readonly count: number } {
  return typeof data === 'object' && data !== null && 'id' in data;
}

/** Counts are put in place; what was made, changed or removed is read again. */
function useGroupStream(): void {
  const queries = useQueryClient();
  const changed = useAgain();
  useStream('/api/v1/groups/events', {
    group(data) {
      if (!isTold(data)) return;
      const { id, count } = data;
      const known = queries.getQueryData<readonly Group[]>(LIST);
      if (known !== undefined && !known.some((one) => one.id === id)) changed(LIST);
      const put = (one: Group) => (one.id === id ? { ...one, count } : one);
      queries.setQueryData<readonly Group[]>(LIST, (all) => all?.map(put));
      queries.setQueryData<Group>(['group', id], (one) => (one === undefined ? one : put(one)));
      // An answer that is on its way may be older than this.
      const keys = [LIST, ['group', id]];
      changed(['group-members', id], ...keys.filter((queryKey) => queries.isFetching({ queryKey }) > 0));
    },
    removed: () => changed(LIST),
    open: () => changed(LIST, ['group'], ['group-members']),
  });
}

/** The first devices that fit an expression, and how many there are. */
export function usePreview(expression: string | null) {
  return useQuery({
    queryKey: ['preview', expression],
    enabled: expression !== null,
    queryFn: ({ signal }) =>
      take(
        api.GET('/api/v1/devices', {
          params: { query: { on: expression ?? '', limit: 3, fields: 'id,hostname' } },
          signal,
        }),
      ),
  });
}

/** An expression tried on a device, with what was read. */
export function useExplanation(device: string | null, expression: string | null) {
  return useQuery({
    queryKey: ['explain', device, expression],
    enabled: device !== null && expression !== null,
    queryFn: ({ signal }) =>
      take(
        api.GET('/api/v1/devices/{id}/explain', {
          params: { path: { id: device ?? '' }, query: { on: expression ?? '' } },
          signal,
        }),
      ),
  });
}
