// Statements about items: how they stand, how they stood, and how many stand how. One each for however many devices.
import { booleans, cleanText, int2s, int4s, texts, timestamps } from '../../core/db/columns.ts';
import { dropPartitionsBefore } from '../../core/db/partitions.ts';
import type { RawSql } from '../../core/db/pool.ts';
import type { Delta } from './counting.ts';
import type { EndedItem, OpenItem } from './fold.ts';
import type { DeviceRef } from './store-devices.ts';

/** An open row. */
export type ItemRow = DeviceRef & OpenItem;
/** A closed interval; `ruleId` 0: the device did not report. */
export type PastRow = DeviceRef & EndedItem;
/** A change of a count. */
export type DeltaRow = Delta & Pick<DeviceRef, 'tenant'>;

/** Which items of a device are asked for: these, or all of them. */
export interface Wanted extends DeviceRef {
  readonly items: readonly string[] | 'all';
}

const moment = (ms: number) => new Date(ms);

/** Open rows of held devices. */
export async function selectItems(tx: RawSql, wanted: readonly Wanted[]): Promise<ItemRow[]> {
  const named = wanted.flatMap(({ tenant, idx, items }) =>
    items === 'all' ? [] : items.map((item) => ({ tenant, idx, item })),
  );
  const isAll = wanted.map(({ items }) => items === 'all');
  const rows = await tx<(Omit<ItemRow, 'sinceMs' | 'done'> & { since: Date; done: string[] | null })[]>`
    SELECT c.tenant, c.idx, c.rule_id AS "ruleId", r.item, c.state, c.mode, c.since, c.code, c.found, c.wanted, c.reason, c.done
    FROM unnest(
      ${int4s(
        tx,
        wanted.map(({ tenant }) => tenant),
      )},
      ${int4s(
        tx,
        wanted.map(({ idx }) => idx),
      )},
      ${booleans(tx, isAll)}
    ) AS one (tenant, idx, is_all)
    JOIN compliance c ON c.tenant = one.tenant AND c.idx = one.idx
    JOIN compliance_rule r ON r.tenant = c.tenant AND r.rule_id = c.rule_id
    WHERE one.is_all OR (c.tenant, c.idx, r.item) IN (SELECT * FROM unnest(
      ${int4s(
        tx,
        named.map(({ tenant }) => tenant),
      )},
      ${int4s(
        tx,
        named.map(({ idx }) => idx),
      )},
      ${texts(
        tx,
        named.map(({ item }) => item),
      )}
    ))`;
  return rows.map(({ since, done, ...rest }) => ({ ...rest, sinceMs: since.getTime(), done: done ?? [] }));
}

/** Stores how items stand from here on. */
export async function upsertItems(tx: RawSql, rows: readonly ItemRow[]): Promise<void> {
  const words = (of: (row: ItemRow) => string | null) =>
    texts(
      tx,
      rows.map((row) => {
        const text = of(row);
        return text === null ? null : cleanText(text);
      }),
    );
  await tx`
    INSERT INTO compliance (tenant, idx, rule_id, state, mode, since, code, found, wanted, reason, done)
    SELECT tenant, idx, rule_id, state, mode, since, code, found, wanted, reason, done::jsonb FROM unnest(
      ${int4s(
        tx,
        rows.map(({ tenant }) => tenant),
      )},
      ${int4s(
        tx,
        rows.map(({ idx }) => idx),
      )},
      ${int4s(
        tx,
        rows.map(({ ruleId }) => ruleId),
      )},
      ${int2s(
        tx,
        rows.map(({ state }) => state),
      )},
      ${int2s(
        tx,
        rows.map(({ mode }) => mode),
      )},
      ${timestamps(
        tx,
        rows.map(({ sinceMs }) => moment(sinceMs)),
      )},
      ${words(({ code }) => code)}, ${words(({ found }) => found)}, ${words(({ wanted }) => wanted)},
      ${words(({ reason }) => reason)},
      ${words(({ done }) => (done.length === 0 ? null : JSON.stringify(done.map(cleanText))))}
    ) AS one (tenant, idx, rule_id, state, mode, since, code, found, wanted, reason, done)
    ON CONFLICT (tenant, idx, rule_id) DO UPDATE SET state = EXCLUDED.state, mode = EXCLUDED.mode, since = EXCLUDED.since,
      code = EXCLUDED.code, found = EXCLUDED.found, wanted = EXCLUDED.wanted, reason = EXCLUDED.reason, done = EXCLUDED.done`;
}

