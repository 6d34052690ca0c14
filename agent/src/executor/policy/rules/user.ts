// Rule `user` on the device: by passwd and shadow; what it repairs only ever takes away or gives back a sign-in, as the kinds of command do.
import type { WantedOf } from '@muster/protocol/policy';
import { areLastAdmins, findAccount } from '../../kinds/accounts/course.ts';
import { type Account, isNoShell } from '../../kinds/accounts/read.ts';
import { changeShell } from '../../kinds/accounts/usermod.ts';
import type { Check, KindContext } from '../../kinds/kind.ts';
import { actBy, filesOf, holds, refuse } from '../../kinds/programs/find.ts';
import { userLock } from '../../kinds/user-lock.ts';
import { userUnlock } from '../../kinds/user-unlock.ts';
import { compliant, drifted, notApplicable, type RuleOnDevice, type Step } from '../rule.ts';

type Wanted = WantedOf<'user'>;

/** Where systems have the shell that lets nobody in. */
const NO_SHELLS = ['/usr/sbin/nologin', '/sbin/nologin', '/usr/bin/false', '/bin/false'];

/** Where only root puts programs: one of that name elsewhere may be anybody's. */
const SYSTEM = /^\/(?:usr\/)?s?bin\/[^/]+$/;

/** Days since 1970. */
const dayOf = (ms: number) => ms / 86_400_000;

/** No password fits, and keys open nothing either. Root's account never ends, so there the password is all. */
function isShut({ hash, hasShell, expiresDay, uid }: Account, nowMs: number): boolean {
  const hasEnded = expiresDay !== null && expiresDay <= dayOf(nowMs);
  return /^[!*]/.test(hash) && (uid === 0 || !hasShell || hasEnded);
}

function fitsShell(account: Account, shell: string): boolean {
  return shell === 'none' ? !account.hasShell : account.shell === shell;
}

/** Of the password only whether there is one: nothing of it leaves this process. */
function describe(account: Account, nowMs: number): string {
  const password = /^[!*]/.test(account.hash)
    ? 'no password fits'
    : account.hash === ''
      ? 'needs no password'
      : 'has a password';
  const hasEnded = account.expiresDay !== null && account.expiresDay <= dayOf(nowMs);
  return [password, ...(hasEnded ? ['has ended'] : []), `shell ${account.shell || 'as usual'}`].join(', ');
}

async function planUnlock(name: string, context: KindContext): Promise<Check> {
  const found = await findAccount(name, context);
  if ('account' in found && !found.account.hasShell)
    return refuse('E_UNSUPPORTED', `${name} has no shell to sign in with; a policy gives none.`);
  return userUnlock.check({ name }, context);
}

/** The shell to be set: one that is here and lets nobody in; null where there is none. */
async function findNoShell(shell: string, context: KindContext): Promise<string | null> {
  for (const path of shell === 'none' ? NO_SHELLS : [shell])
    if ((await filesOf(context).stat(path))?.isFile() === true) return path;
  return null;
}

async function planShell(name: string, shell: string, context: KindContext): Promise<Check> {
  const found = await findAccount(name, context);
  if ('state' in found) return found;
  if (fitsShell(found.account, shell)) return holds(`${name} has that shell already.`);
  if (shell !== 'none' && !(isNoShell(shell) && SYSTEM.test(shell)))
    return refuse(
      'E_PROTECTED',
      `${shell} may let somebody sign in as ${name}; a policy gives no such shell.`,
    );
  if (await areLastAdmins([name], context))
    return refuse('E_PROTECTED', `${name} is the last account that may become root here.`);
  const path = await findNoShell(shell, context);
  if (path === null) return refuse('E_NOT_FOUND', 'There is no such shell here.');
  const program = await changeShell(context, name, path);
  if (program === null) return refuse('E_UNSUPPORTED', 'There is no usermod here.');
  return actBy(program, `Let nobody sign in as ${name}: its shell is ${path}.`);
}

/** All of them close or open a sign-in, as the two kinds of command do. */
function listSteps({ name, locked, shell }: Wanted): Step[] {
  const step = (kind: string, plan: Step['plan']): Step => ({ kinds: [kind], names: [name], plan });
  return [
    ...(shell === undefined ? [] : [step('user.lock', (context) => planShell(name, shell, context))]),
    ...(locked === true ? [step('user.lock', (context) => userLock.check({ name }, context))] : []),
    ...(locked === false ? [step('user.unlock', (context) => planUnlock(name, context))] : []),
  ];
}

export const userOnDevice: RuleOnDevice<Wanted> = {
  watched: () => ['/etc/passwd', '/etc/shadow'],
  async check({ name, locked, shell }, facts) {
    const account = (await facts.users()).find((one) => one.name === name);
    if (account === undefined) return notApplicable('there is no such account');
    const nowMs = facts.context.now();
    const found = describe(account, nowMs);
    const fits =
      (locked === undefined || locked === isShut(account, nowMs)) &&
      (shell === undefined || fitsShell(account, shell));
    return fits ? compliant(found) : drifted(found);
  },
  plan: listSteps,
};
