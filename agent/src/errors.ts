// The agent's own error codes; those that cross the wire stand in the protocol's catalog.
import { createFail, type ErrorEntry } from '@muster/protocol';

/** Codes of the agent, shown by its command line and in its log. */
export const agentErrors = {
  E_CONFIG: {
    sentence: 'The configuration is not valid; correct the named settings and start again.',
    retryable: false,
  },
  E_USAGE: { sentence: 'The command line is not understood; see muster-agent --help.', retryable: false },
  E_NOT_ENROLLED: {
    sentence: 'This device is not enrolled; run muster-agent enroll with a token first.',
    retryable: false,
  },
  E_ENROLLED: {
    sentence: 'This device is enrolled already; run muster-agent unenroll first to enroll it anew.',
    retryable: false,
  },
  E_RUNNING: { sentence: 'Another agent runs on this state folder; stop it first.', retryable: false },
  E_STATE: {
    sentence: 'A file of the state folder is damaged; restore it, or remove the folder and enroll again.',
    retryable: false,
  },
  E_STATE_ACCESS: {
    sentence: 'The state folder cannot be read or written; correct its owner and mode.',
    retryable: false,
  },
  E_DISK_FULL: {
    sentence: 'The disk of the state folder is full; free some space and it goes on by itself.',
    retryable: true,
  },
  E_FILE: { sentence: 'A file cannot be read or written; see the message.', retryable: false },
  E_CONNECT: {
    sentence: 'The server cannot be reached; check the address, the network and that the server runs.',
    retryable: true,
  },
  E_TIMEOUT: { sentence: 'The server did not answer in time; it is tried again.', retryable: true },
  E_COLLECTOR: {
    sentence: 'There is no collector of that name; muster-agent collect --list names them.',
    retryable: false,
  },
  E_NO_RUN: {
    sentence: 'The named command has no run on this device that waits for a decision; see its results.',
    retryable: false,
  },
  E_INTERRUPTED: {
    sentence:
      'A crash or a restart ended the run in the middle, and it cannot be told how far it came; look at the device.',
    retryable: false,
  },
  E_CRASHED: {
    sentence: 'The executor went down three times with this command; it is not tried again.',
    retryable: false,
  },
  E_PROGRAM_TIMEOUT: {
    sentence: 'The program ran longer than the command allows and was ended; sign it with more time.',
    retryable: false,
  },
  E_KIND: {
    sentence: 'The kind of command failed in a way that was not foreseen; see the log of the executor.',
    retryable: false,
  },
  E_EXECUTOR: {
    sentence: 'The executor cannot be reached; see its log, and start muster-executor again.',
    retryable: true,
  },
  E_OUTBOX_FULL: {
    sentence: 'The outbox is full, so the message is not taken; it empties once the server is reachable.',
    retryable: true,
  },
  E_UNSUPPORTED: {
    sentence: 'This device has no means to do that; see the message.',
    retryable: false,
  },
  E_NOT_FOUND: {
    sentence: 'What the command names is not on this device; correct the name.',
    retryable: false,
  },
  E_PROTECTED: {
    sentence:
      'The device keeps itself alive and manageable: what the command names is protected; choose another.',
    retryable: false,
  },
  E_PATH: {
    sentence: 'The path is not one that this kind of command may touch; see the message.',
    retryable: false,
  },
  E_PACKAGE: {
    sentence: 'The package manager would not do exactly what was signed; see the message.',
    retryable: false,
  },
  E_FLAPPING: {
    sentence:
      'It was repaired again and again and did not stay so; find what else changes it, or change the policy.',
    retryable: false,
  },
  E_UNVERIFIED: {
    sentence: 'The repair ended well, but what is wanted does not hold; look at the device.',
    retryable: true,
  },
  E_REPAIR: {
    sentence: 'A step of the repair failed; see the message.',
    retryable: true,
  },
  E_RULE: {
    sentence: 'The check of the rule failed in a way that was not foreseen; see the message.',
    retryable: false,
  },
  E_SLOW: {
    sentence: 'The look did not end in time; find which file, file server or program does not answer.',
    retryable: true,
  },
  E_LATER: {
    sentence: 'The cycle has used its time; the next one goes on with it.',
    retryable: true,
  },
} as const satisfies Record<string, ErrorEntry>;

/** Makes an error of the agent's catalog. */
export const fail = createFail<keyof typeof agentErrors>(agentErrors);
