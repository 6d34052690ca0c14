// Rule `mount-option`: what programs may not do on a file system that is mounted on its own.
import type { Static } from 'typebox';
import { cleanPath, findPathFaults, pathSchema } from '../clean-path.ts';
import { defineRule } from '../rule-kind.ts';

/** As a file has it. */
const schema = {
  type: 'object',
  required: ['path', 'options'],
  additionalProperties: false,
  description: 'Options of a file system that is mounted on its own.',
  properties: {
    path: {
      ...pathSchema,
      // Blanks are written otherwise in fstab.
      pattern: '^/[A-Za-z0-9_./@:+-]{1,1023}$',
      patternErrorMessage: 'Write the folder that it is mounted on: /dev/shm.',
      description: 'Folder that it is mounted on, without . and .. in it.',
    },
    options: {
      type: 'string',
      pattern: '^(?:nodev|noexec|nosuid)(?: (?:nodev|noexec|nosuid)){0,2}$',
      patternErrorMessage: 'Write some of nodev, noexec and nosuid, with blanks between them.',
      description:
        'Options that are set. nodev: no devices; noexec: no programs; nosuid: no rights of their owner.',
    },
  },
} as const;

/** A place and options that are set there. */
export type MountOptionWanted = Static<typeof schema>;

/** One item a place: two policies that name it in other words mean the same one. */
export const mountOptionRule = defineRule<MountOptionWanted, MountOptionWanted>({
  schema,
  key: 'path',
  check: ({ path }) => findPathFaults(path), // the form says the rest
  normalizeName: cleanPath, // of what a person asks for; in a file it is clean already
  // Their order means nothing
  normalize: ({ path, options }) => ({
    path, // clean already
    options: [...new Set(options.split(' '))].toSorted().join(' '),
  }),
  item: ({ path }) => `mount-option.${path}`, // mount-option./dev/shm
  describe: ({ path, options }) => `${path} is mounted with ${options.replaceAll(' ', ', ')}`,
});
