// A token for one device, and the device that comes with it.
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { api, take } from '../../api/client.ts';
import { useStream } from '../../parts/stream.ts';

/** After so long without a device the likely causes are told, ms. */
const CAUSES_MS = 300_000;

/** Makes a token for one device and an hour; the answer holds the command. */
export async function makeCommand() {
  const name = `console ${new Date().toISOString().slice(0, 16).replace('T', ' ')}`;
  return take(api.POST('/api/v1/enrollment-tokens', { body: { name, autoApprove: true } }));
}

/** The newest device that enrolled after a moment; undefined while there is none. */
export function useArrival(sinceMs: number) {
  const since = new Date(sinceMs).toISOString();
  const query = useQuery({
    queryKey: ['devices', 'arrival', since],
    queryFn: async () => {
      const on = `enrolled_at >= timestamp(${JSON.stringify(since)})`;
      const wish = { on, limit: 1, sort: '-seen' as const, fields: 'id,hostname' };
      return (await take(api.GET('/api/v1/devices', { params: { query: wish } }))).items[0] ?? null;
    },
    refetchInterval: ({ state }) => (state.data == null ? 5_000 : false),
  });
  useStream('/api/v1/events', { device: () => void (query.data == null && query.refetch()) });
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), CAUSES_MS);
    return () => clearTimeout(timer);
  }, []);
  return { device: query.data ?? undefined, isLate };
}
