// Puts organizations and devices into a test's database, as enrollment would.
import type { RawSql } from '../../../core/db/pool.ts';

export interface TestRef {
  readonly tenant: number;
  readonly idx: number;
  readonly deviceId: string;
}

export async function createTenants(sql: RawSql, tenants: readonly number[]): Promise<void> {
  for (const tenant of tenants) {
    await sql`INSERT INTO organization (tenant, id, name) VALUES (${tenant}, ${`org_${tenant}`}, ${`Organization ${tenant}`})`;
  }
}

/** Adds devices behind the ones there are. */
export async function addDevices(sql: RawSql, tenant: number, count: number): Promise<TestRef[]> {
  const rows = await sql<{ idx: number; id: string }[]>`
    INSERT INTO device (tenant, idx, id, state, hostname, platform, agent_version, device_key, seal_key, token_id)
    SELECT ${tenant}, i, 'dev_' || rpad(translate(${tenant}::text || 'q' || i, '0123456789', 'abcdefghij'), 26, 'z'), 'active', 'host-' || i, 'linux', '0.1.0',
      sha256(convert_to(${tenant}::text || '/' || i, 'UTF8')), sha256('seal'), 'tok'
    FROM generate_series(
      (SELECT coalesce(max(idx) + 1, 0) FROM device WHERE tenant = ${tenant}),
      (SELECT coalesce(max(idx) + 1, 0) FROM device WHERE tenant = ${tenant}) + ${count}::integer - 1
    ) AS i
    RETURNING idx, id`;
  return rows.map(({ idx, id }) => ({ tenant, idx, deviceId: id })).sort((a, b) => a.idx - b.idx);
}
