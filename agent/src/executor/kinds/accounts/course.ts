// What user.lock and user.unlock share: which accounts they never touch.

import type { Check, KindContext } from '../kind.ts';
import { filesOf, refuse } from '../programs/find.ts';
import { type Account, readAccounts } from './read.ts';

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
