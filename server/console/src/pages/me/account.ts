// Acts on one's own account, after which it is read again.
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { isCanceled } from '../../app/passkey.ts';
import { doubtSession } from '../../app/session.ts';
import { useText } from '../../app/text.ts';
import { showFailure } from '../../parts/show-failure.tsx';
import { ACCOUNT } from '../../signing/me.ts';
import { text } from './text.ts';

/** Runs acts on the account: shows what fails, and reads account and session again after each. */
export function useAct() {
  const say = useText(text);
  const queries = useQueryClient();
  const [isBusy, setBusy] = useState(false);
  async function act<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
    setBusy(true);
    try {
      const result = await work();
      await queries.invalidateQueries({ queryKey: ACCOUNT });
      doubtSession(queries);
      return result;
    } catch (error) {
      if (!isCanceled(error)) showFailure(error, say('failed'));
      return undefined;
    } finally {
      setBusy(false);
    }
  }
  return { act, isBusy };
}
