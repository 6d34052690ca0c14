// Rule `user`: whether somebody can sign in with a local account, and by which shell.
import type { Static } from 'typebox';
import { defineRule } from '../rule-kind.ts';

/** As a file has it. */
const schema = {
  type: 'object',
  required: ['name'],
  additionalProperties: false,
  description: 'A local account. It is neither made nor removed.',
  properties: {
    // Never begins with a dash, so that it can be no option of a program.
    name: {
      type: 'string',
      pattern: '^[a-z_][a-z0-9_.-]{0,30}\\$?$',
      patternErrorMessage: 'Write the name of an account as the system has it: www-data.',
      description: 'Name of the account.',
    },
    // Absent: it may be locked or not.
    locked: {
      type: 'boolean',
      description: 'Whether nobody can sign in with it: no password fits, and it has ended or has no shell.',
    },
    // Absent: not judged.
    shell: {
      type: 'string',
      pattern: '^(?:none|/[A-Za-z0-9_./+-]{1,255})$',
      patternErrorMessage: 'Write the path of a shell, or none: /bin/bash.',
      description: 'Path of its shell; none: one that lets nobody sign in, wherever the system has it.',
    },
  },
} as const;

/** An account and how it should be; what is absent is not judged. */
export type UserWanted = Static<typeof schema>;

export const userRule = defineRule<UserWanted, UserWanted>({
  schema,
  key: 'name', // an account by number would be another spelling of it
  check({ locked, shell }) {
    if (locked !== undefined || shell !== undefined) return []; // one is enough
    return [{ message: 'Say "locked", "shell" or both; this rule wants nothing yet.' }];
  },
  // Case counts for accounts
  normalizeName: (name) => name,
  normalize: ({ name, locked, shell }) => ({
    name, // as written: it has one spelling
    ...(locked === undefined ? {} : { locked }),
    ...(shell === undefined ? {} : { shell }),
  }),
  item: ({ name }) => `user.${name}`, // user.www-data
  describe({ name, locked, shell }) {
    const clauses = [
      // the sign-in, then the shell
      ...(locked === undefined ? [] : [locked ? 'is locked' : 'is not locked']),
      ...(shell === undefined
        ? []
        : [shell === 'none' ? 'has no shell to sign in with' : `has the shell ${shell}`]),
    ];
    return `${name} ${clauses.join(' and ')}`; // games is locked and has no shell to sign in with
  },
});
