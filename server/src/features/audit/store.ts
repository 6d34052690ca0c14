// Statements of the audit: the head of the chain, sealed entries, nodes of the tree, checkpoints.
import type { AuditFilter } from '../../core/audit/store.ts';
import { byteas, int2s, int8s, texts, timestamps } from '../../core/db/columns.ts';
import type { RawSql } from '../../core/db/pool.ts';
import type { PartPlace, TreeNode } from './tiles.ts';

/** The end of the chain. */
export interface Head {
  /** Sealed entries. */
  readonly size: number;
  /** Hash of the last; 32 zero bytes without one. */
  readonly hash: Uint8Array;
}

/** A sealed entry as it is stored. */
export interface SealedRow {
  readonly seq: number;
  readonly at: Date;
  /** The event as text. */
  readonly body: string;
  readonly hash: Uint8Array;
}

/** The end of the chain, locked until the transaction ends; made when there is none yet. */
export async function lockHead(tx: RawSql, tenant: number): Promise<Head> {
  const rows = await tx<Head[]>`SELECT size, hash FROM audit_head WHERE tenant = ${tenant} FOR UPDATE`;
  if (rows[0] !== undefined) return rows[0];
  const head = { size: 0, hash: Buffer.alloc(32) };
  await tx`INSERT INTO audit_head (tenant, size, hash) VALUES (${tenant}, 0, ${head.hash})`;
  return head;
}

/** The end of the chain as it is now. */
export async function selectHead(sql: RawSql, tenant: number): Promise<Head> {
  const rows = await sql<Head[]>`SELECT size, hash FROM audit_head WHERE tenant = ${tenant}`;
  return rows[0] ?? { size: 0, hash: Buffer.alloc(32) };
}

/** Makes the partition of that day's month, if it is missing. */
export async function ensurePartition(tx: RawSql, day: string): Promise<void> {
  await tx`SELECT audit_event_ensure(${day}::date)`;
}

/** Appends entries and the nodes they complete, and moves the end of the chain, in one statement. */
export async function insertSealed(
  tx: RawSql,
  tenant: number,
  { rows, nodes }: { readonly rows: readonly SealedRow[]; readonly nodes: readonly TreeNode[] },
): Promise<void> {
  const last = rows.at(-1);
  if (last === undefined) return;
  const column = <T>(of: (row: SealedRow) => T) => rows.map(of);
  await tx`
    WITH sealed AS (
      INSERT INTO audit_event (tenant, seq, at, body, hash)
      SELECT ${tenant}::integer, * FROM unnest(${int8s(
        tx,
        column(({ seq }) => seq),
      )}, ${timestamps(
        tx,
        column(({ at }) => at),
      )},
        ${texts(
          tx,
          column(({ body }) => body),
        )}, ${byteas(
          tx,
          column(({ hash }) => hash),
        )})
    ), grown AS (
      INSERT INTO audit_node (tenant, level, at, hash)
      SELECT ${tenant}::integer, * FROM unnest(${int2s(
        tx,
        nodes.map(({ level }) => level),
      )},
        ${int8s(
          tx,
          nodes.map(({ at }) => at),
        )}, ${byteas(
          tx,
          nodes.map(({ hash }) => hash),
        )})
    )
    UPDATE audit_head SET size = ${last.seq}, hash = ${Buffer.from(last.hash)} WHERE tenant = ${tenant}`;
}

/** Entries from a place on, in order. */
export function selectEntries(
  sql: RawSql,
  tenant: number,
  { from, to, limit }: { readonly from: number; readonly to: number; readonly limit: number },
): Promise<SealedRow[]> {
  return sql<SealedRow[]>`SELECT seq, at, body, hash FROM audit_event
    WHERE tenant = ${tenant} AND seq >= ${from} AND seq <= ${to} ORDER BY seq LIMIT ${limit}`;
}

