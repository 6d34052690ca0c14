// Every code the server answers or stops with, what a person should do about it, and its HTTP status.
import { createFail, type ErrorEntry, type ProtocolErrorCode, protocolErrors } from '@muster/protocol';

/** A catalog entry of the server: the protocol's fields plus the HTTP status it is answered with. */
export interface ServerErrorEntry extends ErrorEntry {
  /** HTTP status of the problem document. Codes that only stop the process carry 500. */
  readonly status: number;
}

/** Codes that only the server knows. Codes that also cross the agents' wire stand in the protocol's catalog. */
export const serverErrors = {
  // Starting
  E_CONFIG: {
    sentence: 'The configuration has faults; correct the settings named and start again.',
    retryable: false,
    status: 500,
  },
  E_WORKERS: {
    sentence: 'The workers of the server do not start; their last lines in the log say why.',
    retryable: false,
    status: 500,
  },
  E_DATA_LOCKED: {
    sentence:
      'Another server process uses this data folder; stop it or choose another folder with --data-dir.',
    retryable: false,
    status: 500,
  },
  E_DATA_PATH: {
    sentence:
      'The data folder cannot be used; check its owner and permissions or choose another with --data-dir.',
    retryable: false,
    status: 500,
  },
  E_TLS: {
    sentence: 'The TLS key or certificate cannot be used; check the two files named in the configuration.',
    retryable: false,
    status: 500,
  },
  E_ROUTE: {
    sentence:
      'A route states neither a permission with its scope nor that it is public; add one of them to its config.',
    retryable: false,
    status: 500,
  },
  // Database
  E_NO_DATABASE: {
    sentence: 'No PostgreSQL comes with Muster for this platform; set DATABASE_URL to a server of your own.',
    retryable: false,
    status: 500,
  },
  E_DATABASE_URL: {
    sentence: 'The database named by DATABASE_URL cannot be used; check user, password, name and version.',
    retryable: false,
    status: 500,
  },
  E_DATABASE_START: {
    sentence:
      'The embedded PostgreSQL did not start; its last lines stand in postgres.log in the data folder.',
    retryable: true,
    status: 500,
  },
  E_DATABASE_VERSION: {
    sentence:
      'The data folder was made by another major version of PostgreSQL; back up with the old Muster and restore.',
    retryable: false,
    status: 500,
  },
  E_DATABASE_NEWER: {
    sentence: 'The database was migrated by a newer Muster; start that version or restore a backup.',
    retryable: false,
    status: 500,
  },
  E_MIGRATION: {
    sentence: 'A migration cannot be applied; nothing of it was kept. Read the detail and start again.',
    retryable: false,
    status: 500,
  },
  E_BACKUP: {
    sentence: 'The backup could not be written or read; check the file and try again.',
    retryable: false,
    status: 500,
  },
  E_NOT_EMPTY: {
    sentence: 'The database already holds tables; restore into an empty one.',
    retryable: false,
    status: 409,
  },
  E_FENCED_OUT: {
    sentence: 'Another process of the server has taken this work over; send the request again.',
    retryable: true,
    status: 503,
  },
  // Requests
  E_NOT_FOUND: {
    sentence: 'There is nothing at this address; check the path and the id.',
    retryable: false,
    status: 404,
  },
  E_METHOD: {
    sentence: 'This address does not take that method; see the allow header.',
    retryable: false,
    status: 405,
  },
  E_MEDIA_TYPE: {
    sentence: 'The body must be JSON; send content-type application/json.',
    retryable: false,
    status: 415,
  },
  E_JSON: {
    sentence: 'The body is not valid JSON; correct it and send it again.',
    retryable: false,
    status: 400,
  },
  E_VALIDATION: {
    sentence: 'The request does not fit its schema; correct the fields listed.',
    retryable: false,
    status: 400,
  },
  E_CURSOR: {
    sentence: 'The cursor does not belong to this list; start again without it.',
    retryable: false,
    status: 400,
  },
  E_FIELDS: {
    sentence: 'A requested field does not exist here; use the names of the response schema.',
    retryable: false,
    status: 400,
  },
  E_SIGNED_OUT: {
    sentence: 'This address needs a sign-in; send a valid token as "authorization: Bearer …".',
    retryable: false,
    status: 401,
  },
  E_FORBIDDEN: {
    sentence: 'Your account does not have the permission this needs; ask an admin for it.',
    retryable: false,
    status: 403,
  },
  E_STEP_UP: {
    sentence: 'This needs proof that you are there; confirm with your passkey or password and repeat it.',
    retryable: false,
    status: 401,
  },
  E_SCOPE: {
    sentence:
      'Some of the targets are outside of what your roles allow; order for fewer, or ask an admin for it.',
    retryable: false,
    status: 403,
  },
  E_ORIGIN: {
    sentence: 'The request comes from another site than this one; open the console at its own address.',
    retryable: false,
    status: 403,
  },
  E_HOST: {
    sentence:
      'This address answers under the name localhost only; open it by that name, on the machine itself.',
    retryable: false,
    status: 421,
  },
  E_CREDENTIALS: {
    sentence: 'This is not a valid sign-in; check what you entered and try again.',
    retryable: false,
    status: 401,
  },
  E_SETUP: {
    sentence: 'The link is not valid any more; have a new one made by muster setup-link or by an admin.',
    retryable: false,
    status: 403,
  },
  E_CHALLENGE: {
    sentence:
      'This sign-in was begun too long ago, was answered before, or the server was started anew meanwhile; please try again.',
    retryable: false,
    status: 400,
  },
  E_PASSKEY: {
    sentence: 'The passkey could not be registered here; try again, or use another one.',
    retryable: false,
    status: 400,
  },
  E_PASSWORD: {
    sentence: 'The password is too easy to guess; take at least 12 characters that nobody would think of.',
    retryable: false,
    status: 400,
  },
  E_CODE: {
    sentence: 'The one-time code is not right; check the clock of your phone and enter the next one.',
    retryable: false,
    status: 400,
  },
  E_IDENTITY: {
    sentence: 'This account of the provider belongs to nobody here; ask an admin for an invitation.',
    retryable: false,
    status: 403,
  },
  E_PROVIDER: {
    sentence: 'The sign-in provider does not answer as it should; try again or sign in another way.',
    retryable: true,
    status: 502,
  },
  E_CONFLICT: {
    sentence: 'The change conflicts with what is stored; read it again and repeat the change.',
    retryable: false,
    status: 409,
  },
  E_RATE: {
    sentence: 'Too many requests from this address; wait as long as the retry-after header says.',
    retryable: true,
    status: 429,
  },
  E_TIMEOUT: {
    sentence: 'The request was not complete in time; send it again.',
    retryable: true,
    status: 408,
  },
  E_REQUEST: {
    sentence: 'The request is not valid HTTP for this server; check the client.',
    retryable: false,
    status: 400,
  },
  E_LISTEN: {
    sentence:
      'The server cannot listen on its address; stop what uses it, or choose another with --host and --port.',
    retryable: false,
    status: 500,
  },
  E_NOT_RUNNING: {
    sentence: 'No server runs on this data folder; start it first, or name its folder with --data-dir.',
    retryable: false,
    status: 500,
  },
  E_KEY_FILE: {
    sentence: 'A key file of the server is missing or damaged; restore it from your backup.',
    retryable: false,
    status: 500,
  },
  E_TRUST_CHAIN: {
    sentence: 'The stored trust documents are incomplete; restore the database from your backup.',
    retryable: false,
    status: 500,
  },
  E_TLS_PIN: {
    sentence:
      'The TLS key of this server is not pinned in the trust document; sign a trust document with the new pin, or use the former key.',
    retryable: false,
    status: 500,
  },
  E_GENESIS: {
    sentence:
      'This server waits for its first trust document; make it with muster init and hand it in with muster-server init --genesis.',
    retryable: false,
    status: 500,
  },
  E_DEVICE_OFFLINE: {
    sentence: 'The device is offline, so it cannot be asked now; ask again when it is back.',
    retryable: true,
    status: 503,
  },
  E_DEVICE_STATE: {
    sentence: 'The device is not in a state that allows this; look at its state first.',
    retryable: false,
    status: 409,
  },
  E_DEVICE_NAME: {
    sentence: 'No device, or more than one, is called that; name it by its id.',
    retryable: false,
    status: 400,
  },
  // Commands
  E_INDEX: {
    sentence: 'The server is still reading all devices; try again in a moment.',
    retryable: true,
    status: 503,
  },
  E_NO_TARGETS: {
    sentence: 'No active device is meant by that; look at the expression or the names.',
    retryable: false,
    status: 400,
  },
  E_SNAPSHOT: {
    sentence: 'The list of target devices is not here any more; ask for the devices again and sign anew.',
    retryable: false,
    status: 409,
  },
  E_DUPLICATE: {
    sentence: 'A job with that dedupe key is not over; wait for it or cancel it.',
    retryable: false,
    status: 409,
  },
  // Alerts
  E_ALERT_TAKEN: {
    sentence: 'Somebody else has this alert; it is his until it is given back.',
    retryable: false,
    status: 409,
  },
  E_ALERT_OVER: {
    sentence: 'This alert is over; there is nothing to look after any more.',
    retryable: false,
    status: 409,
  },
  // Notifications
  E_NOTIFY_URL: {
    sentence: 'A webhook cannot go there; give an https URL of a receiver.',
    retryable: false,
    status: 400,
  },
  E_NOTIFY_MAIL: {
    sentence:
      'The server has no mail settings; set smtpHost and mailFrom in its configuration and start it again.',
    retryable: false,
    status: 409,
  },
  E_NOTIFY_SEND: {
    sentence: 'The message could not be delivered; the log of messages says why.',
    retryable: true,
    status: 502,
  },
  E_BUDGET: {
    sentence:
      'The budget of devices that commands of this class may reach is spent; wait, or order for fewer.',
    retryable: false,
    status: 429,
  },
  E_JOB_STATE: {
    sentence: 'The job is not in a state that allows this; look at its state first.',
    retryable: false,
    status: 409,
  },
  E_INTERNAL: {
    sentence: 'Something went wrong here; the log has the details under this request id.',
    retryable: false,
    status: 500,
  },
} as const satisfies Record<string, ServerErrorEntry>;

/** A code of {@link serverErrors}. */
export type ServerErrorCode = keyof typeof serverErrors;

/** HTTP status of protocol codes that REST routes also answer; any other is a 400. */
const protocolStatus: Partial<Record<ProtocolErrorCode, number>> = {
  E_SIZE: 413,
  E_AUTH: 401,
  E_BUSY: 503,
  E_UNAVAILABLE: 503,
  E_UNKNOWN_DEVICE: 404,
  E_RETIRED: 409,
  E_PENDING: 409,
  E_PLAN_MOVED: 409,
};

/** Makes an error of the server's or the protocol's catalog. */
export const fail = createFail<ServerErrorCode | ProtocolErrorCode>({ ...protocolErrors, ...serverErrors });

const statuses = new Map<string, number>([
  ...Object.keys(protocolErrors).map((code): [string, number] => [code, 400]),
  ...Object.entries(protocolStatus),
  ...Object.entries(serverErrors).map(([code, entry]): [string, number] => [code, entry.status]),
]);

/** HTTP status of a code; 500 for one that is in no catalog. */
export function statusOf(code: string): number {
  return statuses.get(code) ?? 500;
}
