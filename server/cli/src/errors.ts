// The command line's own error codes; those of the server arrive in its answers.
import { createFail, type ErrorEntry } from '@muster/protocol';

/** Codes of `muster`, shown on standard error. */
export const cliErrors = {
  E_USAGE: { sentence: 'The command line is not understood; see muster --help.', retryable: false },
  E_CONFIRM: {
    sentence: 'This needs a confirmation, and there is nobody to ask; say --yes if you are sure.',
    retryable: false,
  },
  E_FILE: { sentence: 'A file cannot be read or written; check its path and permissions.', retryable: false },
  E_NOT_SIGNED_IN: {
    sentence: 'This terminal is not signed in; run muster login with a token made on the server.',
    retryable: false,
  },
  // The server's own code, with what it means for a person at a terminal.
  E_SIGNED_OUT: {
    sentence: 'The server does not take the token of this terminal any more; run muster login again.',
    retryable: false,
  },
  E_PROFILE: { sentence: 'The sign-in file is damaged; run muster login again.', retryable: false },
  E_CONNECT: {
    sentence: 'The server cannot be reached; check the address and that the server runs.',
    retryable: true,
  },
  E_UNTRUSTED: {
    sentence:
      'The certificate of the server cannot be trusted; sign in with --ca-file and the ca.pem of its data folder.',
    retryable: false,
  },
  E_ANSWER: {
    sentence: 'The server answered in a form this version does not know; update muster.',
    retryable: false,
  },
  E_NO_MATCH: {
    sentence: 'No device has that name or id; muster devices lists all.',
    retryable: false,
  },
  E_AMBIGUOUS: {
    sentence: 'Several devices have that name; use the device id instead.',
    retryable: false,
  },
  E_PASSPHRASE: {
    sentence: 'The passphrase does not open this key; type it again.',
    retryable: false,
  },
  E_KEY_FILE: {
    sentence: 'The key file is damaged or of another version; take it from your backup.',
    retryable: false,
  },
  E_NO_KEY: {
    sentence: 'No key of this terminal may sign that; name one with --key, or make one with muster keys new.',
    retryable: false,
  },
  E_TRUST_CHANGED: {
    sentence:
      'The trust documents of the server do not follow those this terminal has seen; somebody exchanged them. Ask before you sign anything.',
    retryable: false,
  },
  E_TARGETS_CHANGED: {
    sentence: 'The device list of the server is not the one it counted; look at it again before you sign.',
    retryable: true,
  },
  // A code of the server; here it comes before anybody signs.
  E_CONTENT: {
    sentence: 'The content is not approved yet; have it signed with muster content approve.',
    retryable: false,
  },
  E_JOB_STATE: {
    sentence: 'The job is not in a state that allows this; muster job shows it.',
    retryable: false,
  },
  E_HIDDEN: {
    sentence:
      'Your roles let you see only some of the devices of this job, so it cannot be shown or signed as a whole; ask an admin.',
    retryable: false,
  },
  E_QUICKSTART: {
    sentence: 'Destructive commands are refused in quick start mode; muster trust harden leads out of it.',
    retryable: false,
  },
  E_JOB_FAILED: {
    sentence: 'Not every device did what was asked; the table above says which and why.',
    retryable: false,
  },
  E_JOB_OPEN: {
    sentence: 'The job goes on without this terminal; muster job follows it again.',
    retryable: false,
  },
  E_DRIFT: {
    sentence: 'What is in force is not what the files say; muster plan shows the lines.',
    retryable: false,
  },
  E_PARTLY: {
    sentence: 'Not all of it could be done; the lines above say what, and why.',
    retryable: false,
  },
  E_CHILD: {
    sentence: 'A program that quick start needs ended; its last lines stand above.',
    retryable: false,
  },
} as const satisfies Record<string, ErrorEntry>;

/** Makes an error of the command line's catalog. */
export const fail = createFail<keyof typeof cliErrors>(cliErrors);
