// user.lock: the password and the account end; never root, the agent's account, or the last who may become root.
import type { KindArgs } from '@muster/protocol/commands';
import { areLastAdmins, findAccount } from './accounts/course.ts';
import { isLocked } from './accounts/read.ts';
import { lockAccount } from './accounts/usermod.ts';
import type { Kind } from './kind.ts';
import { actBy, holds, refuse } from './programs/find.ts';

/** Locks a local account. */
export const userLock: Kind<KindArgs<'user.lock'>> = {
  name: 'user.lock',
  async check({ name }, context) {
    const found = await findAccount(name, context);
    if ('state' in found) return found;
    if (isLocked(found.account, context.now())) return holds(`${name} is locked already.`);
    if (await areLastAdmins([name], context))
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
