// Reads all ecosystems together, one beside the other, so that one damaged database does not hide the rest.
import { ECOSYSTEMS, type Ecosystem, type packageSourcesSection, type RowOf } from '@muster/protocol';
import type { CollectContext } from '../collector.ts';
import { readStamp } from '../formats/attributes.ts';
import { apkSource } from './apk.ts';
import { debSource } from './deb.ts';
import { npmSource } from './npm.ts';
import { pypiSource } from './pypi.ts';
import { rpmSource } from './rpm.ts';
import { type PackageRow, type PackageSource, type SourceResult, unreadable } from './source.ts';

const SOURCES: Readonly<Record<Ecosystem, PackageSource>> = {
  deb: debSource,
  rpm: rpmSource,
  apk: apkSource,
  pypi: pypiSource,
  npm: npmSource,
};

/** A row that says how one database was read. */
export type SourceRow = RowOf<typeof packageSourcesSection>;

/** All packages, and how each database was read. */
export interface PackageReading {
  readonly rows: readonly PackageRow[];
  readonly sources: readonly SourceRow[];
}

/** What the two package collectors share. */
export interface PackageReader {
  /** Text that changes when a package may have come or gone. */
  stamp(context: CollectContext): Promise<string>;
  read(context: CollectContext): Promise<PackageReading>;
  /** How the databases were read; from the last reading while the stamp is the same. */
  sources(context: CollectContext): Promise<readonly SourceRow[]>;
}

async function readSource(
  source: PackageSource,
  { files }: CollectContext,
): Promise<readonly SourceResult[]> {
  try {
    return await source.read(files);
  } catch (error) {
    // A fault here (too many open files, a bug) is shown as this ecosystem's error; the others are still listed.
    return [unreadable('', error instanceof Error ? error.message : String(error))];
  }
}

function toSourceRow(ecosystem: Ecosystem, { path, outcome, note }: SourceResult): SourceRow {
  if (outcome.outcome === 'ok')
    return { ecosystem, path, state: 'ok', packages: outcome.rows.length, reason: note };
  return { ecosystem, path, state: outcome.outcome, packages: 0, reason: outcome.reason };
}

function absentRow(ecosystem: Ecosystem): SourceRow {
  return {
    ecosystem,
    path: '',
    state: 'no-data',
    packages: 0,
    reason: `No ${ecosystem} package database was found.`,
  };
}

async function readAll(context: CollectContext): Promise<PackageReading> {
  // The same package may stand in two folders (pypi); a row has to be told apart by its key.
  const rows = new Map<string, PackageRow>();
  const sources: SourceRow[] = [];
  for (const ecosystem of ECOSYSTEMS) {
    const results = await readSource(SOURCES[ecosystem], context);
    if (results.length === 0) sources.push(absentRow(ecosystem));
    for (const result of results) {
      sources.push(toSourceRow(ecosystem, result));
      if (result.outcome.outcome !== 'ok') continue;
      for (const row of result.outcome.rows)
        rows.set(`${ecosystem}\n${row.name}\n${row.arch}\n${row.version}`, row);
    }
  }
  return { rows: [...rows.values()], sources };
}

/** Makes the reader. It keeps the few rows about databases, never the packages. */
export function createPackageReader(): PackageReader {
  let last: {
    readonly context: CollectContext;
    readonly stamp: string;
    readonly sources: readonly SourceRow[];
  } | null = null;

  async function stamp({ files }: CollectContext): Promise<string> {
    const paths: string[] = [];
    for (const ecosystem of ECOSYSTEMS) paths.push(...(await SOURCES[ecosystem].watch(files)));
    return `${paths.length}|${await readStamp(files, paths)}`;
  }

  async function read(context: CollectContext): Promise<PackageReading> {
    // Before the reading, so that a change during it is seen by the next one.
    const stampBefore = await stamp(context);
    const reading = await readAll(context);
    last = { context, stamp: stampBefore, sources: reading.sources };
    return reading;
  }

  return {
    stamp,
    read,
    async sources(context) {
      if (last?.context.files === context.files && last.stamp === (await stamp(context))) return last.sources;
      return (await read(context)).sources;
    },
  };
}
