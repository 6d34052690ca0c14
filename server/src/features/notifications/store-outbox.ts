// Statements of what is on its way: news of alerts, what rules have to tell and have told, and messages.
import { booleans, float8s, int4s, int8s, texts, timestamps } from '../../core/db/columns.ts';
import type { RawSql } from '../../core/db/pool.ts';
import type { AlertNews, AlertRef, Change } from './change.ts';

/** Stores news of alerts, in the transaction that stores the alerts. */
export async function insertEvents(tx: RawSql, news: readonly AlertNews[]): Promise<void> {
  if (news.length === 0) return;
  const column = <Key extends keyof AlertNews>(key: Key) => news.map((one) => one[key]);
  await tx`
    INSERT INTO notify_event (tenant, idx, rule, series, severity, is_firing, value, threshold, at, is_taken)
    SELECT * FROM unnest(${int4s(tx, column('tenant'))}, ${int4s(tx, column('idx'))}, ${texts(tx, column('rule'))},
      ${texts(tx, column('series'))}, ${texts(tx, column('severity'))}, ${booleans(tx, column('isFiring'))},
      ${float8s(tx, column('value'))}, ${float8s(tx, column('threshold'))}, ${timestamps(tx, column('at'))},
      ${booleans(
        tx,
        news.map(({ isTaken = false }) => isTaken),
      )})`;
}

/** News with their number. */
export interface EventRow extends AlertNews {
  readonly id: number;
  readonly isTaken: boolean;
}

/** The oldest news. */
export function selectEvents(sql: RawSql, tenant: number, limit: number): Promise<EventRow[]> {
  return sql<EventRow[]>`
    SELECT id, tenant, idx, rule, series, severity, is_firing AS "isFiring", value, threshold, at,
      is_taken AS "isTaken"
    FROM notify_event WHERE tenant = ${tenant} ORDER BY id LIMIT ${limit}`;
}

/** Takes news away; how many were still there. */
export async function deleteEvents(tx: RawSql, ids: readonly number[]): Promise<number> {
  const result = await tx`DELETE FROM notify_event WHERE id = ANY(${int8s(tx, ids)})`;
  return result.count;
}

function changeColumns(sql: RawSql) {
  return sql`tenant, rule_id AS "ruleId", idx, rule, series, severity, is_firing AS "isFiring", value, threshold, at, changes,
    due_at AS "dueAt"`;
}

function refs(sql: RawSql, all: readonly AlertRef[]) {
  return sql`unnest(${int4s(
    sql,
    all.map((one) => one.idx),
  )}, ${texts(
    sql,
    all.map((one) => one.rule),
  )}, ${texts(
    sql,
    all.map((one) => one.series),
  )}) AS ref (idx, rule, series)`;
}

/** What rules have to tell about some alerts. */
export function selectChanges(tx: RawSql, tenant: number, all: readonly AlertRef[]): Promise<Change[]> {
  return tx<Change[]>`
    SELECT ${changeColumns(tx)} FROM notify_change JOIN ${refs(tx, all)} USING (idx, rule, series) WHERE tenant = ${tenant}`;
}

/** What a rule has told. */
export interface ToldRow extends AlertRef {
  readonly ruleId: string;
}

/** What rules have told as open about some alerts. */
export function selectTold(tx: RawSql, tenant: number, all: readonly AlertRef[]): Promise<ToldRow[]> {
  return tx<ToldRow[]>`
    SELECT rule_id AS "ruleId", idx, rule, series FROM notify_told JOIN ${refs(tx, all)} USING (idx, rule, series)
    WHERE tenant = ${tenant}`;
}

/** Stores what rules have to tell; of one alert the newest. */
export async function upsertChanges(tx: RawSql, changes: readonly Change[]): Promise<void> {
  if (changes.length === 0) return;
  const column = <Key extends keyof Change>(key: Key) => changes.map((one) => one[key]);
  await tx`
    INSERT INTO notify_change (tenant, rule_id, idx, rule, series, severity, is_firing, value, threshold, at, changes, due_at)
    SELECT * FROM unnest(${int4s(tx, column('tenant'))}, ${texts(tx, column('ruleId'))}, ${int4s(tx, column('idx'))},
      ${texts(tx, column('rule'))}, ${texts(tx, column('series'))}, ${texts(tx, column('severity'))},
      ${booleans(tx, column('isFiring'))}, ${float8s(tx, column('value'))}, ${float8s(tx, column('threshold'))},
      ${timestamps(tx, column('at'))}, ${int4s(tx, column('changes'))}, ${timestamps(tx, column('dueAt'))})
    ON CONFLICT (rule_id, idx, rule, series) DO UPDATE SET severity = excluded.severity, is_firing = excluded.is_firing,
      value = excluded.value, threshold = excluded.threshold, at = excluded.at, changes = excluded.changes, due_at = excluded.due_at`;
}

/** Changes that are due, of rules that may send again; the oldest first. */
export function selectDue(
  sql: RawSql,
  tenant: number,
  { now, limit }: { now: Date; limit: number },
): Promise<Change[]> {
  return sql<Change[]>`
    SELECT ${changeColumns(sql)} FROM notify_change
    WHERE tenant = ${tenant} AND due_at <= ${now} AND EXISTS (
      SELECT 1 FROM notify_rule WHERE id = rule_id AND is_enabled
        AND (sent_at IS NULL OR sent_at + every_ms * interval '1 millisecond' <= ${now}))
    ORDER BY due_at, rule_id, idx LIMIT ${limit}`;
}

/** Takes changes of a rule away. */
export async function deleteChanges(tx: RawSql, ruleId: string, all: readonly AlertRef[]): Promise<void> {
  if (all.length === 0) return;
  await tx`DELETE FROM notify_change USING ${refs(tx, all)}
    WHERE rule_id = ${ruleId} AND notify_change.idx = ref.idx AND notify_change.rule = ref.rule AND notify_change.series = ref.series`;
}

/** Notes what a rule has told as open. */
export async function insertTold(
  tx: RawSql,
  { tenant, ruleId, at }: { readonly tenant: number; readonly ruleId: string; readonly at: Date },
  all: readonly AlertRef[],
): Promise<void> {
  if (all.length === 0) return;
  await tx`INSERT INTO notify_told (tenant, rule_id, idx, rule, series, at)
    SELECT ${tenant}, ${ruleId}, idx, rule, series, ${at}::timestamptz FROM ${refs(tx, all)} ON CONFLICT DO NOTHING`;
}

/** What was told as open is so no more. */
export async function deleteTold(tx: RawSql, ruleId: string, all: readonly AlertRef[]): Promise<void> {
  if (all.length === 0) return;
  await tx`DELETE FROM notify_told USING ${refs(tx, all)}
    WHERE rule_id = ${ruleId} AND notify_told.idx = ref.idx AND notify_told.rule = ref.rule AND notify_told.series = ref.series`;
}

/** A rule has sent. */
export async function updateSent(tx: RawSql, ruleId: string, at: Date): Promise<void> {
  await tx`UPDATE notify_rule SET sent_at = ${at} WHERE id = ${ruleId}`;
}

/** Nothing is told of a device any more. */
export async function deleteDevice(sql: RawSql, tenant: number, idx: number): Promise<void> {
  await sql`
    WITH changes AS (DELETE FROM notify_change WHERE tenant = ${tenant} AND idx = ${idx}),
         events AS (DELETE FROM notify_event WHERE tenant = ${tenant} AND idx = ${idx})
    DELETE FROM notify_told WHERE tenant = ${tenant} AND idx = ${idx}`;
}
