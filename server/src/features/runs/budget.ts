// The blast-radius budgets: how many devices a signer and the organization may reach in a time.
import { withMappedErrors } from '../../core/db/failures.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { fail } from '../../errors.ts';
import type { JudgedCommand } from './judge.ts';
import { BUDGET_MS, budgets, DESTRUCTIVE_BUDGET_MS } from './limits.ts';
import { selectSpent } from './store.ts';

/** @throws MusterError E_BUDGET naming whose budget is spent */
export async function checkBudget(
  sql: RawSql,
  tenant: number,
  { judged, nowMs }: { readonly judged: JudgedCommand; readonly nowMs: number },
): Promise<void> {
  const { commandClass, targets, command } = judged;
  if (commandClass !== 'privileged' && commandClass !== 'destructive') return;
  const budget = budgets[commandClass];
  const since = new Date(nowMs - (commandClass === 'destructive' ? DESTRUCTIVE_BUDGET_MS : BUDGET_MS));
  const question = { commandClass, requester: command.requester, since };
  const spent = await withMappedErrors(() => selectSpent(sql, tenant, question));
  const when = commandClass === 'destructive' ? 'in a day' : 'in an hour';
  if (spent.signer + targets > budget.signer) {
    throw fail('E_BUDGET', {
      detail: `${command.requester} may reach ${budget.signer} devices with ${commandClass} commands ${when}; ${spent.signer} are used.`,
    });
  }
  if (spent.organization + targets <= budget.organization) return;
  throw fail('E_BUDGET', {
    detail: `The organization may reach ${budget.organization} devices with ${commandClass} commands ${when}; ${spent.organization} are used.`,
  });
}
