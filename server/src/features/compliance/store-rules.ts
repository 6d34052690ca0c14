// Statements about the numbers of what rules decide about.
import { int4s, texts } from '../../core/db/columns.ts';
import type { RawSql } from '../../core/db/pool.ts';

/** A rule and what it decides about. */
export interface RuleItem {
  readonly tenant: number;
  readonly policy: string;
  readonly rule: string;
  readonly item: string;
}

function names(sql: RawSql, items: readonly RuleItem[]) {
  const words = (of: (item: RuleItem) => string) => texts(sql, items.map(of));
  const tenants = int4s(
    sql,
    items.map(({ tenant }) => tenant),
  );
  return sql`unnest(${tenants}, ${words(({ policy }) => policy)}, ${words(({ rule }) => rule)}, ${words(({ item }) => item)})
    AS one (tenant, policy, rule, item)`;
}

/** Numbers of those that have one. */
export function selectRuleIds(
  sql: RawSql,
  items: readonly RuleItem[],
): Promise<(RuleItem & { readonly ruleId: number })[]> {
  return sql`SELECT tenant, rule_id AS "ruleId", policy, rule, item FROM compliance_rule
    JOIN ${names(sql, items)} USING (tenant, policy, rule, item)`;
}

/** Gives those a number that have none, in one order. */
export async function insertRules(sql: RawSql, items: readonly RuleItem[]): Promise<void> {
  await sql`INSERT INTO compliance_rule (tenant, policy, rule, item)
    SELECT * FROM ${names(sql, items)} ORDER BY tenant, policy, rule, item ON CONFLICT DO NOTHING`;
}
