// What all share that changes accounts: which of them it never touches.
import type { Check, KindContext } from '../kind.ts';
import { filesOf, refuse } from '../programs/find.ts';
import { type Account, canSignIn, readAccounts } from './read.ts';

/** Accounts of the agent: the core runs as `muster`. */
const OWN = /^muster(?:-[a-z]+)*$/;

/** The account, or why it may not be touched. */
export async function findAccount(name: string, context: KindContext): Promise<{ account: Account } | Check> {
  const account = (await readAccounts(filesOf(context))).find((one) => one.name === name);
  if (account === undefined) return refuse('E_NOT_FOUND', `There is no local account ${name}.`);
  if (account.uid === 0) return refuse('E_PROTECTED', `${name} is root.`);
  if (OWN.test(name)) return refuse('E_PROTECTED', `${name} is the account of the agent.`);
  return { account };
}

/** True for an account or group of the agent. */
export function isOwnName(name: string): boolean {
  return OWN.test(name);
}

/** True when nobody but these who may become root could still sign in, though one of them can now. */
export async function areLastAdmins(names: readonly string[], context: KindContext): Promise<boolean> {
  const admins = (await readAccounts(filesOf(context))).filter(
    (one) => one.isAdmin && canSignIn(one, context.now()),
  );
  return admins.length > 0 && admins.every(({ name }) => names.includes(name));
}
