// Statements of ways, rules and pauses.
import type { RawSql } from '../../core/db/pool.ts';

/** A way for messages. */
export interface WayRow {
  readonly id: string;
  readonly name: string;
  readonly kind: 'mail' | 'webhook';
  readonly targets: readonly string[];
  readonly isEnabled: boolean;
  readonly createdBy: string;
  readonly changedAt: Date;
}

/** The same with what nobody is shown. */
export interface SecretWayRow extends WayRow {
  /** In clear, of a row from before that is not sealed yet. */
  readonly secret: Buffer | null;
  readonly sealed: Buffer | null;
}

/** Which alerts go which ways. */
export interface RuleRow {
  readonly id: string;
  readonly name: string;
  readonly expression: string | null;
  readonly severities: readonly string[];
  readonly ways: readonly string[];
  readonly tellsEnds: boolean;
  readonly waitMs: number;
  readonly everyMs: number;
  /** JSON of quiet hours. */
  readonly quiet: string | null;
  readonly isEnabled: boolean;
  /** Name of whoever saved it last. */
  readonly createdBy: string;
  /** Id of that person, who answers for it; null: nobody does, it was made by the host. */
  readonly maker: string | null;
  readonly changedAt: Date;
  readonly sentAt: Date | null;
}

/** Devices of which nothing is told for a while. */
export interface PauseRow {
  readonly id: string;
  readonly reason: string;
  readonly expression: string | null;
  readonly fromAt: Date;
  readonly untilAt: Date;
  readonly createdBy: string;
}

function wayColumns(sql: RawSql) {
  return sql`id, name, kind, targets, is_enabled AS "isEnabled", created_by AS "createdBy", changed_at AS "changedAt"`;
}

/** All ways by name. */
export function selectWays(sql: RawSql, tenant: number): Promise<WayRow[]> {
  return sql<WayRow[]>`SELECT ${wayColumns(sql)} FROM notify_way WHERE tenant = ${tenant} ORDER BY name`;
}

/** One way, held until the transaction ends. */
export async function lockWay(tx: RawSql, tenant: number, id: string): Promise<SecretWayRow | undefined> {
  const rows = await tx<SecretWayRow[]>`
    SELECT ${wayColumns(tx)}, secret, sealed FROM notify_way WHERE tenant = ${tenant} AND id = ${id} FOR UPDATE`;
  return rows[0];
}

/** Webhooks from before that are not sealed. */
export function selectUnsealed(
  sql: RawSql,
  tenant: number,
): Promise<Pick<SecretWayRow, 'id' | 'targets' | 'secret'>[]> {
  return sql<Pick<SecretWayRow, 'id' | 'targets' | 'secret'>[]>`
    SELECT id, targets, secret FROM notify_way WHERE tenant = ${tenant} AND kind = 'webhook' AND sealed IS NULL`;
}

/** Puts what was sealed in the place of what lay there in clear, unless somebody else has. */
export async function updateSealed(
  sql: RawSql,
  tenant: number,
  { id, shown, sealed }: { readonly id: string; readonly shown: string; readonly sealed: Buffer },
): Promise<void> {
  await sql`
    UPDATE notify_way SET sealed = ${sealed}, secret = NULL, targets = ${[shown]}
    WHERE tenant = ${tenant} AND id = ${id} AND sealed IS NULL`;
}

/** Stores a way, new or changed; false when the name is taken, or there are too many. Where nothing is sealed anew that of before stays. */
export async function putWay(
  tx: RawSql,
  tenant: number,
  { row, sealed, most }: { readonly row: WayRow; readonly sealed: Buffer | null; readonly most: number },
): Promise<boolean> {
  const taken = await tx`
    SELECT 1 FROM notify_way WHERE tenant = ${tenant} AND name = ${row.name} AND id <> ${row.id}
    UNION ALL SELECT 1 WHERE (SELECT count(*) FROM notify_way WHERE tenant = ${tenant} AND id <> ${row.id}) >= ${most}`;
  if (taken.length > 0) return false;
  await tx`
    INSERT INTO notify_way (tenant, id, name, kind, targets, sealed, is_enabled, created_by, changed_at)
    VALUES (${tenant}, ${row.id}, ${row.name}, ${row.kind}, ${[...row.targets]}, ${sealed}, ${row.isEnabled}, ${row.createdBy},
            ${row.changedAt})
    ON CONFLICT (id) DO UPDATE SET name = excluded.name, targets = excluded.targets,
      sealed = COALESCE(excluded.sealed, notify_way.sealed),
      secret = CASE WHEN excluded.sealed IS NULL THEN notify_way.secret END,
      is_enabled = excluded.is_enabled, changed_at = excluded.changed_at`;
  return true;
}

/** Removes a way; its name, or undefined when there is none. Rules lose it, and what waits for it is given up. */
export async function deleteWay(tx: RawSql, tenant: number, id: string): Promise<string | undefined> {
  await tx`UPDATE notify_rule SET ways = array_remove(ways, ${id}) WHERE tenant = ${tenant} AND ${id} = ANY(ways)`;
  const rows = await tx<{ name: string }[]>`
    DELETE FROM notify_way WHERE tenant = ${tenant} AND id = ${id} RETURNING name`;
  return rows[0]?.name;
}

