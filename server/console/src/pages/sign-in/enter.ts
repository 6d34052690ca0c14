// Signing in, whichever way, and going on where one wanted to go.
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { parseNext, toNext } from '../../app/next.ts';
import { isCanceled } from '../../app/passkey.ts';
import { type Session, useEnter } from '../../app/session.ts';

/** Pure: where one wanted to go, or Home. */
export function safeNext(next: string | undefined): string {
  const { pathname, search, hash } = parseNext(next);
  return pathname + search + hash;
}

/** Pure: the way to a provider, which leads back to where one wanted to go. */
export function toProvider(id: string, next: string | undefined): string {
  const path = toNext(next);
  const query = path === '/' ? '' : `?${new URLSearchParams({ next: path })}`;
  return `/api/v1/signin/oidc/${encodeURIComponent(id)}/start${query}`;
}

/** Runs ways of signing in, one at a time. */
export function useEntering(next: string | undefined) {
  const enter = useEnter();
  const navigate = useNavigate();
  const [error, setError] = useState<unknown>(null);
  const [isCanceledHere, setCanceled] = useState(false);
  const [isBusy, setBusy] = useState(false);

  async function begin(work: () => Promise<Session>, isQuiet = false): Promise<void> {
    if (!isQuiet) {
      setBusy(true);
      setError(null);
      setCanceled(false);
    }
    try {
      const session = await work();
      enter(session);
      await navigate({ href: session.mustSetUp === null ? safeNext(next) : '/me', replace: true });
    } catch (thrown) {
      // What was only offered and not taken is no failure.
      if (isQuiet) return;
      if (isCanceled(thrown)) setCanceled(true);
      else setError(thrown);
    } finally {
      if (!isQuiet) setBusy(false);
    }
  }

  return { begin, error, isBusy, wasCanceled: isCanceledHere };
}
