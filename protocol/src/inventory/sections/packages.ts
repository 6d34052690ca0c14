// Section `packages`: installed software of every ecosystem in one normalized list.
import { defineSection } from '../section.ts';

/** Ecosystems whose packages are listed; each has its own version order (versions/). */
export const ECOSYSTEMS = ['deb', 'rpm', 'apk', 'pypi', 'npm'] as const;

/** An ecosystem as in the package URL (purl) types, where the OS ones are `deb`, `rpm` and `apk`. */
export type Ecosystem = (typeof ECOSYSTEMS)[number];

/** Travels as 64 parts by hash of the package name (parts.ts), not as one slice. */
export const packagesSection = defineSection({
  name: 'packages',
  title: 'Packages',
  description:
    'Installed packages of dpkg, rpm, apk, and system-wide pip and npm, read from their databases on disk.',
  kind: 'slice',
  key: ['ecosystem', 'name', 'arch', 'version'],
  columns: {
    ecosystem: { type: 'text', required: true, description: 'deb, rpm, apk, pypi or npm.' },
    name: { type: 'text', required: true, description: 'Package name as its manager writes it.' },
    version: {
      type: 'text',
      required: true,
      description: 'Version in the form of its ecosystem (epoch and release included).',
    },
    arch: {
      type: 'text',
      required: true,
      description: 'Architecture (amd64, x86_64, noarch); empty where the ecosystem has none.',
    },
    source: {
      type: 'text',
      description: 'Source package name, which advisories are written for; null when the same as the name.',
    },
    size: { type: 'integer', unit: 'By', description: 'Installed size as the package states it.' },
    status: { type: 'text', required: true, description: 'installed, held, config-files or half-installed.' },
  },
});
