// Packages of Alpine's apk, from its one text database.
import type { Files } from '../../platform/files.ts';
import { parseInteger } from '../formats/attributes.ts';
import { createLineScanner } from './line-scanner.ts';
import {
  listed,
  MAX_ECOSYSTEM_PACKAGES,
  type PackageRow,
  type PackageSource,
  type SourceResult,
  unreadable,
} from './source.ts';

/** apk 3 on systems with a merged /usr, and before. */
const DATABASES = ['/usr/lib/apk/db/installed', '/lib/apk/db/installed'];

/** Package, version, architecture, installed size in bytes, origin (source package). */
const FIELDS = /^(?:([PVAIo]):(.*)|\n)/gm;

type Stanza = Partial<Record<string, string>>;

function toRow({ P: name, V: version, A: arch, I: size, o: origin }: Stanza): PackageRow | null {
  if (!name || !version) return null;
  const source = origin === undefined || origin === name ? null : origin;
  return {
    ecosystem: 'apk',
    name,
    version,
    arch: arch ?? '',
    source,
    size: parseInteger(size),
    status: 'installed',
  };
}

async function readDatabase(files: Files, path: string): Promise<SourceResult> {
  const rows: PackageRow[] = [];
  let stanza: Stanza = {};
  const scanner = createLineScanner(FIELDS, {
    onField(name, value) {
      stanza[name] = value;
    },
    onStanzaEnd() {
      const row = toRow(stanza);
      stanza = {};
      if (row !== null && rows.length <= MAX_ECOSYSTEM_PACKAGES) rows.push(row);
    },
  });
  if (!(await files.readPieces(path, scanner.push)))
    return unreadable(path, 'The apk database may not be read.');
  scanner.end();
  return listed(path, rows);
}

/** Reads apk's database; a system without apk gives nothing. */
export const apkSource: PackageSource = {
  ecosystem: 'apk',
  watch: async () => DATABASES,
  async read(files) {
    for (const path of DATABASES) {
      if ((await files.stat(path)) !== null) return [await readDatabase(files, path)];
    }
    return [];
  },
};
