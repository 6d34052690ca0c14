// The name of a data folder, by which a database that several servers use tells their processes apart.
import { createHash, randomBytes } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readBootId } from '../platform/process.ts';

/**
 * Reads the folder's name, and makes one on the first run. Only the process that holds the folder's lock may be first. Where others
 * may use the database too, a copy of the folder has another name, on this machine or on any other, as the folder itself has after
 * its machine started anew: its former processes cannot be told from those of a copy then.
 */
export async function readInstance(
  dataDir: string,
  { isShared }: { readonly isShared: boolean },
): Promise<string> {
  const path = join(dataDir, 'instance');
  const name = (await readName(path)) ?? (await makeName(path));
  if (!isShared) return name;
  const { dev, ino } = await stat(path, { bigint: true });
  return createHash('sha256')
    .update(`${name} ${await readBootId()} ${dev} ${ino}`)
    .digest('hex')
    .slice(0, name.length);
}

async function readName(path: string): Promise<string | null> {
  try {
    return (await readFile(path, 'utf8')).trim() || null;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

async function makeName(path: string): Promise<string> {
  const made = randomBytes(16).toString('hex');
  await writeFile(path, `${made}\n`, { mode: 0o600 });
  return made;
}
