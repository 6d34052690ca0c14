// Where things lie in the workspace: its packages, their sources and what the compiler makes of them.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Absolute path of the repository. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Packages compiled by `tsc -b`, each before those that import it. */
export const packages = ['protocol', 'agent', 'server', 'server/cli', 'test'];

/** Absolute path of something in the repository. */
export function at(...parts) {
  return join(root, ...parts);
}

/** Path as people write it: from the repository's root, with forward slashes. */
export function shortPath(path) {
  return relative(root, path).split(sep).join('/');
}

/** Absolute paths of all files under a folder, sorted; none when the folder does not exist. */
export function listFiles(folder, accept = () => true) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .filter(accept)
    .sort();
}

/** Newest modification time of the paths, ms; folders count too, because a deleted file changes only its folder. */
export function newestMs(paths) {
  return paths.reduce(
    (newest, path) => (existsSync(path) ? Math.max(newest, statSync(path).mtimeMs) : newest),
    0,
  );
}

/** Folders and files under a folder, itself included. */
export function listAll(folder) {
  if (!existsSync(folder)) return [];
  return [folder, ...readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name)))];
}
