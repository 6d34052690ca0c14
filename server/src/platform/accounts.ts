// Finds the operating system account that PostgreSQL runs as when the server itself runs as root.
import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** An account of the machine. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root, and a uid without an entry in /etc/passwd makes initdb fail. */
const candidates = ['muster', 'nobody'];

/** The account to drop to when this process is root: `muster` where an installer made it, else `nobody`. */
export async function readServiceAccount(path = '/etc/passwd'): Promise<Account | undefined> {
  const accounts = parsePasswd(await readFile(path, 'utf8'));
  for (const name of candidates) {
    const found = accounts.find((account) => account.name === name && account.uid !== 0);
    if (found) return found;
  }
  return undefined;
}

/** The account with that uid, or undefined. */
export async function readAccount(uid: number, path = '/etc/passwd'): Promise<Account | undefined> {
  return parsePasswd(await readFile(path, 'utf8')).find((account) => account.uid === uid);
}

/** Entries of a passwd file (man 5 passwd); lines that do not fit are left out. */
export function parsePasswd(text: string): Account[] {
  const accounts: Account[] = [];
  for (const line of text.split('\n')) {
    const [name, , uid, gid] = line.split(':');
    if (!name || !/^\d+$/.test(uid ?? '') || !/^\d+$/.test(gid ?? '')) continue;
    accounts.push({ name, uid: Number(uid), gid: Number(gid) });
  }
  return accounts;
}

/** True when the account may pass through every folder on the way to `path` (itself included when a folder). */
export async function canReach(path: string, account: Account): Promise<boolean> {
  let folder = await realpath(path);
  for (;;) {
    const about = await stat(folder);
    if (about.isDirectory() && !mayEnter(about, account)) return false;
    const parent = dirname(folder);
    if (parent === folder) return true;
    folder = parent;
  }
}

function mayEnter(about: { mode: number; uid: number; gid: number }, account: Account): boolean {
  if (about.uid === account.uid) return (about.mode & 0o100) !== 0;
  if (about.gid === account.gid) return (about.mode & 0o010) !== 0;
  return (about.mode & 0o001) !== 0;
}
