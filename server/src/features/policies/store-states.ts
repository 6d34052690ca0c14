// Statements about what devices hold of the policies in force: one for however many devices.
import { int4s, int8s, texts, timestamps } from '../../core/db/columns.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { inScope } from '../../core/db/scope.ts';

/** A set that a device holds whole. */
export interface HeldSet {
  readonly epoch: number;
  readonly version: number;
  readonly digest: string;
  /** Revisions in it, and those of them that nobody has signed who may sign. */
  readonly policies: number;
  readonly unsigned: number;
}

/** What a device says. */
export interface StateRow {
  readonly tenant: number;
  readonly idx: number;
  /** Null: none. */
  readonly held: HeldSet | null;
  /** Why it does not hold the set that it was shown last; null: it does. */
  readonly code: string | null;
  /** Outbox number of the message. */
  readonly seq: number;
  readonly at: Date;
}

/** Stores what devices say, each named once; what is older than what is stored changes nothing. */
export async function upsertStates(tx: RawSql, rows: readonly StateRow[], storedAt: Date): Promise<void> {
  const numbers = (of: (row: StateRow) => number | null) => int8s(tx, rows.map(of));
  const narrow = (of: (row: StateRow) => number | null) => int4s(tx, rows.map(of));
  const words = (of: (row: StateRow) => string | null) => texts(tx, rows.map(of));
  await tx`
    INSERT INTO device_policy (tenant, idx, epoch, version, digest, policies, unsigned, code, seq, at, stored_at)
    SELECT *, ${storedAt}::timestamptz FROM unnest(
      ${narrow(({ tenant }) => tenant)},
      ${narrow(({ idx }) => idx)},
      ${numbers(({ held }) => held?.epoch ?? null)},
      ${numbers(({ held }) => held?.version ?? null)},
      ${words(({ held }) => held?.digest ?? null)},
      ${narrow(({ held }) => held?.policies ?? null)},
      ${narrow(({ held }) => held?.unsigned ?? null)},
      ${words(({ code }) => code)},
      ${numbers(({ seq }) => seq)},
      ${timestamps(
        tx,
        rows.map(({ at }) => at),
      )}
    )
    ON CONFLICT (tenant, idx) DO UPDATE SET
      epoch = EXCLUDED.epoch, version = EXCLUDED.version, digest = EXCLUDED.digest, policies = EXCLUDED.policies,
      unsigned = EXCLUDED.unsigned, code = EXCLUDED.code, seq = EXCLUDED.seq, at = EXCLUDED.at, stored_at = EXCLUDED.stored_at
    WHERE device_policy.seq < EXCLUDED.seq`;
}

/** What a device said last; undefined: nothing. */
export async function selectState(sql: RawSql, tenant: number, idx: number): Promise<StateRow | undefined> {
  const rows = await sql<(Partial<HeldSet> & Omit<StateRow, 'held'>)[]>`
    SELECT tenant, idx, epoch, version, digest, policies, unsigned, code, seq, at FROM device_policy
    WHERE tenant = ${tenant} AND idx = ${idx}`;
  const [row] = rows;
  if (row === undefined) return undefined;
  const { epoch, version, digest, policies, unsigned, ...rest } = row;
  return {
    ...rest,
    held: digest === null ? null : ({ epoch, version, digest, policies, unsigned } as HeldSet),
  };
}

/** How devices stand to a set. */
export type Standing = 'current' | 'behind' | 'none' | 'refused';

/** How many of these devices stand how; who has never said anything is in none of the numbers. One statement. */
export function countStandings(
  sql: RawSql,
  tenant: number,
  { digest, within }: { readonly digest: string; readonly within: Parameters<typeof inScope>[1] },
): Promise<{ standing: Standing; count: number }[]> {
  return sql`
    SELECT standing, count(*) AS count FROM (
      SELECT CASE WHEN code IS NOT NULL THEN 'refused' WHEN digest IS NULL THEN 'none'
        WHEN digest = ${digest} THEN 'current' ELSE 'behind' END AS standing
      FROM device_policy WHERE tenant = ${tenant} ${inScope(sql, within)}
    ) AS said GROUP BY standing`;
}

/** Forgets what a device said. */
export async function deleteState(sql: RawSql, tenant: number, idx: number): Promise<void> {
  await sql`DELETE FROM device_policy WHERE tenant = ${tenant} AND idx = ${idx}`;
}

/** Devices that said since then that they do not hold what they were shown. */
export async function selectRefused(sql: RawSql, tenant: number, since: Date): Promise<number[]> {
  const rows = await sql<{ idx: number }[]>`
    SELECT idx FROM device_policy WHERE tenant = ${tenant} AND code IS NOT NULL AND stored_at >= ${since}`;
  return rows.map(({ idx }) => idx);
}
