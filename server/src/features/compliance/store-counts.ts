// Statements that count: how many items of each rule stand how, now and at a moment of the past, over all devices or some of them.
import { timestamps } from '../../core/db/columns.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { inScope } from '../../core/db/scope.ts';
import type { DeviceSet } from '../../core/http/scope.ts';

/** A count. */
export interface CountRow {
  readonly policy: string;
  readonly rule: string;
  readonly mode: number;
  readonly state: number;
  readonly count: number;
}

/** Which rules are counted. */
export interface RuleFilter {
  readonly tenant: number;
  /** Absent: all. */
  readonly policy?: string | undefined;
  readonly rule?: string | undefined;
}

/** The rules of a filter, as `r`. */
function rulesOf(sql: RawSql, { tenant, policy, rule }: RuleFilter) {
  return sql`(SELECT rule_id, policy, rule FROM compliance_rule WHERE tenant = ${tenant}
    ${policy === undefined ? sql`` : sql`AND policy = ${policy}`} ${rule === undefined ? sql`` : sql`AND rule = ${rule}`}) AS r`;
}

/** A state, where a device that does not report stands for that with all items of rules that are for it. */
function shownState(sql: RawSql) {
  return sql`CASE WHEN is_silent AND state NOT IN (5, 6) THEN 7 ELSE state END`;
}

/** Over all devices: the counters, at a moment without what changed since. A moment is the beginning of an hour, or of a day. */
export function readCounters(sql: RawSql, filter: RuleFilter, moment: Date | null): Promise<CountRow[]> {
  const { tenant } = filter;
  if (moment === null)
    return sql<CountRow[]>`
      SELECT policy, rule, mode, state, sum(count)::integer AS count
      FROM compliance_count JOIN ${rulesOf(sql, filter)} USING (rule_id)
      WHERE tenant = ${tenant} AND count <> 0 GROUP BY policy, rule, mode, state`;
  return sql<CountRow[]>`
    SELECT policy, rule, mode, state, sum(count)::integer AS count FROM (
      SELECT rule_id, mode, state, count FROM compliance_count WHERE tenant = ${tenant}
      UNION ALL
      SELECT rule_id, mode, state, -delta FROM compliance_change WHERE tenant = ${tenant} AND hour >= ${moment}
    ) AS c JOIN ${rulesOf(sql, filter)} USING (rule_id)
    GROUP BY policy, rule, mode, state HAVING sum(count) <> 0`;
}

/** Over some devices, from their rows. */
export function countItems(
  sql: RawSql,
  filter: RuleFilter & { readonly within: DeviceSet | null },
): Promise<CountRow[]> {
  return sql<CountRow[]>`
    SELECT policy, rule, mode, shown AS state, count(*)::integer AS count FROM (
      SELECT rule_id, mode, ${shownState(sql)} AS shown FROM (
        SELECT idx, rule_id, mode, state FROM compliance WHERE tenant = ${filter.tenant} ${inScope(sql, filter.within)}
      ) AS c JOIN (
        SELECT idx, silent_since IS NOT NULL AS is_silent FROM compliance_device WHERE tenant = ${filter.tenant}
      ) AS d USING (idx)
    ) AS i JOIN ${rulesOf(sql, filter)} USING (rule_id)
    GROUP BY policy, rule, mode, shown`;
}

/** Over some devices at moments of the past, from their rows and what has ended since. One statement for all moments. */
export function countItemsThen(
  sql: RawSql,
  filter: RuleFilter & { readonly within: DeviceSet | null },
  moments: readonly Date[],
): Promise<(CountRow & { readonly moment: Date })[]> {
  const { tenant, within } = filter;
  const first = moments[0] ?? new Date(0);
  return sql`
    WITH silent AS MATERIALIZED (
      SELECT idx, silent_since AS since, 'infinity'::timestamptz AS until FROM compliance_device
      WHERE tenant = ${tenant} AND silent_since IS NOT NULL ${inScope(sql, within)}
      UNION ALL
      SELECT idx, since, until FROM compliance_past
      WHERE tenant = ${tenant} AND rule_id = 0 AND until >= ${first} ${inScope(sql, within)}
    ), stood AS (
      SELECT idx, rule_id, mode, state, since, 'infinity'::timestamptz AS until FROM compliance
      WHERE tenant = ${tenant} ${inScope(sql, within)}
      UNION ALL
      SELECT idx, rule_id, mode, state, since, until FROM compliance_past
      WHERE tenant = ${tenant} AND rule_id > 0 AND until >= ${first} ${inScope(sql, within)}
    ), then_silent AS MATERIALIZED (
      SELECT DISTINCT moment, idx FROM unnest(${timestamps(sql, moments)}) AS moment
      JOIN silent ON silent.since < moment AND silent.until >= moment
    )
    SELECT moment, policy, rule, mode, shown AS state, count(*)::integer AS count FROM (
      SELECT moment, policy, rule, mode, ${shownState(sql)} AS shown FROM (
        SELECT m.moment, stood.idx, policy, rule, mode, state, then_silent.idx IS NOT NULL AS is_silent
        FROM unnest(${timestamps(sql, moments)}) AS m (moment)
        JOIN stood ON stood.since < m.moment AND stood.until >= m.moment
        JOIN ${rulesOf(sql, filter)} USING (rule_id)
        LEFT JOIN then_silent ON then_silent.moment = m.moment AND then_silent.idx = stood.idx
      ) AS one
    ) AS shown_of GROUP BY moment, policy, rule, mode, shown`;
}

/** By how much the counters changed a day since a moment, the beginning of one. */
export function readChanges(
  sql: RawSql,
  filter: RuleFilter,
  from: Date,
): Promise<{ readonly day: Date; readonly state: number; readonly delta: number }[]> {
  return sql`
    SELECT date_trunc('day', hour, 'UTC') AS day, state, sum(delta)::integer AS delta
    FROM compliance_change JOIN ${rulesOf(sql, filter)} USING (rule_id)
    WHERE tenant = ${filter.tenant} AND hour >= ${from} GROUP BY 1, 2`;
}
