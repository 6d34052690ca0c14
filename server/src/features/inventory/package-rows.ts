// Packages as rows: read from a checked body, identified by a digest of all that is stored of them.
import { createHash } from 'node:crypto';
import { ECOSYSTEMS, type Ecosystem, type SliceBody, type Value, versionKey } from '@muster/protocol';
import { fail } from '../../errors.ts';
import { MAX_PACKAGE_NAME_CHARS, MAX_PACKAGE_VERSION_CHARS, MAX_PACKAGE_WORD_CHARS } from './limits.ts';

/** A package as a device lists it. */
export interface PackageRow {
  readonly ecosystem: Ecosystem;
  readonly name: string;
  readonly version: string;
  readonly arch: string;
  readonly source: string | null;
  readonly sizeBytes: number | null;
  readonly status: string;
}

/** A package as it is stored. */
export interface StoredPackage extends PackageRow {
  readonly digest: Buffer;
  readonly versionKey: string;
  readonly installed: boolean;
}

const DIGEST_BYTES = 16;

/** Rows of a checked body of section `packages`. @throws MusterError E_SCHEMA or E_RANGE for what no package manager writes. */
export function readPackageRows(body: SliceBody): PackageRow[] {
  const at = (name: string) => body.columns.indexOf(name);
  const places = {
    ecosystem: at('ecosystem'),
    name: at('name'),
    version: at('version'),
    arch: at('arch'),
    source: at('source'),
    size: at('size'),
    status: at('status'),
  };
  return body.rows.map((row) => ({
    ecosystem: readEcosystem(row[places.ecosystem]),
    name: readWord(row[places.name], MAX_PACKAGE_NAME_CHARS),
    version: readWord(row[places.version], MAX_PACKAGE_VERSION_CHARS),
    arch: readWord(row[places.arch], MAX_PACKAGE_WORD_CHARS),
    source: readOptional(row[places.source]),
    sizeBytes: readSize(row[places.size]),
    status: readWord(row[places.status], MAX_PACKAGE_WORD_CHARS),
  }));
}

function readEcosystem(value: Value | undefined): Ecosystem {
  const found = ECOSYSTEMS.find((name) => name === value);
  if (found === undefined)
    throw fail('E_SCHEMA', {
      detail: 'A package has an ecosystem this server does not know; update the server.',
    });
  return found;
}

function readWord(value: Value | undefined, maxChars: number): string {
  if (typeof value !== 'string')
    throw fail('E_SCHEMA', { detail: 'A package has a value of the wrong type.' });
  if (value.length > maxChars)
    throw fail('E_RANGE', { detail: `A value of a package is longer than ${maxChars} characters.` });
  return value;
}

function readOptional(value: Value | undefined): string | null {
  return value === null || value === undefined ? null : readWord(value, MAX_PACKAGE_NAME_CHARS);
}

function readSize(value: Value | undefined): number | null {
  return typeof value === 'number' && value >= 0 ? value : null;
}

/** True for what is on the device, whole or in part; `config-files` is all that is left of a removed package. */
function isInstalled(row: Pick<PackageRow, 'status'>): boolean {
  return row.status !== 'config-files';
}

/** Adds what the database identifies and orders it by. */
export function toStored(row: PackageRow): StoredPackage {
  const identity = [row.ecosystem, row.name, row.version, row.arch, row.source, row.sizeBytes, row.status];
  return {
    ...row,
    digest: createHash('sha256').update(JSON.stringify(identity)).digest().subarray(0, DIGEST_BYTES),
    versionKey: versionKey(row.ecosystem, row.version),
    installed: isInstalled(row),
  };
}
