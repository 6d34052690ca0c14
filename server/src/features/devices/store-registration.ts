// The statement that puts devices into the table: however many, in one, whatever decides who of them may come in.

import type { PendingQuery, Row } from 'postgres';
import type { DeviceRecord } from '../../core/agents/directory.ts';
import { insertPendingBodies } from '../../core/audit/store.ts';
import { byteas, texts } from '../../core/db/columns.ts';
import type { RawSql } from '../../core/db/pool.ts';

/** A device that wants to be registered. */
export interface NewDevice {
  /** The id it gets when its key is not known. */
  readonly id: string;
  readonly tokenId: string;
  readonly hostname: string;
  readonly platform: string;
  readonly agentVersion: string;
  readonly deviceKey: Uint8Array;
  readonly sealKey: Uint8Array;
  /** Events of its enrollment by the state in which it comes in, as text. */
  readonly eventActive: string;
  readonly eventPending: string;
}

/**
 * A part of WITH that decides. It reads `fresh (at, token_id)`, the devices whose keys are not known in the order of `at`, and makes
 * `judged (at, code, state, labels)` of all of them: with a code the device stays out, without one it comes in with that state and these labels.
 */
export type Judgment = PendingQuery<Row[]>;

/** What became of one: a device, or the code that kept it out. */
export type RegistrationRow = { /** Its place among those who asked, from 1. */ readonly at: number } & (
  | { readonly code: null; readonly id: string; readonly idx: number; readonly state: DeviceRecord['state'] }
  | { readonly code: string }
);

/**
 * Registers devices with keys that differ, all or none of them, and answers for each; dense numbers in the order of asking. Waits for
 * the locks of the judgment before that of the counter. A key that another transaction stores meanwhile is a unique violation.
 */
export function registerDevices(
  sql: RawSql,
  { tenant, devices, judgment }: { tenant: number; devices: readonly NewDevice[]; judgment: Judgment },
): Promise<RegistrationRow[]> {
  const column = (name: Exclude<keyof NewDevice, 'deviceKey' | 'sealKey'>) =>
    texts(
      sql,
      devices.map((device) => device[name]),
    );
  const keys = (name: 'deviceKey' | 'sealKey') =>
    byteas(
      sql,
      devices.map((device) => device[name]),
    );
  return sql<RegistrationRow[]>`
    WITH asked AS MATERIALIZED (
      SELECT * FROM unnest(${column('id')}, ${column('tokenId')}, ${column('hostname')}, ${column('platform')},
        ${column('agentVersion')}, ${keys('deviceKey')}, ${keys('sealKey')}, ${column('eventActive')}, ${column('eventPending')})
      WITH ORDINALITY AS asked (id, token_id, hostname, platform, agent_version, device_key, seal_key, event_active, event_pending, at)
    ), known AS MATERIALIZED (
      SELECT asked.at, device.id, device.idx, device.state
      FROM asked JOIN device ON device.tenant = ${tenant} AND device.device_key = asked.device_key
    ), fresh AS MATERIALIZED (
      SELECT at, token_id FROM asked WHERE NOT EXISTS (SELECT FROM known WHERE known.at = asked.at)
    ), ${judgment}, served AS MATERIALIZED (
      SELECT asked.*, judged.state, judged.labels, row_number() OVER (ORDER BY at) - count(*) OVER () - 1 AS behind
      FROM judged JOIN asked USING (at) WHERE judged.code IS NULL
    ), counter AS (
      INSERT INTO device_counter (tenant, next) SELECT ${tenant}, count(*)::integer FROM served HAVING count(*) > 0
      ON CONFLICT (tenant) DO UPDATE SET next = device_counter.next + excluded.next
      RETURNING next
    ), made AS (
      INSERT INTO device (tenant, idx, id, state, hostname, platform, agent_version, device_key, seal_key, labels, token_id, approved_at)
      SELECT ${tenant}, next + behind, id, state, hostname, platform, agent_version, device_key, seal_key, labels, token_id,
             CASE WHEN state = 'active' THEN now() END
      FROM served, counter
      RETURNING id, idx, state
    ), audited AS (
      SELECT CASE WHEN made.state = 'active' THEN event_active ELSE event_pending END AS body
      FROM made JOIN asked USING (id) ORDER BY asked.at
    ), noted AS (${insertPendingBodies(sql, tenant)})
    SELECT at, id, idx, state, NULL AS code FROM known
    UNION ALL SELECT served.at, made.id, made.idx, made.state, NULL FROM made JOIN served USING (id)
    UNION ALL SELECT at, NULL, NULL, NULL, code FROM judged WHERE code IS NOT NULL`;
}
