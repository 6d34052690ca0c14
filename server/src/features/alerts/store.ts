// Statements of the alerts feature: set-based, one for however many devices.
import { float8s, int4s, int8s, texts, timestamps } from '../../core/db/columns.ts';
import type { RawSql, RawTransaction } from '../../core/db/pool.ts';
import { inScope } from '../../core/db/scope.ts';
import type { DeviceSet } from '../../core/http/scope.ts';
import type { AlertEvent, ClosedAlert, LatestAlert, NewAlert, OpenCount } from './state.ts';

type AlertName = Pick<AlertEvent, 'tenant' | 'idx' | 'rule' | 'series'>;

/** The newest alert of each name, held until the transaction ends. */
export function selectLatest(tx: RawTransaction, names: readonly AlertName[]): Promise<LatestAlert[]> {
  return tx<LatestAlert[]>`
    SELECT latest.id, name.tenant, name.idx, name.rule, name.series, latest.seq, latest.cleared_at IS NULL AS "isOpen"
    FROM unnest(
      ${int4s(
        tx,
        names.map((one) => one.tenant),
      )},
      ${int4s(
        tx,
        names.map((one) => one.idx),
      )},
      ${texts(
        tx,
        names.map((one) => one.rule),
      )},
      ${texts(
        tx,
        names.map((one) => one.series),
      )}
    ) AS name (tenant, idx, rule, series)
    CROSS JOIN LATERAL (
      SELECT id, seq, cleared_at FROM alert
      WHERE alert.tenant = name.tenant AND alert.idx = name.idx AND alert.rule = name.rule AND alert.series = name.series
      ORDER BY seq DESC LIMIT 1
    ) AS latest`;
}

/** Inserts new alerts. */
export async function insertAlerts(tx: RawTransaction, alerts: readonly NewAlert[]): Promise<void> {
  const fired = alerts.map((one) => one.fired);
  const ends = alerts.map((one) => one.closing);
  await tx`
    INSERT INTO alert (tenant, idx, rule, series, severity, value, threshold, since, fired_at, cleared_at, cleared_value, seq)
    SELECT * FROM unnest(
      ${int4s(
        tx,
        fired.map((one) => one.tenant),
      )},
      ${int4s(
        tx,
        fired.map((one) => one.idx),
      )},
      ${texts(
        tx,
        fired.map((one) => one.rule),
      )},
      ${texts(
        tx,
        fired.map((one) => one.series),
      )},
      ${texts(
        tx,
        fired.map((one) => one.severity),
      )},
      ${float8s(
        tx,
        fired.map((one) => one.value),
      )},
      ${float8s(
        tx,
        fired.map((one) => one.threshold),
      )},
      ${timestamps(
        tx,
        fired.map((one) => one.since),
      )},
      ${timestamps(
        tx,
        fired.map((one) => one.at),
      )},
      ${timestamps(
        tx,
        ends.map((one) => one?.at ?? null),
      )},
      ${float8s(
        tx,
        ends.map((one) => one?.value ?? null),
      )},
      ${int8s(
        tx,
        alerts.map((one) => one.closing?.seq ?? one.fired.seq),
      )}
    )`;
}

/** How many alerts the devices of these have open. */
export function countOpen(tx: RawTransaction, alerts: readonly NewAlert[]): Promise<OpenCount[]> {
  return tx<OpenCount[]>`
    SELECT alert.tenant, alert.idx, count(*)::integer AS open
    FROM (SELECT DISTINCT * FROM unnest(
      ${int4s(
        tx,
        alerts.map(({ fired }) => fired.tenant),
      )},
      ${int4s(
        tx,
        alerts.map(({ fired }) => fired.idx),
      )}
    ) AS d (tenant, idx)) AS device_of
    JOIN alert USING (tenant, idx)
    WHERE alert.cleared_at IS NULL
    GROUP BY alert.tenant, alert.idx`;
}

/** Ends open alerts, which it holds in the order of {@link lockSome}, so that neither waits for the other. */
export async function closeAlerts(tx: RawTransaction, alerts: readonly ClosedAlert[]): Promise<void> {
  const ids = alerts.map((one) => one.id);
  const tenants = [...new Set(alerts.map((one) => one.tenant))];
  await tx`
    WITH held AS MATERIALIZED (
      SELECT id FROM alert WHERE tenant = ANY(${int4s(tx, tenants)}) AND id = ANY(${int8s(tx, ids)}) ORDER BY id FOR UPDATE
    )
    UPDATE alert SET cleared_at = closing.at, cleared_value = closing.value, seq = closing.seq
    FROM unnest(
      ${int4s(
        tx,
        alerts.map((one) => one.tenant),
      )},
      ${int8s(tx, ids)},
      ${timestamps(
        tx,
        alerts.map((one) => one.at),
      )},
      ${float8s(
        tx,
        alerts.map((one) => one.value),
      )},
      ${int8s(
        tx,
        alerts.map((one) => one.seq),
      )}
    ) AS closing (tenant, id, at, value, seq) JOIN held USING (id)
    WHERE alert.tenant = closing.tenant AND alert.id = closing.id`;
}

