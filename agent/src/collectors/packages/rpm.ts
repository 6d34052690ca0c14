// Packages of rpm, from whichever of its three database forms the system has; the rpm program is not started.
import type { Files } from '../../platform/files.ts';
import { readStamp } from '../formats/attributes.ts';
import { scanBdb } from './rpm-bdb.ts';
import { readHeader } from './rpm-header.ts';
import { scanNdb } from './rpm-ndb.ts';
import {
  listed,
  MAX_ECOSYSTEM_PACKAGES,
  type PackageRow,
  type PackageSource,
  type SourceResult,
  unreadable,
} from './source.ts';
import { fieldBytes, openSqlite, readFields } from './sqlite-reader.ts';
import { DamagedDatabase, type StoredBytes } from './stored-bytes.ts';

/** Where rpm's databases lie: newer systems, older ones (often a link to the first), and systems with an image. */
const FOLDERS = ['/usr/lib/sysimage/rpm', '/var/lib/rpm', '/usr/share/rpm'];
/** Times a database that changes under the reader is read again. */
const TRIES = 2;

type OnHeader = (header: StoredBytes) => Promise<boolean>;

async function scanSqlite(files: Files, path: string, onHeader: OnHeader): Promise<boolean> {
  const database = await openSqlite(files, path);
  if (database === null) return false;
  await database.scan('Packages', async (payload) => {
    const blob = (await readFields(payload))[1];
    if (blob === undefined) throw new DamagedDatabase('A row of the database has no header.');
    return onHeader(fieldBytes(payload, blob));
  });
  return true;
}

/** The forms, newest first: after a change of form rpm may leave the old file behind. */
const FORMS = [
  { name: 'rpmdb.sqlite', scan: scanSqlite },
  { name: 'Packages.db', scan: scanNdb },
  { name: 'Packages', scan: scanBdb },
];

/** A database file and all that must not change while it is read. */
interface Database {
  readonly path: string;
  readonly scan: (files: Files, path: string, onHeader: OnHeader) => Promise<boolean>;
  readonly watch: readonly string[];
}

function databaseAt(folder: string, { name, scan }: (typeof FORMS)[number]): Database {
  const path = `${folder}/${name}`;
  return { path, scan, watch: scan === scanSqlite ? [path, `${path}-wal`] : [path] };
}

/** The one database in use; null where rpm is absent. */
async function findDatabase(files: Files): Promise<Database | null> {
  for (const folder of FOLDERS) {
    for (const form of FORMS) {
      const database = databaseAt(folder, form);
      if (((await files.stat(database.path))?.size ?? 0) > 0) return database;
    }
  }
  return null;
}

/** Row of a header; null for a damaged one, which rpm passes over too. */
async function readRow(header: StoredBytes): Promise<PackageRow | null> {
  try {
    return await readHeader(header);
  } catch (error) {
    if (error instanceof DamagedDatabase) return null;
    throw error;
  }
}

async function readOnce(files: Files, database: Database): Promise<SourceResult> {
  const rows: PackageRow[] = [];
  let damaged = 0;
  try {
    const found = await database.scan(files, database.path, async (header) => {
      const row = await readRow(header);
      if (row === null) damaged++;
      else rows.push(row);
      return rows.length + damaged <= MAX_ECOSYSTEM_PACKAGES;
    });
    if (!found) return unreadable(database.path, 'The rpm database may not be read.');
  } catch (error) {
    if (!(error instanceof DamagedDatabase)) throw error;
    return unreadable(database.path, `The rpm database is damaged: ${error.message}`);
  }
  if (rows.length === 0 && damaged > 0)
    return unreadable(database.path, 'No header of the rpm database can be read.');
  const result = listed(database.path, rows);
  return damaged === 0 ? result : { ...result, note: `${damaged} damaged package headers are left out.` };
}

/** Reads rpm's database; where it changes meanwhile the bytes may not fit together, so it is read once more. */
export const rpmSource: PackageSource = {
  ecosystem: 'rpm',
  async watch(files) {
    return (await findDatabase(files))?.watch ?? FOLDERS;
  },
  async read(files) {
    const database = await findDatabase(files);
    if (database === null) return [];
    for (let i = 0; i < TRIES; i++) {
      const before = await readStamp(files, database.watch);
      const result = await readOnce(files, database);
      if ((await readStamp(files, database.watch)) === before) return [result];
    }
    return [
      unreadable(database.path, 'The rpm database changed while it was read; it is tried again later.'),
    ];
  },
};
