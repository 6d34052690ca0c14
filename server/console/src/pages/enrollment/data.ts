// What the page of enrollment reads, and how it hears of devices that come.
import { useQuery } from '@tanstack/react-query';
import { api, take } from '../../api/client.ts';
import { useAgain } from '../../parts/again.ts';
import { useStream } from '../../parts/stream.ts';

/** Tokens and waiting devices that are shown. */
const MAX_SHOWN = 200;

async function readTokens() {
  const { items } = await take(
    api.GET('/api/v1/enrollment-tokens', { params: { query: { limit: MAX_SHOWN } } }),
  );
  return items;
}

/** A token without its secret. */
export type Token = Awaited<ReturnType<typeof readTokens>>[number];

/** The newest tokens. */
export function useTokens() {
  return useQuery({ queryKey: ['enrollment-tokens'], queryFn: readTokens });
}

/** Devices that wait to be approved. */
export function usePending() {
  return useQuery({
    queryKey: ['pending-devices'],
    queryFn: () =>
      take(
        api.GET('/api/v1/devices', { params: { query: { state: 'pending', limit: MAX_SHOWN, sort: 'id' } } }),
      ),
  });
}

/** The device that came with a token; undefined: none has yet. */
export function useJoined(token: Token) {
  return useQuery({
    queryKey: ['joined', token.id],
    queryFn: async () => {
      const on = `enrolled_at >= timestamp(${JSON.stringify(token.createdAt)})`;
      const query = { on, limit: MAX_SHOWN, fields: 'id,hostname,state,enrolledWith,fingerprint' };
      const { items } = await take(api.GET('/api/v1/devices', { params: { query } }));
      return items.find(({ enrolledWith }) => enrolledWith === token.id) ?? null;
    },
  });
}

/** All that a device that comes changes. */
const COMING = [['joined'], ['pending-devices'], ['enrollment-tokens']] as const;

/** Whatever comes is read as soon as the server says so. */
export function useComing(): void {
  const changed = useAgain();
  useStream('/api/v1/events', { device: () => changed(...COMING), open: () => changed(...COMING) });
}
