// Backup and restore on the host: what `muster-server db` does.
import type { ServerConfig } from './config.ts';
import { done, fromHost, writeAudit } from './core/audit/audit.ts';
import { systemClock } from './core/clock.ts';
import type { DatabaseAddress } from './core/db/address.ts';
import { type BackupReport, backupDatabase } from './core/db/backup.ts';
import { openEngine } from './core/db/database.ts';
import { readMigrations } from './core/db/migrate.ts';
import { createPool } from './core/db/pool.ts';
import { restoreDatabase } from './core/db/restore.ts';
import { findAddress } from './core/db/running.ts';
import { createLogger } from './core/log.ts';
import { findTenant } from './features/trust/index.ts';

/** How long the last statement may take, ms. */
const RESTORE_CLOSE_MS = 5_000;

/** Writes a backup of the running server's database. @throws MusterError E_NOT_RUNNING, E_BACKUP, E_UNAVAILABLE */
export async function backupHost(config: ServerConfig, path: string): Promise<BackupReport> {
  const address = await findAddress(config.dataDir, config.databaseUrl);
  return backupDatabase(address, path, await readMigrations());
}

/** The history that was restored says so itself; a backup of before there was an audit has no place for it. */
async function noteRestored(address: DatabaseAddress): Promise<void> {
  const pool = createPool({ address, max: 2 });
  try {
    const { sql } = pool;
    const [place] = await sql<
      { isThere: boolean }[]
    >`SELECT to_regclass('audit_pending') IS NOT NULL AS "isThere"`;
    const tenant = await findTenant(sql);
    if (place?.isThere !== true || tenant === null) return;
    await writeAudit(sql, done(fromHost, { tenant, act: 'database.restore', subject: null }));
  } finally {
    await pool.close(RESTORE_CLOSE_MS);
  }
}

/** Restores a backup into a data folder without a database, or into an empty database of one's own, while no server runs there. */
export async function restoreHost(config: ServerConfig, path: string): Promise<void> {
  const { dataDir, databaseUrl } = config;
  const log = createLogger({ level: 'warn' });
  const engine = await openEngine({ dataDir, databaseUrl, clock: systemClock, log });
  try {
    await restoreDatabase(engine.address, path);
    await noteRestored(engine.address);
  } finally {
    await engine.stop();
  }
}
