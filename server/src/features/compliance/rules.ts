// Numbers of what rules decide about. A rule gets its number when a device first names it while it is in force: a device can make none up.
import type { PolicyItem } from '@muster/protocol';
import { readRevision } from '@muster/protocol/policy';
import type { ComplianceDeps } from './deps.ts';
import { MAX_KNOWN_RULES } from './limits.ts';
import { insertRules, type RuleItem, selectRuleIds } from './store-rules.ts';

type Named = Pick<PolicyItem, 'policy' | 'rule' | 'item'>;

/** Number of one of a batch; undefined: no rule that was ever in force says so. */
export type FindNumber = (tenant: number, item: Named) => number | undefined;

/** Finds those of a batch. Nothing is read where all are known, else up to five statements. */
export type LearnNumbers = (items: readonly (Named & { readonly tenant: number })[]) => Promise<FindNumber>;

const keyOf = (tenant: number, { policy, rule, item }: Named) => `${tenant}/${policy}/${rule}/${item}`;

/** Makes it. */
export function createLearnNumbers(deps: Pick<ComplianceDeps, 'sql' | 'tenant' | 'policies'>): LearnNumbers {
  const known = new Map<string, number>();

  return async (items) => {
    const found = new Map<string, number>();
    const missing = new Map<string, RuleItem>();
    for (const one of items) {
      const key = keyOf(one.tenant, one);
      const { tenant, policy, rule, item } = one;
      const id = known.get(key);
      if (id === undefined) missing.set(key, { tenant, policy, rule, item });
      else found.set(key, id);
    }
    if (missing.size > 0) {
      if (known.size + missing.size > MAX_KNOWN_RULES) known.clear();
      for (const row of await readNumbers(deps, [...missing.values()])) {
        known.set(keyOf(row.tenant, row), row.ruleId);
        found.set(keyOf(row.tenant, row), row.ruleId);
      }
    }
    return (tenant, item) => found.get(keyOf(tenant, item));
  };
}

/** Those that have a number, or get one now. */
async function readNumbers(
  { sql, tenant, policies }: Pick<ComplianceDeps, 'sql' | 'tenant' | 'policies'>,
  items: readonly RuleItem[],
): Promise<readonly (RuleItem & { readonly ruleId: number })[]> {
  const rows = await selectRuleIds(sql, items);
  const numbered = new Set(rows.map((row) => keyOf(row.tenant, row)));
  const others = items.filter((one) => one.tenant === tenant && !numbered.has(keyOf(tenant, one)));
  if (others.length === 0) return rows;
  const { members } = await policies.present();
  const rulesOf = new Map(
    members.map(({ name, row, opened }) => [name, (opened ?? readRevision(row.envelope)).policy.rules]),
  );
  const real = others.filter(({ policy, rule, item }) =>
    rulesOf.get(policy)?.some((one) => one.id === rule && one.item === item),
  );
  if (real.length === 0) return rows;
  await insertRules(sql, real);
  return [...rows, ...(await selectRuleIds(sql, real))];
}
