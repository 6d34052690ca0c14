// Keys of tokens, remembered: the devices of a rollout bring the same one. Whether it can be spent is not known here.
import { MAX_TOKEN_KEYS } from './limits.ts';
import type { TokenKey } from './store.ts';

/** Makes the reader over a statement for one token. What is read at the same time is read once, and what is not there is asked for again. */
export function createTokenKeys(
  select: (id: string) => Promise<TokenKey | undefined>,
): (id: string) => Promise<TokenKey | undefined> {
  const keys = new Map<string, Promise<TokenKey | undefined>>();

  async function read(id: string): Promise<TokenKey | undefined> {
    let found: TokenKey | undefined;
    try {
      found = await select(id);
      return found;
    } finally {
      if (found === undefined) keys.delete(id);
    }
  }

  return (id) => {
    const known = keys.get(id);
    if (known !== undefined) return known;
    const reading = read(id);
    keys.set(id, reading);
    for (const oldest of keys.keys()) if (keys.size > MAX_TOKEN_KEYS) keys.delete(oldest);
    return reading;
  };
}
