// Room on disk: of a folder, and of everything that runs in production with its libraries.
import { lstatSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
/** Packages that ship, by folder. */
const SHIPPED = ['protocol', 'server', 'server/cli'];

/** Bytes that files of a folder take (whole blocks); links are not followed. */
export function measureFolder(path: string, skip = ''): number {
  const stat = lstatSync(path);
  const own = stat.blocks * 512;
  if (!stat.isDirectory()) return own;
  const names = readdirSync(path).filter((name) => name !== skip);
  return names.reduce((sum, name) => sum + measureFolder(join(path, name), skip), own);
}

/** The folder of a library as Node would find it from a package's folder; null for an optional one that is not there. */
function findLibrary(from: string, name: string): string | null {
  for (let folder = from; ; folder = dirname(folder)) {
    try {
      return realpathSync(join(folder, 'node_modules', name));
    } catch {
      // Not in this folder: the next one up may have it.
      if (folder === dirname(folder)) return null;
    }
  }
}

function collect(folder: string, found: Set<string>): void {
  if (found.has(folder)) return;
  found.add(folder);
  const { dependencies = {}, optionalDependencies = {} } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  ) as Partial<Record<'dependencies' | 'optionalDependencies', Record<string, string>>>;
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    const library = findLibrary(folder, name);
    if (library !== null) collect(library, found);
  }
}

/** Bytes of what ships: compiled packages, the agent's two bundles, every library they load. */
export function measureInstallation(): number {
  const found = new Set<string>();
  for (const name of SHIPPED) collect(join(root, name), found);
  let sum = 0;
  for (const folder of found) {
    const isOurs = SHIPPED.some((name) => folder === join(root, name));
    sum += isOurs ? measureFolder(join(folder, 'dist')) : measureFolder(folder, 'node_modules');
  }
  for (const bundle of ['muster-agent.cjs', 'probe.cjs'])
    sum += measureFolder(join(root, 'agent/dist', bundle));
  return sum;
}
