// Rule `script`: what programs written in the policy itself find, and how they set it right.
import type { Static } from 'typebox';
import { encodeUtf8 } from '../../signing/bytes.ts';
import { defineRule, type WantedFault } from '../rule-kind.ts';

/** Largest text of a script, bytes of UTF-8: both fit into a signed policy, with room for others. */
const MAX_SCRIPT_TEXT_BYTES = 16 * 1024;

/** The form of both. */
const text = {
  type: 'string',
  maxLength: MAX_SCRIPT_TEXT_BYTES, // in characters; check counts the bytes
  pattern: '\\S',
  patternErrorMessage: 'Write the program; there is nothing in it.',
} as const;

/** As a file has it. */
const schema = {
  type: 'object',
  required: ['name', 'check'], // a fix alone would run every hour
  additionalProperties: false,
  description: 'Programs that look at something and set it right, as root.',
  properties: {
    name: {
      type: 'string',
      pattern: '^[a-z0-9][a-z0-9-]{0,63}$',
      patternErrorMessage: 'Write a name of a-z, 0-9 and dashes, at most 64: web-root-clean.',
      description: 'What it is about; rules of one name are about the same thing.',
    },
    check: {
      ...text,
      description:
        'Program that only looks. It ends with 0 where all is well, and with driftedExit where something is to be set right; any other end is an error.',
    },
    // Absent: it is only looked at.
    fix: { ...text, description: 'Program that sets it right; afterwards the check must end with 0.' },
    // A closed list: whatever else is named would be a program that nobody has looked at.
    interpreter: {
      enum: ['/bin/sh', '/bin/bash', '/usr/bin/bash', '/usr/bin/python3'],
      default: '/bin/sh',
      description: 'What runs both; absent: /bin/sh.',
    },
    // Signed, because half a script may be another deed than the whole. A device waits 300 s for a look, and for the end of another script before.
    timeoutSeconds: {
      type: 'integer',
      minimum: 1,
      maximum: 200,
      default: 60,
      description: 'Seconds after which each of them is ended; absent: 60.',
    },
    // The usual word of grep and test.
    // From 126 on it is what a shell says of a program that could not be run, or that a signal ended
    driftedExit: {
      type: 'integer',
      minimum: 1,
      maximum: 125,
      default: 1,
      description: 'Exit code of the check that means "to be set right"; absent: 1.',
    },
  },
} as const;

/** What the form lets pass. */
type Written = Static<typeof schema>;

/** Programs and their bounds, with every default. */
export type ScriptWanted = Written &
  Required<Pick<Written, 'interpreter' | 'timeoutSeconds' | 'driftedExit'>>;

/** A literal block of YAML ends with a line break, one in quotes does not; a program means the same. */
function dropEnd(program: string): string {
  return program.replace(/\n+$/, '');
}

export const scriptRule = defineRule<Written, ScriptWanted>({
  schema,
  key: 'name',
  check: (written) =>
    // The form counts characters
    (['check', 'fix'] as const).flatMap((key): WantedFault[] => {
      const bytes = encodeUtf8(written[key] ?? '').length; // none: 0
      if (bytes <= MAX_SCRIPT_TEXT_BYTES) return [];
      const most = MAX_SCRIPT_TEXT_BYTES / 1024;
      return [{ key, message: `The program has ${bytes} bytes, and ${most} KiB are the most; shorten it.` }];
    }),
  normalizeName: (name) => name, // the form lets one spelling pass
  normalize: ({ name, check, fix, interpreter, timeoutSeconds, driftedExit }) => ({
    name,
    check: dropEnd(check), // else to the letter: that is what people have signed
    ...(fix === undefined ? {} : { fix: dropEnd(fix) }),
    interpreter: interpreter ?? '/bin/sh', // every system has it
    timeoutSeconds: timeoutSeconds ?? 60, // for each of the two
    driftedExit: driftedExit ?? 1, // grep and test end so
  }),
  item: ({ name }) => `script.${name}`, // script.web-root-clean
  describe: ({ name }) => `${name} passes its check`, // its text stands in the policy
});
