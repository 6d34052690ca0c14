// user.unlock: takes back what user.lock and device.lock did to an account.
import type { KindArgs } from '@muster/protocol/commands';
import { findAccount } from './accounts/course.ts';
import type { Account } from './accounts/read.ts';
import { unlockAccount } from './accounts/usermod.ts';
import type { Kind } from './kind.ts';
import { actBy, holds, refuse } from './programs/find.ts';

/** An end that lies ahead is the owner's own, and stays. A lone `!` is an account that never had a password. */
function isOpen({ hash, expiresDay }: Account, nowMs: number): boolean {
  const hasEnded = expiresDay !== null && expiresDay <= nowMs / 86_400_000;
  return !hasEnded && (!hash.startsWith('!') || hash.replace(/^!+/, '') === '');
}

/** Unlocks a local account. */
export const userUnlock: Kind<KindArgs<'user.unlock'>> = {
  name: 'user.unlock',
  async check({ name }, context) {
    const found = await findAccount(name, context);
    if ('state' in found) return found;
    if (isOpen(found.account, context.now())) return holds(`${name} is not locked.`);
    const program = await unlockAccount(context, found.account);
    if (program === null) return refuse('E_UNSUPPORTED', 'There is no usermod here.');
    return actBy(program, `Unlock ${name}.`);
  },
  async verify({ name }, context) {
    const found = await findAccount(name, context);
    return 'account' in found && isOpen(found.account, context.now()) ? null : `${name} is still locked.`;
  },
};
