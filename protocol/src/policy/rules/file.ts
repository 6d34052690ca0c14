// Rule `file`: that a file is there or not, whose it is, and who may do what with it.
import type { Static } from 'typebox';
import { cleanPath, findPathFaults, pathSchema } from '../clean-path.ts';
import { defineRule, type WantedFault } from '../rule-kind.ts';

/** A user or group as the system names it, or its number. */
const owner = {
  type: 'string',
  pattern: '^(?:[a-z_][a-z0-9_.-]{0,30}\\$?|0|[1-9][0-9]{0,9})$',
  patternErrorMessage: 'Write the name as the system has it, or its number, in quotes: "root".',
} as const;

/** As a file of policies has it. */
const schema = {
  type: 'object',
  required: ['path'],
  additionalProperties: false,
  description: 'A file or folder. Its text comes with signed content, not from here.',
  properties: {
    path: { ...pathSchema, description: 'Absolute path, without . and .. in it.' },
    // Absent: present.
    state: {
      enum: ['present', 'absent'],
      default: 'present',
      description: 'present: there, with what else is said; absent: not there.',
    },
    // Absent: not judged. Three digits are four with a zero in front.
    mode: {
      type: 'string',
      pattern: '^[0-7]{3,4}$',
      patternErrorMessage: 'Write three or four octal digits in quotes: "0640".',
      description: 'Permissions, three or four octal digits in quotes: "0640".',
    },
    // Absent: not judged.
    owner: { ...owner, description: 'User that it belongs to, by name or number, in quotes.' },
    // Absent: not judged.
    group: { ...owner, description: 'Group that it belongs to, by name or number, in quotes.' },
  },
} as const;

/** As it is written. */
type FileWritten = Static<typeof schema>;

/** A file and how it should be; what is absent is not judged. Mode has four digits. */
export type FileWanted = FileWritten & { readonly state: 'present' | 'absent' };

/** Of what was said beside the path: how much, and whether it may be. */
function checkState({ state = 'present', ...rest }: FileWritten): WantedFault[] {
  const said = (['mode', 'owner', 'group'] as const).filter((key) => rest[key] !== undefined);
  if (state === 'absent')
    // nothing else can be said of it
    return said.map((key) => ({ key, message: `A file that is absent has no ${key}; leave it out.` }));
  return said.length > 0
    ? []
    : [{ message: 'Say "mode", "owner", "group" or several; this rule wants nothing yet.' }];
}

export const fileRule = defineRule<FileWritten, FileWanted>({
  schema,
  key: 'path',
  check: (written) => [...findPathFaults(written.path), ...checkState(written)],
  normalizeName: cleanPath, // of what a person asks for; in a file it is clean already
  normalize: ({ path, state = 'present', mode, owner, group }) => ({
    path,
    state,
    ...(mode === undefined ? {} : { mode: mode.padStart(4, '0') }), // 640 is 0640
    ...(owner === undefined ? {} : { owner }),
    ...(group === undefined ? {} : { group }),
  }),
  item: ({ path }) => `file.${path}`, // file./etc/shadow
  describe({ path, state, mode, owner, group }) {
    if (state === 'absent') return `${path} is not there`; // no clauses
    const clauses = [
      ...(mode === undefined ? [] : [`mode ${mode}`]),
      ...(owner === undefined ? [] : [`owner ${owner}`]),
      ...(group === undefined ? [] : [`group ${group}`]),
    ];
    return `${path} has ${clauses.join(', ').replace(/, ([^,]*)$/, ' and $1')}`;
  },
});
