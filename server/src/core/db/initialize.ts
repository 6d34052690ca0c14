// Makes the embedded cluster on the first run, all or nothing, and refuses one of another major version.
import { chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fail } from '../../errors.ts';
import { runToEnd } from '../../platform/postgres.ts';
import { POSTGRES_INIT_MS } from '../../timing.ts';
import type { PostgresFolder } from './postgres-folder.ts';
import {
  type Durability,
  EMBEDDED_USER,
  formatPgIdentConf,
  formatPostgresqlConf,
  pgHbaConf,
} from './postgres-settings.ts';

/** Makes the cluster if there is none. Returns true when it was made now. */
export async function initializeCluster(folder: PostgresFolder, durability: Durability): Promise<boolean> {
  const made = await readMajor(folder.dataFolder);
  if (made !== undefined) {
    await checkMajor(folder, made);
    return false;
  }
  // initdb leaves half a cluster when it is interrupted, so it works under another name.
  const draft = `${folder.dataFolder}.draft`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  if (folder.account) await chown(draft, folder.account.uid, folder.account.gid);
  const { code, output } = await runToEnd([folder.initdb, ...initdbArguments(draft, durability)], {
    identity: folder.account,
    folder: folder.root,
    timeoutMs: POSTGRES_INIT_MS,
  });
  if (code !== 0)
    throw fail('E_DATABASE_START', { detail: `The database folder could not be made: ${lastLine(output)}` });
  await rename(draft, folder.dataFolder);
  return true;
}

/**
 * The built-in C.UTF-8 provider sorts by code point whatever the machine's libc: version keys need byte order,
 * and an index stays valid when the folder moves to another machine.
 */
function initdbArguments(dataFolder: string, durability: Durability): string[] {
  const args = [
    `--pgdata=${dataFolder}`,
    `--username=${EMBEDDED_USER}`,
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--auth-local=peer',
    '--auth-host=reject',
    '--no-instructions',
  ];
  return durability === 'durable' ? args : [...args, '--no-sync'];
}

/** Writes the three configuration files, readable by PostgreSQL's account only. */
export async function writeSettings(folder: PostgresFolder, durability: Durability): Promise<void> {
  const files = {
    'postgresql.conf': formatPostgresqlConf(folder.socketFolder, durability),
    'pg_hba.conf': pgHbaConf,
    'pg_ident.conf': formatPgIdentConf(folder.serverAccount),
  };
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder.dataFolder, name);
    await writeFile(path, text, { mode: 0o600 });
    if (folder.account) await chown(path, folder.account.uid, folder.account.gid);
  }
}

async function readMajor(dataFolder: string): Promise<string | undefined> {
  try {
    return (await readFile(join(dataFolder, 'PG_VERSION'), 'utf8')).trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

async function checkMajor(folder: PostgresFolder, made: string): Promise<void> {
  const { output } = await runToEnd([folder.postgres, '--version'], {
    identity: folder.account,
    folder: folder.root,
    timeoutMs: POSTGRES_INIT_MS,
  });
  const major = /\) (\d+)/.exec(output)?.[1];
  if (major === made) return;
  throw fail('E_DATABASE_VERSION', {
    detail: `The data folder was made by PostgreSQL ${made}, this Muster brings ${major ?? 'another'}; back up with the old Muster and restore.`,
  });
}

/** The line of a program's output that says why it ended: the last fault, else the last line. */
export function lastLine(output: string): string {
  const lines = output.trim().split('\n');
  const fault = lines.findLast((line) => /\b(?:FATAL|PANIC|error):/.test(line));
  return (fault ?? lines.at(-1) ?? '').slice(0, 300);
}
