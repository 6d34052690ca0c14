// The name of a data folder, by which a database that several servers use tells their processes apart.
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Reads the folder's name, and makes one on the first run. Only the process that holds the folder's lock may be first. */
export async function readInstance(dataDir: string): Promise<string> {
  const path = join(dataDir, 'instance');
  try {
    const text = (await readFile(path, 'utf8')).trim();
    if (text !== '') return text;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  const made = randomBytes(16).toString('hex');
  await writeFile(path, `${made}\n`, { mode: 0o600 });
  return made;
}