/** Takes open rows away. */
export async function deleteItems(
  tx: RawSql,
  rows: readonly (DeviceRef & Pick<OpenItem, 'ruleId'>)[],
): Promise<void> {
  await tx`
    DELETE FROM compliance USING unnest(
      ${int4s(
        tx,
        rows.map(({ tenant }) => tenant),
      )},
      ${int4s(
        tx,
        rows.map(({ idx }) => idx),
      )},
      ${int4s(
        tx,
        rows.map(({ ruleId }) => ruleId),
      )}
    ) AS one (tenant, idx, rule_id)
    WHERE compliance.tenant = one.tenant AND compliance.idx = one.idx AND compliance.rule_id = one.rule_id`;
}

/** Adds intervals that have ended. Their months must be there. */
export async function insertPast(tx: RawSql, rows: readonly PastRow[]): Promise<void> {
  await tx`
    INSERT INTO compliance_past (tenant, idx, rule_id, state, mode, since, until, code)
    SELECT * FROM unnest(
      ${int4s(
        tx,
        rows.map(({ tenant }) => tenant),
      )},
      ${int4s(
        tx,
        rows.map(({ idx }) => idx),
      )},
      ${int4s(
        tx,
        rows.map(({ ruleId }) => ruleId),
      )},
      ${int2s(
        tx,
        rows.map(({ state }) => state),
      )},
      ${int2s(
        tx,
        rows.map(({ mode }) => mode),
      )},
      ${timestamps(
        tx,
        rows.map(({ sinceMs }) => moment(sinceMs)),
      )},
      ${timestamps(
        tx,
        rows.map(({ untilMs }) => moment(untilMs)),
      )},
      ${texts(
        tx,
        rows.map(({ code }) => code),
      )}
    )`;
}

type CountRow = Omit<DeltaRow, 'hourMs'>;

function countColumns(tx: RawSql, rows: readonly CountRow[]) {
  return tx`${int4s(
    tx,
    rows.map(({ tenant }) => tenant),
  )},
    ${int4s(
      tx,
      rows.map(({ ruleId }) => ruleId),
    )},
    ${int2s(
      tx,
      rows.map(({ mode }) => mode),
    )},
    ${int2s(
      tx,
      rows.map(({ state }) => state),
    )},
    ${int4s(
      tx,
      rows.map(({ delta }) => delta),
    )}`;
}

/** Changes the counts. Rows are taken in the order of their keys, whoever changes them. */
export async function addCounts(tx: RawSql, rows: readonly CountRow[]): Promise<void> {
  await tx`
    INSERT INTO compliance_count (tenant, rule_id, mode, state, count)
    SELECT * FROM unnest(${countColumns(tx, rows)}) AS one (tenant, rule_id, mode, state, delta)
    ORDER BY tenant, rule_id, mode, state
    ON CONFLICT (tenant, rule_id, mode, state) DO UPDATE SET count = compliance_count.count + EXCLUDED.count`;
}

/** Notes by how much, and in which hours. In the order of their keys too. */
export async function addChanges(tx: RawSql, rows: readonly DeltaRow[]): Promise<void> {
  await tx`
    INSERT INTO compliance_change (tenant, rule_id, mode, state, delta, hour)
    SELECT * FROM unnest(${countColumns(tx, rows)}, ${timestamps(
      tx,
      rows.map(({ hourMs }) => moment(hourMs)),
    )}) AS one (tenant, rule_id, mode, state, delta, hour)
    ORDER BY tenant, hour, rule_id, mode, state
    ON CONFLICT (tenant, hour, rule_id, mode, state) DO UPDATE SET delta = compliance_change.delta + EXCLUDED.delta`;
}

/** Makes the partition of the month of that day. */
export async function ensurePastMonth(sql: RawSql, day: string): Promise<void> {
  await sql`SELECT compliance_past_ensure(${day}::date)`;
}

/** Drops what ended, and what changed, before the month of that day. */
export async function dropPast(sql: RawSql, day: string): Promise<void> {
  const month = `${day.slice(0, 7)}-01`;
  await dropPartitionsBefore(sql, 'compliance_past', month);
  await sql`DELETE FROM compliance_change WHERE hour < ${`${month}T00:00:00Z`}::timestamptz`;
}

/** Puts the hours of each day before that moment, a midnight, together into the first one. One statement. */
export async function mergeChanges(sql: RawSql, before: Date): Promise<void> {
  await sql`
    WITH fine AS (
      DELETE FROM compliance_change WHERE hour < ${before} AND hour <> date_trunc('day', hour, 'UTC')
      RETURNING tenant, date_trunc('day', hour, 'UTC') AS day, rule_id, mode, state, delta
    )
    INSERT INTO compliance_change (tenant, hour, rule_id, mode, state, delta)
    SELECT tenant, day, rule_id, mode, state, sum(delta) FROM fine GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
    ON CONFLICT (tenant, hour, rule_id, mode, state) DO UPDATE SET delta = compliance_change.delta + EXCLUDED.delta`;
}
