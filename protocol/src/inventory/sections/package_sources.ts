// Section `package_sources`: which package databases were read, and how that went.
import { defineSection } from '../section.ts';

/** Without it, a damaged rpm database would look as if its packages had been removed. */
export const packageSourcesSection = defineSection({
  name: 'package_sources',
  title: 'Package sources',
  description:
    'Databases and folders that the package list is read from. Every ecosystem has a row, also where it is absent.',
  kind: 'slice',
  key: ['ecosystem', 'path'],
  columns: {
    ecosystem: {
      type: 'text',
      required: true,
      description: 'deb, rpm, apk, pypi or npm, as in section packages.',
    },
    path: {
      type: 'text',
      required: true,
      description: 'File or folder that was read; empty where there is none.',
    },
    state: {
      type: 'text',
      required: true,
      description: 'ok; no-data where the ecosystem is absent; error where it is there and cannot be read.',
    },
    // Counted per database; the list itself names a package once even where two folders hold it.
    packages: {
      type: 'integer',
      required: true,
      description: 'Packages found there; 0 unless the state is ok.',
    },
    reason: {
      type: 'text',
      required: true,
      description: 'What is missing and why; empty when the list is whole.',
    },
  },
});
