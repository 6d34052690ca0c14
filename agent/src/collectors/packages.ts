// Installed packages of every ecosystem, from their databases on disk.
import { packagesSection } from '@muster/protocol';
import type { Collector } from './collector.ts';
import { MINUTE_MS } from './formats/attributes.ts';
import type { PackageReader, PackageReading, SourceRow } from './packages/reader.ts';

const explainErrors = (errors: readonly SourceRow[]) =>
  errors.map(({ path, reason }) => `${path}: ${reason}`).join(' ');

/** Why nothing is listed, in words. */
function explainEmpty({ sources }: PackageReading): { outcome: 'no-data' | 'error'; reason: string } {
  const errors = sources.filter(({ state }) => state === 'error');
  if (errors.length > 0) return { outcome: 'error', reason: explainErrors(errors) };
  if (sources.every(({ state }) => state === 'no-data')) {
    return {
      outcome: 'no-data',
      reason: 'No package database was found; dpkg, rpm, apk, pip and npm were looked for.',
    };
  }
  return { outcome: 'no-data', reason: 'The package databases list no packages.' };
}

/** Remembers which databases could be read, and finds those that no longer can. */
function createMemory() {
  /** Databases whose packages are in the last good list: ecosystem and path. */
  let known: ReadonlySet<string> = new Set();
  const nameOf = ({ ecosystem, path }: SourceRow) => `${ecosystem} ${path}`;

  return {
    /** Databases of the last good list that are errors now; an error without a path stands for its whole ecosystem. */
    lost: (sources: readonly SourceRow[]) =>
      sources.filter(
        (source) =>
          source.state === 'error' &&
          [...known].some((name) =>
            source.path === '' ? name.startsWith(nameOf(source)) : name === nameOf(source),
          ),
      ),
    keep(sources: readonly SourceRow[]) {
      known = new Set(sources.filter(({ state }) => state === 'ok').map(nameOf));
    },
  };
}

/**
 * Makes the collector of section `packages`. A database that could never be read hides nothing but itself: section
 * `package_sources` says so. One that could be read before and cannot any more makes the outcome `error`, so that the last good
 * list stays: without its packages the list would say that they were removed.
 */
export function createPackages(reader: PackageReader): Collector<(typeof packagesSection)['columns']> {
  const memory = createMemory();
  return {
    section: packagesSection,
    everyMs: MINUTE_MS,
    timeoutMs: MINUTE_MS,
    stamp: reader.stamp,
    async collect(context) {
      const reading = await reader.read(context);
      const lost = memory.lost(reading.sources);
      if (lost.length > 0) return { outcome: 'error', reason: explainErrors(lost) };
      memory.keep(reading.sources);
      if (reading.rows.length === 0) return explainEmpty(reading);
      return { outcome: 'ok', rows: reading.rows };
    },
  };
}
