// Numbers of a local account by its name.
import { chown, copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

/** User and main group of an account. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** The account as /etc/passwd has it; null for none of that name. */
export async function findAccount(name: string): Promise<Account | null> {
  const line = (await readFile('/etc/passwd', 'utf8')).split('\n').find((row) => row.startsWith(`${name}:`));
  const [, , uid = '', gid = ''] = line?.split(':') ?? [];
  return /^\d+$/.test(uid) && /^\d+$/.test(gid) ? { uid: Number(uid), gid: Number(gid) } : null;
}

/** Copies a file into a folder of its own that only that account can open. */
export async function lendFile(
  path: string,
  { uid, gid }: Account,
): Promise<{ readonly folder: string; readonly copy: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'muster-lent-'));
  const copy = join(folder, basename(path));
  await copyFile(path, copy);
  await chown(copy, uid, gid);
  await chown(folder, uid, gid);
  return { folder, copy };
}

/** Removes what was lent. */
export async function takeBack(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}
