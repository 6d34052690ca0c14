// Hot statements of the devices feature: set-based, one for however many devices.

import type { DeviceNumber, DeviceRecord, OpeningSession } from '../../core/agents/directory.ts';
import type { AuditEvent } from '../../core/audit/audit.ts';
import { insertPendingIfChanged } from '../../core/audit/store.ts';
import { booleans, int4s, int8s, texts, timestamps } from '../../core/db/columns.ts';
import type { RawSql, RawTransaction } from '../../core/db/pool.ts';

/** What a lookup at authentication reads. */
export async function selectForSessions(sql: RawSql, ids: readonly string[]): Promise<DeviceRecord[]> {
  return sql<DeviceRecord[]>`
    SELECT tenant, idx, id AS "deviceId", device_key AS "deviceKey", state, state_reason AS "stateReason",
           epoch, epoch_seen AS "epochSeen", gateway
    FROM device WHERE id = ANY(${texts(sql, ids)})`;
}

/**
 * Issues the epochs of a batch of sessions and returns the devices that got one; a device that was retired or quarantined
 * meanwhile gets none, nor one that another gateway has opened a session for. The presented epoch is thereby known to be held.
 */
export function updateEpochs(
  sql: RawSql,
  openings: readonly OpeningSession[],
): Promise<{ readonly tenant: number; readonly idx: number }[]> {
  return sql`
    UPDATE device SET
      epoch = opening.epoch,
      epoch_seen = GREATEST(device.epoch_seen, LEAST(opening.presented, opening.epoch)),
      boot_id = opening.boot_id,
      agent_version = opening.agent_version,
      clock_offset_ms = opening.clock_offset_ms,
      gateway = opening.gateway
    FROM unnest(
      ${int4s(
        sql,
        openings.map((one) => one.tenant),
      )},
      ${int4s(
        sql,
        openings.map((one) => one.idx),
      )},
      ${int8s(
        sql,
        openings.map((one) => one.epoch),
      )},
      ${int8s(
        sql,
        openings.map((one) => one.presentedEpoch),
      )},
      ${texts(
        sql,
        openings.map((one) => one.bootId),
      )},
      ${texts(
        sql,
        openings.map((one) => one.agentVersion),
      )},
      ${int8s(
        sql,
        openings.map((one) => one.clockOffsetMs),
      )},
      ${texts(
        sql,
        openings.map((one) => one.gateway),
      )}
    ) AS opening (tenant, idx, epoch, presented, boot_id, agent_version, clock_offset_ms, gateway)
    WHERE device.tenant = opening.tenant AND device.idx = opening.idx AND device.state = 'active'
      AND (device.epoch < opening.epoch OR (device.epoch = opening.epoch AND device.gateway = opening.gateway))
    RETURNING device.tenant, device.idx`;
}

/** A device came or went. */
export interface PresenceChange {
  readonly tenant: number;
  readonly idx: number;
  readonly online: boolean;
  readonly at: Date;
  /** Of the session that began or ended. */
  readonly epoch: number;
  /** Epoch that the device has shown it holds; 0 when it has shown none. */
  readonly seen: number;
}

/** Writes a batch of transitions; at most one a device. Whether it is there, only its newest session says. */
export async function updatePresence(sql: RawSql, changes: readonly PresenceChange[]): Promise<void> {
  await sql`
    UPDATE device SET
      online = CASE WHEN change.epoch >= device.epoch THEN change.online ELSE device.online END,
      online_since = CASE WHEN change.epoch < device.epoch THEN device.online_since
                          WHEN change.online THEN change.at END,
      last_seen_at = CASE WHEN change.epoch >= device.epoch THEN change.at ELSE device.last_seen_at END,
      epoch_seen = GREATEST(device.epoch_seen, LEAST(change.seen, device.epoch))
    FROM unnest(
      ${int4s(
        sql,
        changes.map((one) => one.tenant),
      )},
      ${int4s(
        sql,
        changes.map((one) => one.idx),
      )},
      ${booleans(
        sql,
        changes.map((one) => one.online),
      )},
      ${timestamps(
        sql,
        changes.map((one) => one.at),
      )},
      ${int8s(
        sql,
        changes.map((one) => one.epoch),
      )},
      ${int8s(
        sql,
        changes.map((one) => one.seen),
      )}
    ) AS change (tenant, idx, online, at, epoch, seen)
    WHERE device.tenant = change.tenant AND device.idx = change.idx
      AND (change.epoch >= device.epoch OR change.seen > device.epoch_seen)`;
}

/** Names of the gateways that devices were last connected to, of those that count as online. */
export async function selectGateways(sql: RawSql): Promise<string[]> {
  const rows = await sql<{ gateway: string }[]>`SELECT DISTINCT gateway FROM device WHERE online`;
  return rows.map(({ gateway }) => gateway);
}

/**
 * Whoever was connected to a gateway that is gone is offline until it comes back, and was last seen when a server last noted
 * that it ran. Who has a newer session elsewhere has another gateway in its row.
 */
export async function markOffline(sql: RawSql, gateways: readonly string[]): Promise<DeviceNumber[]> {
  return await sql<DeviceNumber[]>`
    UPDATE device SET online = false, online_since = NULL,
      last_seen_at = GREATEST(last_seen_at, (SELECT alive_at FROM server_alive))
    WHERE online AND gateway = ANY(${texts(sql, gateways)})
    RETURNING tenant, idx`;
}

