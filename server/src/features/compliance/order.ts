// Keeps the order of one session's reports: what comes after one that was put off is put off too, for an older number changes nothing.
import { isMusterError } from '@muster/protocol';
import { fail } from '../../errors.ts';
import { MAX_PUT_OFF } from './limits.ts';

/** Lets reports through in their order. */
export interface Turnstile {
  /**
   * Does the work, unless an earlier number of that session was put off and has not come again.
   * @throws MusterError E_UNAVAILABLE where it has to come again, and whatever the work throws
   */
  pass(session: object, seq: number, work: () => Promise<void>): Promise<void>;
}

/** Makes one. What it knows of a session goes with the session. */
export function createTurnstile(): Turnstile {
  const putOff = new WeakMap<object, Set<number>>();
  return {
    async pass(session, seq, work) {
      const waiting = putOff.get(session) ?? new Set<number>();
      try {
        if ([...waiting].some((one) => one < seq))
          throw fail('E_UNAVAILABLE', { detail: 'A report before this one has not been stored yet.' });
        await work();
        waiting.delete(seq);
      } catch (error) {
        const isPassing = isMusterError(error) && error.retryable;
        if (!isPassing) waiting.delete(seq);
        else if (waiting.size < MAX_PUT_OFF) {
          waiting.add(seq);
          putOff.set(session, waiting);
        }
        throw error;
      }
    },
  };
}
