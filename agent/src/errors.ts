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
  E_OUTBOX_FULL: {
    sentence: 'The outbox is full, so the message is not taken; it empties once the server is reachable.',
    retryable: true,
  },
} as const satisfies Record<string, ErrorEntry>;

/** Makes an error of the agent's catalog. */
export const fail = createFail<keyof typeof agentErrors>(agentErrors);
