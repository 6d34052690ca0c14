// Passwords: argon2id, few at a time, and the same work for names that nobody has.
import { randomBytes } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';
import { fail } from '../../errors.ts';
import { MAX_HASHES_WAITING, MAX_HASHING, MIN_PASSWORD_CHARS } from './limits.ts';
import { isWorstPassword } from './worst-passwords.ts';

/** OWASP's least for argon2id: 19 MiB, two passes, one lane; about 20 ms of a core. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Sets and checks passwords. */
export interface Passwords {
  /** The password in PHC form. @throws MusterError E_PASSWORD, E_BUSY */
  make(password: string, about: readonly string[]): Promise<string>;
  /** False also where there is no hash, after the same work. @throws MusterError E_BUSY */
  check(password: string, stored: string | null): Promise<boolean>;
}

/** Spelling that keyboards of different systems give the same letters. */
function normalize(password: string): string {
  return password.normalize('NFKC');
}

/** What is wrong with a password; null: nothing. `about` are words of its person. */
function findFault(password: string, about: readonly string[]): string | null {
  const length = [...password].length;
  if (length < MIN_PASSWORD_CHARS)
    return `The password has ${length} characters; take at least ${MIN_PASSWORD_CHARS}.`;
  if (isWorstPassword(password, about))
    return 'This password is one of those that are tried first; take another one.';
  return null;
}

/** Makes it. */
export function createPasswords(): Passwords {
  const turn = createGate();
  let nobody: Promise<string> | undefined;
  return {
    make(password, about) {
      const fault = findFault(normalize(password), about);
      if (fault !== null) throw fail('E_PASSWORD', { detail: fault });
      return turn(() => hash(normalize(password), cost));
    },
    async check(password, stored) {
      nobody ??= hash(randomBytes(16), cost);
      const against = stored ?? (await nobody);
      const isRight = await turn(() => verify(against, normalize(password)));
      return isRight && stored !== null;
    },
  };
}

/** Few at a time, and few that wait: each takes memory and a core. */
function createGate() {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async function run<T>(work: () => Promise<T>): Promise<T> {
    if (running >= MAX_HASHING) {
      if (waiting.length >= MAX_HASHES_WAITING)
        throw fail('E_BUSY', { detail: 'Too many people are signing in.' });
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      // Whoever is next takes this place.
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
