// What exactly a device signs to open a session and to enroll; both ends build the same bytes here.
import { fail } from '../errors.ts';
import type { Enroll } from '../messages/enrollment.ts';
import type { Auth } from '../messages/session.ts';
import { type TranscriptField, transcript } from './transcript.ts';

/** Kind of the transcript that opens a session. Documents end in `+json`, so none can be mistaken for it. */
export const AUTH_TRANSCRIPT = 'application/vnd.muster.auth.v1';
/** Kind of the transcript that enrolls: a signature made to enroll never opens a session, nor the other way round. */
export const ENROLL_TRANSCRIPT = 'application/vnd.muster.enroll.v1';

/** What the signer knows of the connection, besides its own message. */
export interface TranscriptContext {
  /** Organization of the server's hello. */
  readonly org: string;
  /** Nonce of the server's hello, base64url as sent: the signature is worth nothing on another socket. */
  readonly serverNonce: string;
  /**
   * TLS exporter of this connection (label and context in the connection code), 32 bytes. Empty with binding `none`,
   * which the agent's own configuration must permit.
   */
  readonly exporter: Uint8Array;
}

/**
 * Bytes signed by the device key in `auth`: every field of the message but the signature. The epoch is among them, so
 * that nobody between the two can make an honest device look like a restored copy. Numbers go in as decimal text.
 * @throws MusterError E_SHAPE where the exporter does not fit the binding, or for a lone surrogate
 */
export function authTranscript(auth: Omit<Auth, 'sig' | 'type'>, context: TranscriptContext): Uint8Array {
  return transcript(AUTH_TRANSCRIPT, [
    ...contextFields(auth, context),
    ['deviceId', auth.deviceId],
    ['bootId', auth.bootId],
    ['epoch', String(auth.epoch)],
    ['at', auth.at],
    ['trustVersion', String(auth.trustVersion)],
    ['agentVersion', auth.agentVersion],
  ]);
}

/**
 * Bytes signed by the token's seed key and by the device key in `enroll`: every field of the message but the two
 * signatures, so neither half can be moved to another device or token. The organization is the context's, which the agent
 * compares with its own configuration before it signs.
 * @throws MusterError E_SHAPE where the exporter does not fit the binding, or for a lone surrogate
 */
export function enrollTranscript(
  enroll: Omit<Enroll, 'tokenSig' | 'deviceSig' | 'type' | 'org'>,
  context: TranscriptContext,
): Uint8Array {
  return transcript(ENROLL_TRANSCRIPT, [
    ...contextFields(enroll, context),
    ['tokenId', enroll.tokenId],
    ['deviceKey', enroll.deviceKey],
    ['sealKey', enroll.sealKey],
    ['hostname', enroll.hostname],
    ['platform', enroll.platform],
    ['agentVersion', enroll.agentVersion],
  ]);
}

/**
 * The fields both have. The binding itself is signed, so it cannot be lowered from `tls-exporter` to `none` on the way.
 * @throws MusterError E_SHAPE where the exporter does not fit the binding
 */
function contextFields(
  message: Pick<Auth, 'v' | 'nonce' | 'binding'>,
  context: TranscriptContext,
): TranscriptField[] {
  // Without this, a `tls-exporter` signature over nothing would look bound and be movable.
  if (context.exporter.length !== (message.binding === 'tls-exporter' ? 32 : 0)) throw fail('E_SHAPE');
  return [
    ['v', String(message.v)],
    ['org', context.org],
    ['serverNonce', context.serverNonce],
    ['agentNonce', message.nonce],
    ['binding', message.binding],
    ['exporter', context.exporter],
  ];
}
