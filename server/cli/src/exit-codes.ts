// What the exit code of `muster` says, and which error leads to which.

/** Exit codes, as --help and docs/cli.md list them. */
export const exitCodes = [
  { code: 0, meaning: 'done' },
  { code: 1, meaning: 'failed' },
  {
    code: 2,
    meaning: 'the command line, an expression or a policy is not understood, or nobody has confirmed it',
  },
  { code: 3, meaning: 'not signed in' },
  { code: 4, meaning: 'refused by the server: forbidden, not found, not possible in this state' },
  { code: 5, meaning: 'the server cannot be reached, or cannot answer now' },
  { code: 6, meaning: 'a job ended, and not every device did what was asked' },
  {
    code: 7,
    meaning: 'a job goes on: devices have not answered yet, or it waits for a signature or a person',
  },
  { code: 8, meaning: 'what is in force is not what the files say' },
] as const;

/** One of {@link exitCodes}. */
export type ExitCode = (typeof exitCodes)[number]['code'];

/** Codes with an exit code of their own; any other code of the server is a refusal. */
const byCode: Readonly<Record<string, ExitCode>> = {
  E_CHILD: 1,
  E_ANSWER: 1,
  E_FILE: 1,
  E_INTERNAL: 1,
  E_PASSPHRASE: 1,
  E_KEY_FILE: 1,
  E_TRUST_CHANGED: 1,
  E_TARGETS_CHANGED: 1,
  E_JOB_FAILED: 6,
  E_JOB_OPEN: 7,
  E_DRIFT: 8,
  E_NO_KEY: 2,
  E_USAGE: 2,
  E_EXPRESSION: 2,
  E_POLICY: 2,
  E_WITHHELD: 1,
  E_CONFIRM: 2,
  E_NOT_SIGNED_IN: 3,
  E_PROFILE: 3,
  E_SIGNED_OUT: 3,
  E_CONNECT: 5,
  E_UNTRUSTED: 5,
  E_UNAVAILABLE: 5,
  E_BUSY: 5,
  E_RATE: 5,
  E_TIMEOUT: 5,
};

/** The exit code for an error of the catalogs. */
export function exitCodeOf(code: string): ExitCode {
  return (Object.hasOwn(byCode, code) ? byCode[code] : undefined) ?? 4;
}