/** Newest entries before a place. */
export function selectNewest(
  sql: RawSql,
  tenant: number,
  {
    filter,
    before,
    limit,
  }: { readonly filter: AuditFilter; readonly before: number | null; readonly limit: number },
): Promise<SealedRow[]> {
  const { act, actor, subject, outcome, from, to } = filter;
  return sql<SealedRow[]>`SELECT seq, at, body, hash FROM audit_event
    WHERE tenant = ${tenant} AND (${before}::bigint IS NULL OR seq < ${before})
      AND (${act}::text IS NULL OR act = ${act}) AND (${actor}::text IS NULL OR actor = ${actor})
      AND (${subject}::text IS NULL OR subject = ${subject}) AND (${outcome}::text IS NULL OR outcome = ${outcome})
      AND (${from}::timestamptz IS NULL OR at >= ${from}) AND (${to}::timestamptz IS NULL OR at < ${to})
    ORDER BY seq DESC LIMIT ${limit}`;
}

/** A hash of the tree and where it lies. */
export interface PlacedHash {
  readonly level: number;
  readonly at: number;
  readonly hash: Buffer;
}

/** All hashes at these places, of entries (level 0) and of nodes, in one statement. */
export function selectHashes(
  sql: RawSql,
  tenant: number,
  places: readonly PartPlace[],
): Promise<PlacedHash[]> {
  const level = int2s(
    sql,
    places.map((place) => place.level),
  );
  const from = int8s(
    sql,
    places.map((place) => place.from),
  );
  const to = int8s(
    sql,
    places.map((place) => place.from + place.count),
  );
  return sql<PlacedHash[]>`
    WITH wanted AS (SELECT * FROM unnest(${level}, ${from}, ${to}) AS wanted (level, first, beyond))
    SELECT 0::int2 AS level, seq - 1 AS at, hash FROM wanted JOIN audit_event
      ON tenant = ${tenant} AND seq > first AND seq <= beyond WHERE wanted.level = 0
    UNION ALL
    SELECT node.level, node.at, node.hash FROM wanted JOIN audit_node AS node
      ON node.tenant = ${tenant} AND node.level = wanted.level AND node.at >= first AND node.at < beyond`;
}

/** A signed checkpoint as it is stored. */
export interface CheckpointRow {
  readonly size: number;
  readonly envelope: string;
}

/** Stores a checkpoint; one of that size stays as it is. */
export async function insertCheckpoint(
  tx: RawSql,
  tenant: number,
  { size, at, envelope }: CheckpointRow & { readonly at: Date },
): Promise<void> {
  await tx`INSERT INTO audit_checkpoint (tenant, size, made_at, envelope) VALUES (${tenant}, ${size}, ${at}, ${envelope})
    ON CONFLICT (tenant, size) DO NOTHING`;
}

/** The newest checkpoint. */
export async function selectCheckpoint(sql: RawSql, tenant: number): Promise<CheckpointRow | undefined> {
  const rows = await sql<CheckpointRow[]>`SELECT size, envelope FROM audit_checkpoint
    WHERE tenant = ${tenant} ORDER BY size DESC LIMIT 1`;
  return rows[0];
}

/** Checkpoints of these sizes, in order. */
export function selectCheckpoints(
  sql: RawSql,
  tenant: number,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<CheckpointRow[]> {
  return sql<CheckpointRow[]>`SELECT size, envelope FROM audit_checkpoint
    WHERE tenant = ${tenant} AND size >= ${from} AND size <= ${to} ORDER BY size`;
}

/** Size of the first checkpoint that covers so many entries; of the newest, when none does. */
export async function selectNextCheckpoint(sql: RawSql, tenant: number, size: number): Promise<number> {
  const [row] = await sql<{ size: number | null }[]>`
    SELECT coalesce(min(size) FILTER (WHERE size >= ${size}), max(size)) AS size FROM audit_checkpoint
    WHERE tenant = ${tenant}`;
  return row?.size ?? 0;
}
