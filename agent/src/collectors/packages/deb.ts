// Packages of dpkg: /var/lib/dpkg/status, its unmerged updates, and the status.d folder of distroless images.
import type { Files } from '../../platform/files.ts';
import { createLineScanner, type LineScanner } from './line-scanner.ts';
import {
  listed,
  MAX_ECOSYSTEM_PACKAGES,
  type PackageRow,
  type PackageSource,
  type SourceResult,
  unreadable,
} from './source.ts';

const STATUS = '/var/lib/dpkg/status';
const UPDATES = '/var/lib/dpkg/updates';
const STATUS_D = '/var/lib/dpkg/status.d';
/** Files of a folder of stanzas that are read; dpkg merges its updates after a few hundred. */
const MAX_STANZA_FILES = 5_000;

const FIELDS = /^(?:(Package|Version|Architecture|Status|Installed-Size|Source):[ \t]*(.*)|\n)/gm;

/** dpkg's third word of Status, in our words; absent ones are not listed (`not-installed`). */
const STATES: Readonly<Record<string, string>> = {
  installed: 'installed',
  'triggers-awaited': 'installed',
  'triggers-pending': 'installed',
  'config-files': 'config-files',
  'half-installed': 'half-installed',
  'half-configured': 'half-installed',
  unpacked: 'half-installed',
};

interface Stanza {
  Package?: string;
  Version?: string;
  Architecture?: string;
  Status?: string;
  'Installed-Size'?: string;
  Source?: string;
}

/** Our word for a Status line (`want flag state`); null when the package is not there. Distroless images have no such line. */
function parseStatus(text: string | undefined): string | null {
  if (text === undefined) return 'installed';
  const [want, flag, state = ''] = text.split(' ');
  if (flag !== 'ok') return 'half-installed';
  const word = STATES[state] ?? null;
  return word === 'installed' && want === 'hold' ? 'held' : word;
}

/** Row of a stanza; null when it says that the package is not installed. */
function toRow(stanza: Stanza): PackageRow | null {
  const { Package: name, Version: version, Architecture: arch = '' } = stanza;
  const status = parseStatus(stanza.Status);
  if (name === undefined || version === undefined || status === null) return null;
  // `Source: glibc (2.36-9)` names another version in parentheses where it differs.
  const source = stanza.Source?.replace(/\s*\(.*$/, '');
  const kib = stanza['Installed-Size'];
  const size = kib !== undefined && /^\d{1,12}$/.test(kib) ? Number(kib) * 1024 : null;
  return {
    ecosystem: 'deb',
    name,
    version,
    arch,
    source: source === undefined || source === name ? null : source,
    size,
    status,
  };
}

/** Scanner of stanzas; a later stanza of the same package and architecture replaces the earlier one. */
export function createDebScanner(): LineScanner & { readonly rows: () => PackageRow[] } {
  const byKey = new Map<string, PackageRow>();
  let stanza: Stanza = {};
  const scanner = createLineScanner(FIELDS, {
    onField(name, value) {
      stanza[name as keyof Stanza] = value;
    },
    onStanzaEnd() {
      const done = stanza;
      stanza = {};
      if (!done.Package) return;
      const key = `${done.Package}:${done.Architecture ?? ''}`;
      const row = toRow(done);
      if (row === null) byKey.delete(key);
      else if (byKey.size <= MAX_ECOSYSTEM_PACKAGES || byKey.has(key)) byKey.set(key, row);
    },
  });
  return { ...scanner, rows: () => [...byKey.values()] };
}

/** Feeds every file of a folder whose name fits. One that is gone meanwhile was merged, or belongs to a package just removed. */
async function readFolder(
  files: Files,
  scanner: LineScanner,
  folder: { path: string; fits: RegExp },
): Promise<void> {
  const names = (await files.list(folder.path)).filter((name) => folder.fits.test(name));
  for (const name of names.slice(0, MAX_STANZA_FILES)) {
    await files.readPieces(`${folder.path}/${name}`, scanner.push);
    scanner.end();
  }
}

async function readStatus(files: Files): Promise<SourceResult | null> {
  if ((await files.stat(STATUS)) === null) return null;
  const scanner = createDebScanner();
  if (!(await files.readPieces(STATUS, scanner.push)))
    return unreadable(STATUS, 'The dpkg status file may not be read.');
  scanner.end();
  // While dpkg runs, the newest states stand here, one file each, and are merged into the status file later.
  await readFolder(files, scanner, { path: UPDATES, fits: /^\d+$/ });
  return listed(STATUS, scanner.rows());
}

async function readStatusFolder(files: Files): Promise<SourceResult | null> {
  if ((await files.stat(STATUS_D)) === null) return null;
  const scanner = createDebScanner();
  await readFolder(files, scanner, { path: STATUS_D, fits: /^(?!.*\.md5sums$)/ });
  return listed(STATUS_D, scanner.rows());
}

/** Reads dpkg's state files; an image without dpkg gives nothing. */
export const debSource: PackageSource = {
  ecosystem: 'deb',
  watch: async () => [STATUS, UPDATES, STATUS_D],
  async read(files) {
    const results = [await readStatus(files), await readStatusFolder(files)];
    return results.filter((result) => result !== null);
  },
};
