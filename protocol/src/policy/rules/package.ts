// Rule `package`: what of the system's own package manager is there, or is not.
import type { Static } from 'typebox';
import { defineRule } from '../rule-kind.ts';

/** As a file has it. */
const schema = {
  type: 'object',
  required: ['name', 'state'],
  additionalProperties: false,
  description: 'A package of the system, as its own package manager names it.',
  properties: {
    // Never begins with a dash, so that it can be no option of a program.
    name: {
      type: 'string',
      pattern: '^[A-Za-z0-9][A-Za-z0-9+._-]{0,127}$',
      patternErrorMessage: 'Write a package name: letters, digits and + . _ -, at most 128.',
      description: 'Name of the package: openssl.',
    },
    state: {
      enum: ['installed', 'absent', 'latest', 'held'],
      description:
        'installed: there, in whatever version; absent: not there; latest: there, and nothing newer is offered; held: kept at the version it has.',
    },
    // Absent: any version will do.
    version: {
      type: 'string',
      pattern: '^[A-Za-z0-9][A-Za-z0-9+.:~^_-]{0,127}$',
      patternErrorMessage:
        'Write the version as the package manager does: letters, digits and + . : ~ ^ _ -.',
      description: 'Exactly this version, as the package manager writes it; only with installed.',
    },
  },
} as const;

/** A package and how it should be. */
export type PackageWanted = Static<typeof schema>;

/** One item a package; what it is called depends on the system, so a policy says by its target where it is for. */
export const packageRule = defineRule<PackageWanted, PackageWanted>({
  schema,
  key: 'name',
  check({ state, version }) {
    if (version === undefined || state === 'installed') return []; // most rules name none
    // A held package has the version it has; `latest` changes by itself.
    return [
      {
        key: 'version',
        message: `A version goes only with "installed"; leave it out, or change "${state}".`,
      },
    ];
  },
  // Names are taken as they are: some managers know upper case
  normalizeName: (name) => name,
  normalize: ({ name, state, version }) =>
    version === undefined ? { name, state } : { name, state, version },
  item: ({ name }) => `package.${name}`, // package.openssl
  describe({ name, state, version }) {
    switch (state) {
      case 'installed':
        return version === undefined ? `${name} is installed` : `${name} is installed in version ${version}`;
      case 'absent':
        return `${name} is not installed`;
      case 'latest':
        return `${name} is the latest that is offered`;
      case 'held':
        return `${name} is held at its version`;
    }
  },
});
