// Folders of small files that count as one: sysctl.d, modprobe.d.
import type { Files } from '../../../platform/files.ts';

/** Paths of the `.conf` files in the order in which they are read: by name, whatever folder they lie in. An earlier folder hides files of the same name in later ones. */
export async function listDropIns(files: Files, folders: readonly string[]): Promise<string[]> {
  const byName = new Map<string, string>();
  for (const folder of folders)
    for (const name of await files.list(folder))
      if (name.endsWith('.conf') && !byName.has(name)) byName.set(name, `${folder}/${name}`);
  return [...byName].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, path]) => path);
}