function ruleColumns(sql: RawSql) {
  return sql`id, name, expression, severities, ways, tells_ends AS "tellsEnds", wait_ms AS "waitMs", every_ms AS "everyMs", quiet,
    is_enabled AS "isEnabled", created_by AS "createdBy", maker, changed_at AS "changedAt", sent_at AS "sentAt"`;
}

/** All rules by name. */
export function selectRules(sql: RawSql, tenant: number): Promise<RuleRow[]> {
  return sql<RuleRow[]>`SELECT ${ruleColumns(sql)} FROM notify_rule WHERE tenant = ${tenant} ORDER BY name`;
}

/** One rule, held until the transaction ends. */
export async function lockRule(tx: RawSql, tenant: number, id: string): Promise<RuleRow | undefined> {
  const rows = await tx<RuleRow[]>`
    SELECT ${ruleColumns(tx)} FROM notify_rule WHERE tenant = ${tenant} AND id = ${id} FOR UPDATE`;
  return rows[0];
}

/** Stores a rule, new or changed; false when the name is taken, or there are too many. */
export async function putRule(
  tx: RawSql,
  tenant: number,
  { row, most }: { readonly row: RuleRow; readonly most: number },
): Promise<boolean> {
  const taken = await tx`
    SELECT 1 FROM notify_rule WHERE tenant = ${tenant} AND name = ${row.name} AND id <> ${row.id}
    UNION ALL SELECT 1 WHERE (SELECT count(*) FROM notify_rule WHERE tenant = ${tenant} AND id <> ${row.id}) >= ${most}`;
  if (taken.length > 0) return false;
  await tx`
    INSERT INTO notify_rule (tenant, id, name, expression, severities, ways, tells_ends, wait_ms, every_ms, quiet, is_enabled,
                             created_by, maker, changed_at)
    VALUES (${tenant}, ${row.id}, ${row.name}, ${row.expression}, ${[...row.severities]}, ${[...row.ways]}, ${row.tellsEnds},
            ${row.waitMs}, ${row.everyMs}, ${row.quiet}, ${row.isEnabled}, ${row.createdBy}, ${row.maker}, ${row.changedAt})
    ON CONFLICT (id) DO UPDATE SET name = excluded.name, expression = excluded.expression, severities = excluded.severities,
      ways = excluded.ways, tells_ends = excluded.tells_ends, wait_ms = excluded.wait_ms, every_ms = excluded.every_ms,
      quiet = excluded.quiet, is_enabled = excluded.is_enabled, created_by = excluded.created_by, maker = excluded.maker,
      changed_at = excluded.changed_at`;
  return true;
}

/** Removes a rule and what it had to tell; its name, or undefined when there is none. */
export async function deleteRule(tx: RawSql, tenant: number, id: string): Promise<string | undefined> {
  const rows = await tx<{ name: string }[]>`
    DELETE FROM notify_rule WHERE tenant = ${tenant} AND id = ${id} RETURNING name`;
  return rows[0]?.name;
}

/** Pauses that are not over, the next to begin first. */
export function selectPauses(sql: RawSql, tenant: number, now: Date): Promise<PauseRow[]> {
  return sql<PauseRow[]>`
    SELECT id, reason, expression, from_at AS "fromAt", until_at AS "untilAt", created_by AS "createdBy"
    FROM notify_pause WHERE tenant = ${tenant} AND until_at > ${now} ORDER BY from_at, id`;
}

/** Stores a pause unless there are too many; false then. */
export async function insertPause(
  tx: RawSql,
  tenant: number,
  { row, now, most }: { readonly row: PauseRow; readonly now: Date; readonly most: number },
): Promise<boolean> {
  const result = await tx`
    INSERT INTO notify_pause (tenant, id, reason, expression, from_at, until_at, created_by)
    SELECT ${tenant}, ${row.id}, ${row.reason}, ${row.expression}, ${row.fromAt}::timestamptz, ${row.untilAt}::timestamptz,
           ${row.createdBy}
    WHERE (SELECT count(*) FROM notify_pause WHERE tenant = ${tenant} AND until_at > ${now}) < ${most}`;
  return result.count === 1;
}

/** Ends a pause: what it held back is looked at again now. Its reason, or undefined when there is none. */
export async function endPause(
  tx: RawSql,
  tenant: number,
  { id, now }: { readonly id: string; readonly now: Date },
): Promise<string | undefined> {
  const rows = await tx<{ reason: string; untilAt: Date }[]>`
    DELETE FROM notify_pause WHERE tenant = ${tenant} AND id = ${id} RETURNING reason, until_at AS "untilAt"`;
  const [row] = rows;
  if (row === undefined) return undefined;
  await tx`UPDATE notify_change SET due_at = ${now} WHERE tenant = ${tenant} AND due_at = ${row.untilAt}`;
  return row.reason;
}
