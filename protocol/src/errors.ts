// The error class every part throws, and the catalog of codes that cross the wire.

/** What the catalog knows of a code. The sentence is for a person: what is wrong and what to do. */
export interface ErrorEntry {
  /** One plain sentence, ending with a full stop. */
  readonly sentence: string;
  /** True when the same attempt may succeed later without anybody changing anything. */
  readonly retryable: boolean;
}

/** Options of {@link MusterError}. */
export interface MusterErrorOptions {
  /** The error that led to this one; kept as `cause`, never sent over the wire. */
  readonly cause?: unknown;
  /** Replaces the catalog's sentence where the caller knows more (a path, a value's name). No secrets. */
  readonly detail?: string;
  /** Overrides the catalog's answer for this one occurrence. */
  readonly retryable?: boolean;
}

/** An expected failure with a stable code. Anything else that is thrown is a bug. */
export class MusterError extends Error {
  readonly code: string;
  readonly retryable: boolean;

  constructor(code: string, entry: ErrorEntry, options: MusterErrorOptions = {}) {
    super(
      options.detail ?? entry.sentence,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.name = 'MusterError';
    this.code = code;
    this.retryable = options.retryable ?? entry.retryable;
  }
}

/**
 * Makes a package's `fail(code, options)` function out of its catalog.
 * The function returns the error, so that the caller's `throw` stays visible to the compiler.
 */
export function createFail<Code extends string>(catalog: Readonly<Record<Code, ErrorEntry>>) {
  return function fail(code: Code, options?: MusterErrorOptions): MusterError {
    return new MusterError(code, catalog[code], options);
  };
}

/** True for an expected failure, optionally one with that code. */
export function isMusterError(error: unknown, code?: string): error is MusterError {
  return error instanceof MusterError && (code === undefined || error.code === code);
}

/** Codes that may travel between agent and server, or that shared logic throws. */
export const protocolErrors = {
  // The form of messages and documents.
  E_SIZE: { sentence: 'The message is larger than the limit; send a smaller one.', retryable: false },
  E_SHAPE: { sentence: 'The message does not have the agreed form; update the sender.', retryable: false },
  E_B64: {
    sentence: 'A field is not clean base64url; encode it again without padding or stray bits.',
    retryable: false,
  },
  E_CANON: {
    sentence: 'The document is not strict JSON; serialize it with JSON.stringify and sign it again.',
    retryable: false,
  },
  E_TYPE: { sentence: 'The message or document type is not known here; update this side.', retryable: false },
  E_SCHEMA: { sentence: 'The document does not fit its schema; correct the named field.', retryable: false },
  // Signatures and keys.
  E_SIG: {
    sentence: 'A signature does not verify; the document was changed or signed by another key.',
    retryable: false,
  },
  // The holder's own signature, but one that the trust document in force does not let count.
  E_PAGE: {
    sentence:
      'The passkey signed at a page that is not listed in the trust document, or did not ask who was there; sign again at a listed address, with a passkey that asks for a finger or a PIN.',
    retryable: false,
  },
  E_KEY: {
    sentence: 'The public key is not acceptable (wrong length or small order); make a new key.',
    retryable: false,
  },
  E_NOKEY: {
    sentence: 'The signing key is not in the trust document; fetch the newest trust document or add the key.',
    retryable: false,
  },
  E_QUORUM: {
    sentence: 'Too few distinct signers signed the document; collect the missing signatures.',
    retryable: false,
  },
  E_ORG: {
    sentence: 'The document belongs to another organization; use one made by your own.',
    retryable: false,
  },
  E_TRUST: {
    sentence: 'The trust document does not follow the one in force; send the missing versions in order.',
    retryable: false,
  },
  E_ROLLBACK: {
    sentence: 'The document is older than the one in force; issue a newer version.',
    retryable: false,
  },
  // Sessions and measurements.
  E_ORDER: { sentence: 'The message came out of order in this session; connect again.', retryable: false },
  E_CHUNK: {
    sentence: 'The metric chunk is damaged; it is set aside and the next one is awaited.',
    retryable: false,
  },
  E_CHUNK_TIME: {
    sentence: 'The metric chunk lies outside the retention range; correct the clock of the device.',
    retryable: false,
  },
  E_AUTH: {
    sentence: 'The device could not prove its key; enroll it again if its state folder was replaced.',
    retryable: false,
  },
  E_AUTH_TIMEOUT: {
    sentence: 'The connection did not authenticate within its deadline; connect again.',
    retryable: true,
  },
  E_BUSY: {
    sentence: 'The server takes no more connections just now; connect again after the given time.',
    retryable: true,
  },
  E_UNKNOWN_DEVICE: {
    sentence: 'This device is not known to the server; enroll it again.',
    retryable: false,
  },
  E_PENDING: {
    sentence: 'The device waits for approval; compare its fingerprint and approve it.',
    retryable: true,
  },
  E_RETIRED: {
    sentence: 'The device was retired and its key no longer opens a session; enroll it again.',
    retryable: false,
  },
  E_REPLACED: {
    sentence: 'A newer session of the same device took over; only one agent may use a key.',
    retryable: true,
  },
  E_CLONE: {
    sentence: 'Two running machines hold the same device key; both are quarantined until an admin decides.',
    retryable: true,
  },
  E_FENCED: {
    sentence:
      'The device key was used with an old epoch, as from a restored copy; re-bind or enroll the device.',
    retryable: true,
  },
  // Enrollment.
  E_TOKEN: {
    sentence: 'The enrollment token is not valid; copy it again or make a new one.',
    retryable: false,
  },
  E_TOKEN_SPENT: { sentence: 'The enrollment token has no uses left; make a new one.', retryable: false },
  E_TOKEN_EXPIRED: { sentence: 'The enrollment token has expired; make a new one.', retryable: false },
  E_TOKEN_REVOKED: {
    sentence: 'The enrollment token was revoked; ask the admin for a new one.',
    retryable: false,
  },
  E_TRUST_HASH: {
    sentence: 'The server does not present the trust document that the token names; check the address.',
    retryable: false,
  },
  E_PIN: {
    sentence:
      'The server certificate is not the one pinned in the trust document; check the address and the network.',
    retryable: true,
  },
  E_QUOTA: {
    sentence:
      'The device has sent its share of this day; what it sends more is dropped until midnight UTC. Find out what makes it send so much.',
    retryable: false,
  },
  E_UNAVAILABLE: {
    sentence: 'The server cannot store data just now; what was not acknowledged is sent again.',
    retryable: true,
  },
  E_HASH: {
    sentence: 'The content does not have the announced hash; it is discarded and asked for again.',
    retryable: true,
  },
  // Commands, in the order of the steps of their verification.
  E_EXPRESSION: {
    sentence: 'The expression cannot be used; correct the named place.',
    retryable: false,
  },
  // Files of policies.
  E_POLICY: {
    sentence: 'The policies cannot be used; correct the named places.',
    retryable: false,
  },
  // Signed policies.
  E_WITHHELD: {
    sentence:
      'The policies are not exactly those that the signed set names; find out who holds one back, or which backup the server was restored from.',
    retryable: false,
  },
  E_PLAN_MOVED: {
    sentence: 'Something moved since the plan was made, so nothing was changed; plan again and look at it.',
    retryable: false,
  },
  E_REPLAY: {
    sentence: 'A command with this id and other bytes was seen before; sign it again under a new id.',
    retryable: false,
  },
  E_TARGET: {
    sentence:
      'The signed targets do not hold this device as it is; sign the command again for the devices you mean.',
    retryable: false,
  },
  E_BLAST: {
    sentence: 'The command reaches more devices than its class allows; sign it for fewer.',
    retryable: false,
  },
  E_ROLE: {
    sentence: 'A signer may not do this by the trust document; ask somebody who may, or change his roles.',
    retryable: false,
  },
  E_TIME: {
    sentence:
      'The command is outside its time, or asks for a longer one than its class allows; sign it again.',
    retryable: false,
  },
  E_COOLOFF: {
    sentence:
      'The cool-off of a destructive command cannot end without word from the server; bring the device online.',
    retryable: true,
  },
  E_STALE: {
    sentence:
      'The last signed word of the server is too old for this class; it is tried again once a new one is here.',
    retryable: true,
  },
  E_HALTED: {
    sentence: 'A halt or a cancellation is in force for this command; lift it or wait until it ends.',
    retryable: false,
  },
  E_FREEZE: {
    sentence:
      'A freeze keeps this device from changing; wait until it ends, or order it as an emergency, which two sign in hardened mode.',
    retryable: true,
  },
  E_LOCAL_DENY: {
    sentence: "The device's own deny list forbids this; its owner can change it on the device.",
    retryable: false,
  },
  E_LIMIT: {
    sentence:
      'A limit of the device is reached; wait until runs have ended, or a day has passed for destructive ones.',
    retryable: false,
  },
  E_CONTENT: {
    sentence:
      'The signed content that the command names is missing or not approved; add it and have it signed.',
    retryable: false,
  },
  E_MODE: {
    sentence:
      'The security mode of the organization does not allow this; leave the quick start mode with "muster trust harden".',
    retryable: false,
  },
  E_AUDIT_SHRUNK: {
    sentence:
      'The audit of the server is shorter than this device saw it; find out who took history away, or which backup was restored.',
    retryable: false,
  },
  E_AUDIT_FORK: {
    sentence:
      'The server shows another audit than this device saw; find out who changed history, with muster-verify and an export.',
    retryable: false,
  },
  E_AUDIT_UNPROVEN: {
    sentence:
      'The server does not show that its audit goes on from what this device saw; look at its log, then find out who changed history.',
    retryable: true,
  },
  E_RANGE: { sentence: 'A value lies outside its allowed range; correct the named field.', retryable: false },
} as const satisfies Record<string, ErrorEntry>;

/** A code of {@link protocolErrors}. */
export type ProtocolErrorCode = keyof typeof protocolErrors;

/** Makes an error of the protocol catalog. */
export const fail = createFail<ProtocolErrorCode>(protocolErrors);
