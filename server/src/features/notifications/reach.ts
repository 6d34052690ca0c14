// Of which devices is told: those for which an expression holds, and of these what whoever saved the rule last may see now.
import { isMusterError } from '@muster/protocol';
import { compileExpression, type Expression } from '@muster/protocol/language';
import { withMappedErrors } from '../../core/db/failures.ts';
import type { Grant } from '../../core/http/permission.ts';
import { readStandings, type Standing } from '../access/index.ts';
import type { NotificationDeps } from './deps.ts';
import type { RuleRow } from './store.ts';

/** An expression that can be asked; null: it holds for every device; undefined: it cannot be read any more, and holds for none. */
type Asked = Expression | null | undefined;

/** Expressions were checked when they were stored; one that a later version refuses holds for nobody, and is logged. */
export function compile({ log }: NotificationDeps, text: string | null): Asked {
  if (text === null) return null;
  try {
    return compileExpression(text, { for: 'server' });
  } catch (err) {
    if (!isMusterError(err, 'E_EXPRESSION')) throw err;
    log.warn({ err }, 'an expression of the notifications cannot be read');
    return undefined;
  }
}

/** Whether an expression holds for a device. @throws MusterError E_INDEX */
export async function holds(
  { fleet, tenant }: NotificationDeps,
  expression: Asked,
  idx: number,
): Promise<boolean> {
  if (expression === null) return true;
  if (expression === undefined) return false;
  return fleet.holds(tenant, idx, expression);
}

/** How far a rule tells: of every device that it means, of some of them, of none; of none for as long as its maker is disabled. */
export type Reach = 'all' | 'some' | 'none' | 'person-disabled';

/** Who answers for rules, as far as he may see alerts. */
interface Reaches {
  of(rule: Pick<RuleRow, 'maker'>): Reach;
  /** Whether a rule may tell of a device. @throws MusterError E_INDEX */
  allows(rule: Pick<RuleRow, 'maker'>, idx: number): Promise<boolean>;
}

/** As for every other limit: what somebody may see must not follow what others make of a group. */
function isLimit(one: Asked): boolean {
  return one !== undefined && (one === null || one.groups.size === 0);
}

/** Within which limits somebody with these grants sees alerts; null: without one. */
function readLimits(deps: NotificationDeps, grants: readonly Grant[] = []): readonly Asked[] {
  const seeing = grants.filter(({ permission }) => permission === 'alerts.read');
  return seeing.map(({ where }) => compile(deps, where)).filter(isLimit);
}

/** What the makers of rules may see now, by one statement. A rule without a maker was made by the host, which sees all. */
export async function readReaches(
  deps: NotificationDeps,
  rules: readonly Pick<RuleRow, 'maker'>[],
): Promise<Reaches> {
  const { sql, tenant } = deps;
  const makers = [...new Set(rules.flatMap(({ maker }) => maker ?? []))];
  const standings =
    makers.length === 0
      ? new Map<string, Standing>()
      : await withMappedErrors(() => readStandings(sql, tenant, makers));
  const limits = new Map<string, readonly Asked[]>();
  function limitsOf(maker: string | null): readonly Asked[] {
    if (maker === null) return [null];
    const known = limits.get(maker);
    if (known !== undefined) return known;
    const found = readLimits(deps, standings.get(maker)?.grants);
    limits.set(maker, found);
    return found;
  }
  return {
    of({ maker }) {
      const found = limitsOf(maker);
      if (found.includes(null)) return 'all';
      if (found.length > 0) return 'some';
      const might = maker === null ? undefined : standings.get(maker)?.whenEnabled;
      return readLimits(deps, might).length > 0 ? 'person-disabled' : 'none';
    },
    async allows({ maker }, idx) {
      for (const limit of limitsOf(maker)) if (await holds(deps, limit, idx)) return true;
      return false;
    },
  };
}
