// user.lock: the password and the account end; never root, the agent's account, or the last who may become root.
import type { KindArgs } from '@muster/protocol/commands';
import { findAccount } from './accounts/course.ts';
import { canSignIn, isLocked, readAccounts } from './accounts/read.ts';
import { lockAccount } from './accounts/usermod.ts';
import type { Kind, KindContext } from './kind.ts';
import { actBy, filesOf, holds, refuse } from './programs/find.ts';

/** True when nobody else who may become root could still sign in. */
async function isLastAdmin(name: string, context: KindContext): Promise<boolean> {
  const admins = (await readAccounts(filesOf(context))).filter(
    (one) => one.isAdmin && canSignIn(one, context.now()),
  );
  return admins.length === 1 && admins[0]?.name === name;
}

/** Locks a local account. */
export const userLock: Kind<KindArgs<'user.lock'>> = {
  name: 'user.lock',
  async check({ name }, context) {
    const found = await findAccount(name, context);
    if ('state' in found) return found;
    if (isLocked(found.account, context.now())) return holds(`${name} is locked already.`);
    if (await isLastAdmin(name, context))
      return refuse('E_PROTECTED', `${name} is the last account that may become root here.`);
    const program = await lockAccount(context, found.account);
    if (program === null) return refuse('E_UNSUPPORTED', 'There is no usermod here.');
    return actBy(program, `Lock ${name}; sessions that are open go on.`);
  },
  async verify({ name }, context) {
    const found = await findAccount(name, context);
    return 'account' in found && isLocked(found.account, context.now()) ? null : `${name} is not locked.`;
  },
};
