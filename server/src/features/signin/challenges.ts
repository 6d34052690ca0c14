// Challenges that wait for an authenticator: single use, bound to a purpose and to whom they were given, gone after five minutes.
import { randomBytes } from 'node:crypto';
import { encodeBase64url } from '@muster/protocol';
import type { Clock } from '../../core/clock.ts';
import { fail } from '../../errors.ts';
import { CHALLENGE_MS, MAX_CHALLENGES, MAX_OPEN_EACH } from './limits.ts';
import { createPool } from './pool.ts';

/** What an answer to a challenge does. */
export type Purpose = 'sign-in' | 'step-up' | 'register' | 'setup';

/** A challenge and what it is for. */
export interface ChallengeUse {
  readonly purpose: Purpose;
  /** Person or setup link it was given to; empty where nobody is known yet. */
  readonly subject: string;
}

/** The challenges of this process. */
export interface Challenges {
  /** Keeps a challenge; the id under which it is taken. */
  give(challenge: string, use: ChallengeUse): string;
  /** The challenge; whatever comes of it, it is gone. @throws MusterError E_CHALLENGE */
  take(id: string, use: ChallengeUse): string;
}

/** Makes them. In memory: an anonymous request writes nothing to the database. */
export function createChallenges(clock: Clock): Challenges {
  const limits = { lifeMs: CHALLENGE_MS, max: MAX_CHALLENGES, maxEach: MAX_OPEN_EACH };
  const pool = createPool<ChallengeUse & { readonly challenge: string }>(clock, limits);
  return {
    give(challenge, { purpose, subject }) {
      const id = encodeBase64url(randomBytes(16));
      const owner = purpose === 'sign-in' ? null : `${purpose} ${subject}`;
      pool.keep(id, { challenge, purpose, subject }, owner);
      return id;
    },
    take(id, { purpose, subject }) {
      const found = pool.take(id);
      if (found?.purpose !== purpose || found.subject !== subject) throw fail('E_CHALLENGE');
      return found.challenge;
    },
  };
}
