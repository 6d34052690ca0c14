// Which processes there are, and the names of the accounts they run as.
import type { Files } from '../files.ts';

/** Process ids in /proc, ascending, so that a parent that shares a socket stands before its children. */
export async function listPids(files: Files): Promise<number[]> {
  const names = (await files.list('/proc')).filter((name) => /^\d{1,9}$/.test(name));
  return names.map(Number).sort((a, b) => a - b);
}

/** Names of the local accounts by user id, from /etc/passwd; the first of several with one id, as the system resolves it. */
export async function readAccountNames(files: Files): Promise<ReadonlyMap<number, string>> {
  const names = new Map<number, string>();
  for (const line of ((await files.readText('/etc/passwd')) ?? '').split('\n')) {
    const [name, , id] = line.split(':');
    if (!name || id === undefined || !/^\d+$/.test(id) || names.has(Number(id))) continue;
    names.set(Number(id), name);
  }
  return names;
}
