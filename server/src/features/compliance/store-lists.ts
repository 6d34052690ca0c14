// Statements that list how items stand: those of a device, and those of a rule on all devices or some.
import type { RawSql } from '../../core/db/pool.ts';
import { inScope } from '../../core/db/scope.ts';
import type { DeviceSet } from '../../core/http/scope.ts';
import { NOT_REPORTING } from './standing.ts';

/** An item as it stands now. */
export interface StandingRow {
  readonly idx: number;
  readonly ruleId: number;
  readonly policy: string;
  readonly rule: string;
  readonly item: string;
  readonly mode: number;
  /** As the device said. */
  readonly state: number;
  readonly isSilent: boolean;
  readonly since: Date;
  readonly code: string | null;
  readonly found: string;
  readonly wanted: string;
  readonly reason: string;
  readonly done: string[] | null;
}

function columns(sql: RawSql) {
  return sql`c.idx, c.rule_id AS "ruleId", r.policy, r.rule, r.item, c.mode, c.state,
    d.silent_since IS NOT NULL AND c.state NOT IN (5, 6) AS "isSilent",
    c.since, c.code, c.found, c.wanted, c.reason, c.done`;
}

/** ` AND …` for the state that is shown; nothing for all. */
function ofState(sql: RawSql, state: number | null) {
  if (state === null) return sql``;
  if (state === NOT_REPORTING) return sql`AND d.silent_since IS NOT NULL AND c.state NOT IN (5, 6)`;
  return sql`AND c.state = ${state} AND (d.silent_since IS NULL OR c.state IN (5, 6))`;
}

/** Items of a device, worst first, then by name. */
export function selectOfDevice(
  sql: RawSql,
  { tenant, idx }: { readonly tenant: number; readonly idx: number },
  page: {
    readonly state: number | null;
    readonly after: { readonly state: number; readonly item: string } | null;
    readonly limit: number;
  },
): Promise<StandingRow[]> {
  const { state, after, limit } = page;
  return sql<StandingRow[]>`
    SELECT ${columns(sql)} FROM compliance c
    JOIN compliance_rule r ON r.tenant = c.tenant AND r.rule_id = c.rule_id
    JOIN compliance_device d ON d.tenant = c.tenant AND d.idx = c.idx
    WHERE c.tenant = ${tenant} AND c.idx = ${idx} ${ofState(sql, state)}
      ${after === null ? sql`` : sql`AND (c.state, r.item) > (${after.state}, ${after.item})`}
    ORDER BY c.state, r.item LIMIT ${limit}`;
}

/** Items of a rule, by what they are about, worst first, then by device. */
export function selectOfRule(
  sql: RawSql,
  { tenant, policy, rule }: { readonly tenant: number; readonly policy: string; readonly rule: string },
  page: {
    readonly within: DeviceSet | null;
    readonly state: number | null;
    readonly after: { readonly ruleId: number; readonly state: number; readonly idx: number } | null;
    readonly limit: number;
  },
): Promise<StandingRow[]> {
  const { within, state, after, limit } = page;
  return sql<StandingRow[]>`
    SELECT ${columns(sql)} FROM (
      SELECT * FROM compliance WHERE tenant = ${tenant} ${inScope(sql, within)}
        AND rule_id IN (SELECT rule_id FROM compliance_rule WHERE tenant = ${tenant} AND policy = ${policy} AND rule = ${rule})
        ${after === null ? sql`` : sql`AND (rule_id, state, idx) > (${after.ruleId}, ${after.state}, ${after.idx})`}
    ) AS c
    JOIN compliance_rule r ON r.tenant = c.tenant AND r.rule_id = c.rule_id
    JOIN compliance_device d ON d.tenant = c.tenant AND d.idx = c.idx
    WHERE true ${ofState(sql, state)}
    ORDER BY c.rule_id, c.state, c.idx LIMIT ${limit}`;
}

/** Devices of which an item came to stand in error since then, and does. Only rules are looked at of which any item stands so. */
export async function selectErring(sql: RawSql, tenant: number, since: Date): Promise<number[]> {
  const rows = await sql<{ idx: number }[]>`
    SELECT DISTINCT c.idx FROM (
      SELECT DISTINCT tenant, rule_id FROM compliance_count WHERE tenant = ${tenant} AND state = 0 AND count > 0
    ) AS bad
    JOIN compliance c ON c.tenant = bad.tenant AND c.rule_id = bad.rule_id AND c.state = 0 AND c.since >= ${since}`;
  return rows.map(({ idx }) => idx);
}