/** Ends all open alerts of a device, held in the same order. */
export async function closeAllAlerts(
  sql: RawSql,
  { tenant, idx, at }: { readonly tenant: number; readonly idx: number; readonly at: Date },
): Promise<void> {
  await sql`
    WITH held AS MATERIALIZED (
      SELECT id FROM alert WHERE tenant = ${tenant} AND idx = ${idx} AND cleared_at IS NULL ORDER BY id FOR UPDATE
    )
    UPDATE alert SET cleared_at = ${at} FROM held WHERE alert.tenant = ${tenant} AND alert.id = held.id`;
}

/** An alert as it is listed. */
export interface AlertRow {
  readonly id: number;
  readonly idx: number;
  readonly rule: string;
  readonly series: string;
  readonly severity: 'warning' | 'critical';
  readonly value: number;
  readonly threshold: number;
  readonly since: Date;
  readonly firedAt: Date;
  readonly clearedAt: Date | null;
  readonly clearedValue: number | null;
  /** Since when somebody has it, his name and id; null: nobody. No id: a token of nobody. */
  readonly takenAt: Date | null;
  readonly takenBy: string | null;
  readonly takenPerson: string | null;
  readonly takenComment: string;
}

/** A place in the list, which has open alerts first, newest first in both halves. */
export interface AlertCursor {
  readonly isOpen: boolean;
  readonly firedAt: Date;
  readonly id: number;
}

/** What a list is narrowed by. */
export interface AlertFilter {
  readonly idx: number | null;
  readonly isOpen: boolean | null;
  /** Whether somebody has it. */
  readonly isTaken: boolean | null;
  /** Devices that may be seen; null: all. */
  readonly scope: DeviceSet | null;
}

function columns(sql: RawSql) {
  return sql`id, idx, rule, series, severity, value, threshold, since, fired_at AS "firedAt", cleared_at AS "clearedAt",
    cleared_value AS "clearedValue", taken_at AS "takenAt", taken_by AS "takenBy", taken_person AS "takenPerson",
    taken_comment AS "takenComment"`;
}

/** In the words of the index of those that somebody has: with a parameter the database would walk the history of all alerts. */
function whetherTaken(sql: RawSql, isTaken: boolean | null) {
  if (isTaken === null) return sql``;
  return isTaken ? sql`AND taken_at IS NOT NULL` : sql`AND taken_at IS NULL`;
}

/** One page of alerts. */
export function selectAlerts(
  sql: RawSql,
  tenant: number,
  { filter, after, limit }: { filter: AlertFilter; after: AlertCursor | null; limit: number },
): Promise<AlertRow[]> {
  const device = filter.idx === null ? sql`` : sql`AND idx = ${filter.idx}`;
  const state = filter.isOpen === null ? sql`` : sql`AND (cleared_at IS NULL) = ${filter.isOpen}`;
  const place =
    after === null
      ? sql``
      : sql`AND ((cleared_at IS NULL), fired_at, id) < (${after.isOpen}, ${after.firedAt}, ${after.id})`;
  return sql<AlertRow[]>`
    SELECT ${columns(sql)}
    FROM alert WHERE tenant = ${tenant} ${device} ${state} ${whetherTaken(sql, filter.isTaken)} ${inScope(sql, filter.scope)} ${place}
    ORDER BY (cleared_at IS NULL) DESC, fired_at DESC, id DESC LIMIT ${limit}`;
}

/** Some alerts, of those that there are. */
export function selectSome(sql: RawSql, tenant: number, ids: readonly number[]): Promise<AlertRow[]> {
  return sql<
    AlertRow[]
  >`SELECT ${columns(sql)} FROM alert WHERE tenant = ${tenant} AND id = ANY(${int8s(sql, ids)})`;
}

/** The same, held until the transaction ends; always in one order, so that no two wait for each other. */
export function lockSome(tx: RawTransaction, tenant: number, ids: readonly number[]): Promise<AlertRow[]> {
  return tx<AlertRow[]>`
    SELECT ${columns(tx)} FROM alert WHERE tenant = ${tenant} AND id = ANY(${int8s(tx, ids)}) ORDER BY id FOR UPDATE`;
}

/** Devices on which a critical alert fired since then that is open. */
export async function selectCritical(sql: RawSql, tenant: number, since: Date): Promise<number[]> {
  const rows = await sql<{ idx: number }[]>`
    SELECT DISTINCT idx FROM alert
    WHERE tenant = ${tenant} AND (cleared_at IS NULL) = true AND fired_at >= ${since} AND severity = 'critical'`;
  return rows.map(({ idx }) => idx);
}
