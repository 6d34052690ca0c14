// Names of local users and groups with their numbers, from passwd and group.
import type { Files } from '../../../platform/files.ts';

/** Numbers by name, and the other way round. */
export interface AccountIds {
  /** Undefined: there is no such local user. A number in digits is itself. */
  user(name: string): number | undefined;
  group(name: string): number | undefined;
  nameUser(id: number): string;
  nameGroup(id: number): string;
}

interface Names {
  readonly ids: ReadonlyMap<string, number>;
  readonly names: ReadonlyMap<number, string>;
}

/** The third field of each line of passwd or group; the first of several lines with one name counts, as for the system. */
export function parseNames(text: string | null): Names {
  const ids = new Map<string, number>();
  const names = new Map<number, string>();
  for (const line of (text ?? '').split('\n')) {
    const [name = '', , id = ''] = line.split(':');
    if (name === '' || !/^\d+$/.test(id) || ids.has(name)) continue;
    ids.set(name, Number(id));
    if (!names.has(Number(id))) names.set(Number(id), name);
  }
  return { ids, names };
}

function find({ ids }: Names, name: string): number | undefined {
  return /^\d+$/.test(name) ? Number(name) : ids.get(name);
}

/** Reads both files. */
export async function readAccountIds(files: Files): Promise<AccountIds> {
  const users = parseNames(await files.readText('/etc/passwd'));
  const groups = parseNames(await files.readText('/etc/group'));
  return {
    user: (name) => find(users, name),
    group: (name) => find(groups, name),
    nameUser: (id) => users.names.get(id) ?? String(id),
    nameGroup: (id) => groups.names.get(id) ?? String(id),
  };
}
