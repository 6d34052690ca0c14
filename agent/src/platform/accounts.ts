// Numbers of a local account by its name.
import { readFile } from 'node:fs/promises';

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
