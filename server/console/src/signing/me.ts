// Who looks at this page, his account, and the trust document that decides what his signature is worth.
import type { TrustDocument } from '@muster/protocol';
import { useQuery } from '@tanstack/react-query';
import { api, take } from '../api/client.ts';

interface Look {
  /** Read again so often while somebody waits for a change, ms. */
  readonly everyMs?: number;
  readonly enabled?: boolean;
}

/** The trust document in force, as the server tells it. A page that the server hands out cannot believe less than the server. */
export function useTrust({ everyMs, enabled = true }: Look = {}) {
  return useQuery({
    queryKey: ['trust'],
    queryFn: async () => {
      const view = await take(api.GET('/api/v1/trust'));
      return { ...view, document: view.document as TrustDocument };
    },
    staleTime: 60_000,
    refetchInterval: everyMs ?? false,
    enabled,
  });
}

/** Who is asking, with the keys he has shown to hold. */
export const WHOAMI = ['whoami'] as const;

/** The person who is signed in. */
export function useWhoami({ everyMs, enabled = true }: Look = {}) {
  return useQuery({
    queryKey: WHOAMI,
    queryFn: () => take(api.GET('/api/v1/whoami')),
    staleTime: 60_000,
    refetchInterval: everyMs ?? false,
    enabled,
  });
}

/** The signer of the trust document that this person is, by the keys he has; null: none. */
export function useSignerId(): string | null {
  return useWhoami().data?.person?.signerId ?? null;
}

async function readAccount() {
  return take(api.GET('/api/v1/me'));
}

/** One's own account as the API shows it. */
export type Account = Awaited<ReturnType<typeof readAccount>>;

export const ACCOUNT = ['me'] as const;

/** The account of whoever looks, with its passkeys. */
export function useAccount() {
  return useQuery({ queryKey: ACCOUNT, queryFn: readAccount });
}
