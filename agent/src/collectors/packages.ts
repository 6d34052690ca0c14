// Installed packages of every ecosystem, from their databases on disk.
import { packagesSection } from '@muster/protocol';
import type { Collector } from './collector.ts';
import { MINUTE_MS } from './formats/attributes.ts';
import type { PackageReader, PackageReading } from './packages/reader.ts';

/** Why nothing is listed, in words. */
function explainEmpty({ sources }: PackageReading): { outcome: 'no-data' | 'error'; reason: string } {
  const errors = sources.filter(({ state }) => state === 'error');
  if (errors.length > 0)
    return { outcome: 'error', reason: errors.map(({ path, reason }) => `${path}: ${reason}`).join(' ') };
  if (sources.every(({ state }) => state === 'no-data')) {
    return {
      outcome: 'no-data',
      reason: 'No package database was found; dpkg, rpm, apk, pip and npm were looked for.',
    };
  }
  return { outcome: 'no-data', reason: 'The package databases list no packages.' };
}

/**
 * Makes the collector of section `packages`. What one unreadable database hides is said in section `package_sources`;
 * this outcome is `error` only when nothing could be read.
 */
export function createPackages(reader: PackageReader): Collector<(typeof packagesSection)['columns']> {
  return {
    section: packagesSection,
    everyMs: MINUTE_MS,
    timeoutMs: MINUTE_MS,
    stamp: reader.stamp,
    async collect(context) {
      const reading = await reader.read(context);
      if (reading.rows.length === 0) return explainEmpty(reading);
      return { outcome: 'ok', rows: reading.rows };
    },
  };
}
