// Lets tools on the host reach the database of a running server: the server notes where it listens.
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fail } from '../../errors.ts';
import { type DatabaseAddress, formatAddress, parseAddress } from './address.ts';
import { createPool, type Pool, type RawSql } from './pool.ts';

/** Running statements of a tool get this long at its end, ms. */
const CLOSE_MS = 1_000;

function pathOf(dataDir: string): string {
  return join(dataDir, 'database-address');
}

/** Notes the address of the embedded database, for the server's own user. One of an admin's own is never written down. */
export async function noteRunning(dataDir: string, address: DatabaseAddress): Promise<void> {
  if (address.kind === 'socket') await writeFile(pathOf(dataDir), formatAddress(address), { mode: 0o600 });
}

/** The server stops: nobody should try that address any more. */
export async function forgetRunning(dataDir: string): Promise<void> {
  await rm(pathOf(dataDir), { force: true });
}

/** An open database of a running server. */
export interface RunningDatabase {
  readonly sql: RawSql;
  close(): Promise<void>;
}

/** Where the database of a running server is. @throws MusterError E_NOT_RUNNING */
export async function findAddress(
  dataDir: string,
  databaseUrl: string | undefined,
): Promise<DatabaseAddress> {
  if (databaseUrl !== undefined) return { kind: 'url', url: databaseUrl };
  try {
    return parseAddress(await readFile(pathOf(dataDir), 'utf8'));
  } catch (cause) {
    throw fail('E_NOT_RUNNING', { cause });
  }
}

/** Opens the database that a running server uses. @throws MusterError E_NOT_RUNNING */
export async function openRunning(config: {
  readonly dataDir: string;
  readonly databaseUrl?: string | undefined;
}): Promise<RunningDatabase> {
  const pool: Pool = createPool({ address: await findAddress(config.dataDir, config.databaseUrl), max: 1 });
  return { sql: pool.sql, close: () => pool.close(CLOSE_MS) };
}
