// Statements of messages: the outbox and, for a while, the log of it.
import { int4s, texts, timestamps } from '../../core/db/columns.ts';
import type { RawSql } from '../../core/db/pool.ts';

/** A message as it is listed. */
export interface MessageRow {
  readonly id: string;
  readonly kind: 'alerts' | 'test';
  readonly wayId: string | null;
  readonly wayName: string;
  readonly ruleName: string;
  readonly subject: string;
  readonly body: string;
  readonly state: 'waiting' | 'sent' | 'dead';
  readonly attempts: number;
  readonly nextAt: Date;
  readonly createdAt: Date;
  readonly endedAt: Date | null;
  readonly error: string;
}

/** A message to be sent. */
export interface NewMessage {
  readonly id: string;
  readonly kind: 'alerts' | 'test';
  readonly wayId: string;
  readonly wayName: string;
  readonly ruleName: string;
  readonly subject: string;
  readonly body: string;
  readonly payload: string;
  readonly at: Date;
}

function columns(sql: RawSql) {
  return sql`id, kind, way_id AS "wayId", way_name AS "wayName", rule_name AS "ruleName", subject, body, state, attempts,
    next_at AS "nextAt", created_at AS "createdAt", ended_at AS "endedAt", error`;
}

/** Puts a message into the outbox. */
export async function insertMessage(tx: RawSql, tenant: number, one: NewMessage): Promise<void> {
  await tx`
    INSERT INTO notify_message (tenant, id, kind, way_id, way_name, rule_name, subject, body, payload, state, next_at, created_at)
    VALUES (${tenant}, ${one.id}, ${one.kind}, ${one.wayId}, ${one.wayName}, ${one.ruleName}, ${one.subject}, ${one.body},
            ${one.payload}, 'waiting', ${one.at}, ${one.at})`;
}

/** A message that is to be sent now, and where to. */
export interface DueMessage {
  readonly id: string;
  readonly attempts: number;
  readonly subject: string;
  readonly body: string;
  readonly payload: string;
  /** Null: the way was removed, or is switched off. */
  readonly way: 'mail' | 'webhook' | null;
  readonly wayId: string | null;
  readonly targets: readonly string[] | null;
  readonly secret: Buffer | null;
  readonly sealed: Buffer | null;
}

/** The next messages. */
export function selectDueMessages(
  sql: RawSql,
  tenant: number,
  { now, limit }: { readonly now: Date; readonly limit: number },
): Promise<DueMessage[]> {
  return sql<DueMessage[]>`
    SELECT message.id, attempts, subject, body, payload, way.kind AS way, way.id AS "wayId", way.targets, way.secret, way.sealed
    FROM notify_message AS message LEFT JOIN notify_way AS way ON way.id = message.way_id AND way.is_enabled
    WHERE message.tenant = ${tenant} AND state = 'waiting' AND next_at <= ${now} ORDER BY next_at, message.id LIMIT ${limit}`;
}

/** What became of an attempt. */
export interface Outcome {
  readonly id: string;
  readonly state: 'waiting' | 'sent' | 'dead';
  readonly attempts: number;
  readonly nextAt: Date;
  readonly endedAt: Date | null;
  readonly error: string;
}

/** Notes what became of attempts. */
export async function updateOutcomes(tx: RawSql, all: readonly Outcome[]): Promise<void> {
  const column = <Key extends keyof Outcome>(key: Key) => all.map((one) => one[key]);
  await tx`
    UPDATE notify_message AS message SET state = one.state, attempts = one.attempts, next_at = one.next_at, ended_at = one.ended_at,
      error = one.error
    FROM unnest(${texts(tx, column('id'))}, ${texts(tx, column('state'))}, ${int4s(tx, column('attempts'))},
      ${timestamps(tx, column('nextAt'))}, ${timestamps(tx, column('endedAt'))}, ${texts(tx, column('error'))})
      AS one (id, state, attempts, next_at, ended_at, error)
    WHERE message.id = one.id AND message.state = 'waiting'`;
}

/** When something is to be done next; null: nothing waits. */
export async function selectNext(sql: RawSql, tenant: number): Promise<Date | null> {
  const rows = await sql<{ at: Date | null }[]>`
    SELECT LEAST(
      (SELECT min(next_at) FROM notify_message WHERE tenant = ${tenant} AND state = 'waiting'),
      (SELECT min(GREATEST(due_at, sent_at + every_ms * interval '1 millisecond')) FROM notify_change
        JOIN notify_rule ON notify_rule.id = rule_id WHERE notify_change.tenant = ${tenant} AND is_enabled)) AS at`;
  return rows[0]?.at ?? null;
}

/** Messages, newest first. */
export function selectMessages(
  sql: RawSql,
  tenant: number,
  {
    state,
    after,
    limit,
  }: {
    readonly state: string | null;
    readonly after: { readonly createdAt: Date; readonly id: string } | null;
    readonly limit: number;
  },
): Promise<MessageRow[]> {
  const place = after === null ? sql`` : sql`AND (created_at, id) < (${after.createdAt}, ${after.id})`;
  return sql<MessageRow[]>`
    SELECT ${columns(sql)} FROM notify_message
    WHERE tenant = ${tenant} AND (${state}::text IS NULL OR state = ${state}) ${place}
    ORDER BY created_at DESC, id DESC LIMIT ${limit}`;
}

/** One message. */
export async function selectMessage(
  sql: RawSql,
  tenant: number,
  id: string,
): Promise<MessageRow | undefined> {
  const rows = await sql<
    MessageRow[]
  >`SELECT ${columns(sql)} FROM notify_message WHERE tenant = ${tenant} AND id = ${id}`;
  return rows[0];
}

/** Lets a message that was given up be tried again: which it is, or undefined when there is none. */
export async function reviveMessage(
  tx: RawSql,
  tenant: number,
  { id, at }: { id: string; at: Date },
): Promise<Pick<MessageRow, 'subject' | 'wayName' | 'ruleName'> | undefined> {
  const rows = await tx<Pick<MessageRow, 'subject' | 'wayName' | 'ruleName'>[]>`
    UPDATE notify_message SET state = 'waiting', attempts = 0, next_at = ${at}, ended_at = NULL
    WHERE tenant = ${tenant} AND id = ${id} AND state = 'dead' AND way_id IS NOT NULL
    RETURNING subject, way_name AS "wayName", rule_name AS "ruleName"`;
  return rows[0];
}

/** Removes messages that have ended long ago. */
export async function deleteEnded(tx: RawSql, tenant: number, before: Date): Promise<void> {
  await tx`DELETE FROM notify_message WHERE tenant = ${tenant} AND state <> 'waiting' AND created_at < ${before}`;
}
