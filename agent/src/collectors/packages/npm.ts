// Globally installed npm packages, from the package.json of each, without what they bring along themselves.
import type { Files } from '../../platform/files.ts';
import { listed, MAX_ECOSYSTEM_PACKAGES, type PackageRow, type PackageSource } from './source.ts';

const FOLDERS = ['/usr/lib/node_modules', '/usr/local/lib/node_modules'];
/** Largest package.json that is read, bytes; real ones have a few thousand. */
const MAX_JSON_BYTES = 256 * 1024;
/** Packages whose own file is watched: an upgrade by the distribution leaves the folder above untouched. */
const MAX_WATCHED = 200;

/** Folders of packages: one level, and one more below `@scope`. */
async function findPackages(files: Files, folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of await files.list(folder)) {
    if (name.startsWith('.')) continue;
    if (name.startsWith('@'))
      found.push(...(await files.list(`${folder}/${name}`)).map((inner) => `${folder}/${name}/${inner}`));
    else found.push(`${folder}/${name}`);
    if (found.length > MAX_ECOSYSTEM_PACKAGES) break;
  }
  return found;
}

/** Row of a package.json; null when it is none or has no name and version. */
export function parsePackageJson(text: string): PackageRow | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  if (typeof value !== 'object' || value === null || !('name' in value) || !('version' in value)) return null;
  const { name, version } = value;
  if (typeof name !== 'string' || typeof version !== 'string' || name === '') return null;
  return { ecosystem: 'npm', name, version, arch: '', source: null, size: null, status: 'installed' };
}

/** Reads every global folder that exists. */
export const npmSource: PackageSource = {
  ecosystem: 'npm',
  async watch(files) {
    const paths: string[] = [];
    for (const folder of FOLDERS) {
      paths.push(folder, ...(await findPackages(files, folder)).map((path) => `${path}/package.json`));
    }
    return paths.slice(0, MAX_WATCHED);
  },
  async read(files) {
    const results = [];
    for (const folder of FOLDERS) {
      const rows: PackageRow[] = [];
      for (const path of await findPackages(files, folder)) {
        const text = await files.readText(`${path}/package.json`, MAX_JSON_BYTES);
        const row = text === null ? null : parsePackageJson(text);
        if (row !== null) rows.push(row);
      }
      if (rows.length > 0) results.push(listed(folder, rows));
    }
    return results;
  },
};
