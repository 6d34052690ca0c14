// Changes accounts by usermod. A lock is the password and the account's end, since the first alone leaves keys working.
import type { KindContext, Program } from '../kind.ts';
import { findProgram } from '../programs/find.ts';
import type { Account } from './read.ts';

const usermodPaths = ['/usr/sbin/usermod', '/sbin/usermod'] as const;
/** One change of an account takes milliseconds; it may wait for a lock of the password file. */
const USERMOD_MS = 60_000;

/** Day of the end that a lock sets, days since 1970, as usermod(8) recommends. */
const ENDED_DAY = '1';

/** usermod with these arguments on one account; null where the device has none. */
async function usermod(
  context: KindContext,
  options: readonly string[],
  name: string,
): Promise<Program | null> {
  const path = await findProgram(context, usermodPaths);
  // --prefix and not --root: it needs nothing inside the folder but the files themselves.
  const where = context.root === '' ? [] : [`--prefix=${context.root}`];
  return path === null ? null : { path, args: [...where, ...options, '--', name], timeoutMs: USERMOD_MS };
}

/**
 * Locks. `root` keeps running: an account that has ended can run no timers either, so root only loses its password, and keys for
 * root stay.
 */
export function lockAccount(context: KindContext, { name, uid }: Account): Promise<Program | null> {
  return usermod(context, uid === 0 ? ['--lock'] : ['--lock', '--expiredate', ENDED_DAY], name);
}

/** Unlocks. Where no password is behind the lock there is nothing to unlock but the end: usermod refuses to make an open account. */
export function unlockAccount(context: KindContext, { name, hash }: Account): Promise<Program | null> {
  const hasPassword = hash.startsWith('!') && hash.replace(/^!+/, '') !== '';
  return usermod(context, [...(hasPassword ? ['--unlock'] : []), '--expiredate', ''], name);
}

/** Gives an account another shell. */
export function changeShell(context: KindContext, name: string, shell: string): Promise<Program | null> {
  return usermod(context, ['--shell', shell], name);
}

/** Leaves an account in these groups alone, besides its main one. */
export function keepGroups(
  context: KindContext,
  name: string,
  groups: readonly string[],
): Promise<Program | null> {
  return usermod(context, ['--groups', groups.join(',')], name);
}
