// Python packages in the system-wide folders, from the metadata that pip and the distribution leave beside each.
import type { Files } from '../../platform/files.ts';
import { listed, MAX_ECOSYSTEM_PACKAGES, type PackageRow, type PackageSource } from './source.ts';

const LIBRARIES = ['/usr/lib', '/usr/lib64', '/usr/local/lib', '/usr/local/lib64'];
/** The folder of one interpreter version, or Debian's shared one. */
const INTERPRETER = /^python3(\.\d{1,3})?$/;
/** `name-version.dist-info`, or the older `name-version-py3.11.egg-info`, whose version may be missing. */
const METADATA = /^(.+?)(?:-([^-]+))?(?:-py[\d.]+)?\.(dist|egg)-info$/;
/** Name and version stand in the first lines; the description behind them may be long, bytes. */
const HEAD_BYTES = 2048;

/** System-wide package folders, each once where one path is a link to another. */
async function findFolders(files: Files): Promise<string[]> {
  const found = new Map<number, string>();
  for (const library of LIBRARIES) {
    for (const interpreter of (await files.list(library)).filter((name) => INTERPRETER.test(name))) {
      for (const folder of ['dist-packages', 'site-packages']) {
        const path = `${library}/${interpreter}/${folder}`;
        const facts = await files.stat(path);
        if (facts !== null && !found.has(facts.ino)) found.set(facts.ino, path);
      }
    }
  }
  return [...found.values()];
}

/** Name and version of a METADATA or PKG-INFO text; null where one is missing. */
export function parseMetadata(text: string): { name: string; version: string } | null {
  const name = /^Name:[ \t]*(\S+)/im.exec(text)?.[1];
  const version = /^Version:[ \t]*(\S+)/im.exec(text)?.[1];
  return name === undefined || version === undefined ? null : { name, version };
}

async function readPackage(files: Files, folder: string, entry: string): Promise<PackageRow | null> {
  const [, shortName, shortVersion, kind] = METADATA.exec(entry) ?? [];
  if (shortName === undefined) return null;
  const path = `${folder}/${entry}`;
  // An egg-info is a folder or, from distutils, the text itself.
  const text =
    kind === 'dist'
      ? await files.readText(`${path}/METADATA`, HEAD_BYTES)
      : ((await files.readText(`${path}/PKG-INFO`, HEAD_BYTES)) ?? (await files.readText(path, HEAD_BYTES)));
  const stated = text === null ? null : parseMetadata(text);
  // The entry's own name says the same in a normalized spelling.
  const name = stated?.name ?? shortName;
  const version = stated?.version ?? shortVersion;
  if (version === undefined) return null;
  return { ecosystem: 'pypi', name, version, arch: '', source: null, size: null, status: 'installed' };
}

/** Reads every folder that exists; one without packages gives nothing. */
export const pypiSource: PackageSource = {
  ecosystem: 'pypi',
  watch: findFolders,
  async read(files) {
    const results = [];
    for (const folder of await findFolders(files)) {
      const rows: PackageRow[] = [];
      for (const entry of await files.list(folder)) {
        if (rows.length > MAX_ECOSYSTEM_PACKAGES) break;
        const row = await readPackage(files, folder, entry);
        if (row !== null) rows.push(row);
      }
      if (rows.length > 0) results.push(listed(folder, rows));
    }
    return results;
  },
};
