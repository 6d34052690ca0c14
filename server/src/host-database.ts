// Backup and restore on the host: what `muster-server db` does.
import type { ServerConfig } from './config.ts';
import { systemClock } from './core/clock.ts';
import { type BackupReport, backupDatabase } from './core/db/backup.ts';
import { openEngine } from './core/db/database.ts';
import { readMigrations } from './core/db/migrate.ts';
import { restoreDatabase } from './core/db/restore.ts';
import { findAddress } from './core/db/running.ts';
import { createLogger } from './core/log.ts';

/** Writes a backup of the running server's database. @throws MusterError E_NOT_RUNNING, E_BACKUP, E_UNAVAILABLE */
export async function backupHost(config: ServerConfig, path: string): Promise<BackupReport> {
  const address = await findAddress(config.dataDir, config.databaseUrl);
  return backupDatabase(address, path, await readMigrations());
}

/** Restores a backup into a data folder without a database, or into an empty database of one's own, while no server runs there. */
export async function restoreHost(config: ServerConfig, path: string): Promise<void> {
  const { dataDir, databaseUrl } = config;
  const log = createLogger({ level: 'warn' });
  const engine = await openEngine({ dataDir, databaseUrl, clock: systemClock, log });
  try {
    await restoreDatabase(engine.address, path);
  } finally {
    await engine.stop();
  }
}
