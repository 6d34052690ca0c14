// The databases that the package list was read from, so that a missing part of it is never silent.
import { packageSourcesSection } from '@muster/protocol';
import type { Collector } from './collector.ts';
import { MINUTE_MS } from './formats/attributes.ts';
import type { PackageReader } from './packages/reader.ts';

/** Makes the collector of section `package_sources`; it stands behind `packages` in the list and uses its reading. */
export function createPackageSources(
  reader: PackageReader,
): Collector<(typeof packageSourcesSection)['columns']> {
  return {
    section: packageSourcesSection,
    everyMs: MINUTE_MS,
    timeoutMs: MINUTE_MS,
    stamp: reader.stamp,
    async collect(context) {
      return { outcome: 'ok', rows: await reader.sources(context) };
    },
  };
}
