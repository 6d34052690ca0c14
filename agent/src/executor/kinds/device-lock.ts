// device.lock: every account that can sign in is locked, root loses its password, all sessions are ended.
import type { KindArgs } from '@muster/protocol/commands';
import { type Account, canSignIn, isLocked, readAccounts } from './accounts/read.ts';
import { lockAccount } from './accounts/usermod.ts';
import type { InsideOutcome, Kind, KindContext, Program } from './kind.ts';
import { filesOf, findProgram, holds, look, quoteOutput, refuse } from './programs/find.ts';

const loginctlPaths = ['/usr/bin/loginctl', '/bin/loginctl'] as const;

/** True for an account that a lock would still change. */
function isOpen(account: Account, nowMs: number): boolean {
  // An account without a usable password (`*`, `!`) opens by keys only; root keeps these (see usermod.ts).
  if (account.uid === 0) return account.hasShell && account.hash !== '' && !/^[!*]/.test(account.hash);
  return canSignIn(account, nowMs) && !isLocked(account, nowMs);
}

async function listOpen(context: KindContext): Promise<Account[]> {
  return (await readAccounts(filesOf(context))).filter((account) => isOpen(account, context.now()));
}

async function endSessions(context: KindContext, names: readonly string[]): Promise<readonly Program[]> {
  const runs = (await filesOf(context).stat('/run/systemd/system')) !== null;
  const path = runs ? await findProgram(context, loginctlPaths) : null;
  return path === null ? [] : names.map((name) => look(path, ['terminate-user', '--', name]));
}

/** Goes through all of them, whatever one of them answers: a half-locked device is better than an open one. */
async function lockAll(accounts: readonly Account[], context: KindContext): Promise<InsideOutcome> {
  const lines: string[] = [];
  let failed = 0;
  for (const account of accounts) {
    const program = await lockAccount(context, account);
    const ended = program === null ? null : await context.read(program);
    if (ended?.exit !== 0) failed += 1;
    lines.push(
      `${account.name}: ${ended?.exit === 0 ? 'locked' : `not locked: ${quoteOutput(ended?.output ?? 'no usermod')}`}`,
    );
  }
  for (const program of await endSessions(
    context,
    accounts.map(({ name }) => name),
  )) {
    const { exit, output } = await context.read(program);
    lines.push(`sessions of ${program.args.at(-1) ?? ''}: ${exit === 0 ? 'ended' : quoteOutput(output)}`);
  }
  const summary = `${accounts.length - failed} of ${accounts.length} accounts locked.`;
  return { ok: failed === 0, summary, output: `${lines.join('\n')}\n` };
}

/** Locks every account that can sign in, and ends their sessions. */
export const deviceLock: Kind<KindArgs<'device.lock'>> = {
  name: 'device.lock',
  async check(_args, context) {
    const accounts = await listOpen(context);
    const [first] = accounts;
    if (first === undefined) return holds('No account here can sign in.');
    if ((await lockAccount(context, first)) === null)
      return refuse('E_UNSUPPORTED', 'There is no usermod here.');
    const shown = accounts.slice(0, 16).map(({ name }) => name);
    const more = accounts.length > shown.length ? ` and ${accounts.length - shown.length} more` : '';
    return {
      state: 'act',
      summary: `Lock ${shown.join(', ')}${more}, and end their sessions.`,
      effect: { where: 'inside', run: () => lockAll(accounts, context) },
    };
  },
  async verify(_args, context) {
    const left = (await listOpen(context)).map(({ name }) => name);
    return left.length === 0 ? null : `Still open: ${left.slice(0, 16).join(', ')}.`;
  },
};