/** A session, by its device and its number among the device's. */
export interface SessionRef extends DeviceNumber {
  readonly epoch: number;
}

/** Which of these sessions are the newest of devices that may connect, and stay so until the transaction ends. In order of the keys. */
export async function lockNewest(tx: RawSql, sessions: readonly SessionRef[]): Promise<DeviceNumber[]> {
  return await tx<DeviceNumber[]>`
    SELECT device.tenant, device.idx FROM device JOIN unnest(
      ${int4s(
        tx,
        sessions.map((one) => one.tenant),
      )},
      ${int4s(
        tx,
        sessions.map((one) => one.idx),
      )},
      ${int8s(
        tx,
        sessions.map((one) => one.epoch),
      )}
    ) AS one (tenant, idx, epoch) ON device.tenant = one.tenant AND device.idx = one.idx
    WHERE device.epoch <= one.epoch AND device.state = 'active'
    ORDER BY device.tenant, device.idx FOR SHARE OF device`;
}

/** Those of some devices that may not be connected. */
export async function selectInactive(
  sql: RawSql,
  devices: readonly DeviceNumber[],
): Promise<(DeviceNumber & { readonly state: 'quarantined' | 'retired' })[]> {
  return await sql`
    SELECT tenant, idx, state FROM device JOIN unnest(
      ${int4s(
        sql,
        devices.map((one) => one.tenant),
      )},
      ${int4s(
        sql,
        devices.map((one) => one.idx),
      )}
    ) AS one (tenant, idx) USING (tenant, idx)
    WHERE state IN ('quarantined', 'retired')`;
}

/** Notes that a server runs. */
export async function noteAlive(sql: RawSql, at: Date): Promise<void> {
  await sql`INSERT INTO server_alive (alive_at) VALUES (${at})
    ON CONFLICT (id) DO UPDATE SET alive_at = excluded.alive_at`;
}

/** Quarantines an active device and writes the event; one that an admin has retired meanwhile stays so. */
export async function updateQuarantine(
  sql: RawSql,
  {
    event,
    ...device
  }: {
    readonly tenant: number;
    readonly idx: number;
    readonly reason: string;
    readonly event: AuditEvent;
  },
): Promise<void> {
  await sql`
    WITH changed AS (
      UPDATE device SET state = 'quarantined', state_reason = ${device.reason}
      WHERE tenant = ${device.tenant} AND idx = ${device.idx} AND state = 'active' RETURNING 1
    ), audited AS (${insertPendingIfChanged(sql, event)})
    SELECT 1`;
}

/** Number of the device with that id. */
export async function selectIdx(sql: RawSql, tenant: number, id: string): Promise<number | undefined> {
  const rows = await sql<{ idx: number }[]>`SELECT idx FROM device WHERE tenant = ${tenant} AND id = ${id}`;
  return rows[0]?.idx;
}

/** Ids and host names of devices by number. */
export function selectNames(
  sql: RawSql,
  tenant: number,
  idxs: readonly number[],
): Promise<{ readonly idx: number; readonly id: string; readonly hostname: string }[]> {
  return sql`SELECT idx, id, hostname FROM device WHERE tenant = ${tenant} AND idx = ANY(${int4s(sql, idxs)})`;
}

/** What a device calls itself now. */
export interface DeviceName {
  readonly tenant: number;
  readonly idx: number;
  readonly hostname: string;
}

/** Stores names that are not what is stored, in order of the keys; returns the devices whose name it was not. */
export function updateHostnames(
  tx: RawTransaction,
  names: readonly DeviceName[],
): Promise<{ readonly tenant: number; readonly idx: number }[]> {
  return tx`
    WITH name AS (
      SELECT * FROM unnest(
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
          names.map((one) => one.hostname),
        )}
      ) AS n (tenant, idx, hostname)
    ), locked AS MATERIALIZED (
      SELECT device.tenant, device.idx, name.hostname FROM device JOIN name USING (tenant, idx)
      WHERE device.hostname <> name.hostname
      ORDER BY device.tenant, device.idx FOR NO KEY UPDATE OF device
    )
    UPDATE device SET hostname = locked.hostname FROM locked
    WHERE device.tenant = locked.tenant AND device.idx = locked.idx
    RETURNING device.tenant, device.idx`;
}

/** How the clocks of connected devices stand against the server's. */
export interface ClockWitness {
  /** Connected devices that were asked; at most {@link MAX_WITNESSES}. */
  readonly devices: number;
  /** The middle of their differences, device minus server, ms; 0 without any. */
  readonly middleMs: number;
}

/** So many devices are enough to tell whose clock is off. */
const MAX_WITNESSES = 500;

/** Reads it from the last sessions. */
export async function selectClockWitness(sql: RawSql, tenant: number): Promise<ClockWitness> {
  const rows = await sql<ClockWitness[]>`
    SELECT count(*)::integer AS devices,
           coalesce(percentile_cont(0.5) WITHIN GROUP (ORDER BY clock_offset_ms), 0) AS "middleMs"
    FROM (SELECT clock_offset_ms FROM device WHERE tenant = ${tenant} AND online LIMIT ${MAX_WITNESSES}) AS asked`;
  return rows[0] ?? { devices: 0, middleMs: 0 };
}
