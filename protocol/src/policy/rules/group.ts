// Rule `group`: who is in a local group.
import type { Static } from 'typebox';
import { defineRule } from '../rule-kind.ts';

/** Names with one blank between them; none: nobody. */
const names = {
  type: 'string',
  maxLength: 4096,
  pattern: '^(?:[a-z_][a-z0-9_.-]{0,30}\\$?(?: [a-z_][a-z0-9_.-]{0,30}\\$?)*)?$',
  patternErrorMessage: 'Write names of accounts with one blank between them, in quotes: "ann ben".',
} as const;

/** As a file has it. */
const schema = {
  type: 'object',
  required: ['name'],
  additionalProperties: false,
  description: 'A local group.',
  properties: {
    // Never begins with a dash, so that it can be no option of a program.
    name: {
      type: 'string',
      pattern: '^[a-z_][a-z0-9_.-]{0,30}$',
      patternErrorMessage: 'Write the name of a group as the system has it: sudo.',
      description: 'Name of the group.',
    },
    // Absent: not said.
    members: { ...names, description: 'Exactly these are in it; "" is nobody.' },
    // Absent: not said.
    atMost: { ...names, description: 'Nobody but these is in it; not all of them need to be.' },
  },
} as const;

/** A group and who may be in it; exactly one of both lists is there. */
export type GroupWanted = Static<typeof schema>;

/** Sorted, each once, one blank between them. */
function spellNames(text: string): string {
  return [...new Set(text.split(' ').filter((name) => name !== ''))].toSorted().join(' ');
}

export const groupRule = defineRule<GroupWanted, GroupWanted>({
  schema,
  key: 'name',
  check({ members, atMost }) {
    // Exactly one of both
    if ((members === undefined) !== (atMost === undefined)) return [];
    return [{ message: 'Say either "members" or "atMost".' }]; // none says nothing, both say two things
  },
  // Case counts for groups
  normalizeName: (name) => name,
  normalize: ({ name, members, atMost }) => ({
    name, // as written: it has one spelling
    // In whatever order they were written
    ...(members === undefined ? {} : { members: spellNames(members) }),
    ...(atMost === undefined ? {} : { atMost: spellNames(atMost) }),
  }),
  item: ({ name }) => `group.${name}`, // group.sudo
  describe({ name, members, atMost = '' }) {
    if (members !== undefined) return `${name} has ${members === '' ? 'no members' : `exactly ${members}`}`;
    return `${name} has ${atMost === '' ? 'no members' : `nobody but ${atMost}`}`; // sudo has nobody but ann
  },
});
