// Rule `line`: one line of a text file of settings.
import type { Static } from 'typebox';
import { cleanPath, findPathFaults, pathSchema } from '../clean-path.ts';
import { defineRule } from '../rule-kind.ts';

/** As a file has it. */
const schema = {
  type: 'object',
  required: ['path', 'line'],
  additionalProperties: false,
  description: 'A line of a text file.',
  properties: {
    path: {
      ...pathSchema,
      // A colon divides path and line in the name of the item.
      pattern: '^/[^:\\u0000-\\u001f\\u007f]{1,1023}$',
      patternErrorMessage: 'Write an absolute path without a colon: /etc/login.defs.',
      description: 'Absolute path of the file, without . and .. in it.',
    },
    line: {
      type: 'string',
      maxLength: 1024,
      pattern: '^[ \\t]*[^\\u0000-\\u0020\\u007f][^\\u0000-\\u0008\\u000a-\\u001f\\u007f]*$',
      patternErrorMessage: 'Write a line that says something.',
      description: 'The line, in quotes: "UMASK 027". Several blanks count as one.',
    },
    // Absent: other lines of the file do not matter.
    key: {
      type: 'string',
      maxLength: 128,
      pattern: '^[^\\s=:\\u0000-\\u001f\\u007f]+$',
      patternErrorMessage: 'Write the word that the line begins with, without blanks, = and colons: UMASK.',
      description: 'Word that the line begins with; no other line may begin with it.',
    },
  },
} as const;

/** A line of a file. */
export type LineWanted = Static<typeof schema>;

/** One blank for several, none around the first word's `=`: so lines are compared, here and in files. */
export function spellLine(line: string): string {
  return line
    .trim() // how far it is moved in means nothing
    .replace(/\s+/g, ' ') // tabs too
    .replace(/^([^\s=]+) ?= ?/, '$1=');
}

/** Whether a line that is spelled so begins with that word. */
export function isLineOf(spelled: string, key: string): boolean {
  // UMASK is not the word of UMASKS
  return spelled.startsWith(key) && /^(?:$|[ =:])/.test(spelled.slice(key.length));
}

export const lineRule = defineRule<LineWanted, LineWanted>({
  schema,
  key: 'path',
  check({ path, line, key }) {
    const faults = findPathFaults(path); // and what else is wrong, at once
    if (key === undefined || isLineOf(spellLine(line), key)) return faults;
    return [
      ...faults,
      { key: 'key', message: `Write the word that the line begins with; it is not "${key}".` },
    ];
  },
  normalizeName(name) {
    const [path = '', ...rest] = name.split(':'); // none in a path
    return rest.length === 0 ? cleanPath(path) : `${cleanPath(path)}:${spellLine(rest.join(':'))}`;
  },
  normalize: ({ path, line, key }) => ({
    path, // clean already
    line: spellLine(line),
    ...(key === undefined ? {} : { key }),
  }),
  item: ({ path, line, key }) => `line.${path}:${key ?? spellLine(line)}`, // line./etc/login.defs:UMASK
  describe: ({ path, line }) => `${path} has the line ${line}`, // in its one spelling
});
