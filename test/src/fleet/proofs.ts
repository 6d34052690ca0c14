// The two messages by which a simulated device proves who it is: enrollment and the proof of each session.
import { randomBytes } from 'node:crypto';
import {
  type Auth,
  authTranscript,
  CAPABILITY,
  decodeBase64url,
  type Enroll,
  encodeBase64url,
  enrollTranscript,
  type Hello,
} from '@muster/protocol';
import { seedSigner } from './keys.ts';

/** What proofs are bound to. */
export interface Greeting {
  readonly hello: Hello;
  /** TLS exporter; empty on a plain connection. */
  readonly exporter: Uint8Array;
}

/** What signs, a device or a token. */
type Sign = (message: Uint8Array) => Uint8Array;

/** A token, opened. */
export interface OpenToken {
  readonly id: string;
  readonly trustHash: string;
  sign(message: Uint8Array): Uint8Array;
}

/** Opens the text of a token: `mst1.<id>.<seed>.<trustHash>`. */
export function openToken(text: string): OpenToken {
  const [, id = '', seed = '', trustHash = ''] = text.split('.');
  return { id: `tok_${id}`, trustHash, sign: seedSigner(decodeBase64url(seed)) };
}

/** What both messages have in common. */
function boundTo({ exporter }: Greeting) {
  return {
    v: CAPABILITY,
    nonce: encodeBase64url(randomBytes(32)),
    binding: exporter.length > 0 ? ('tls-exporter' as const) : ('none' as const),
  };
}

function placeOf({ hello, exporter }: Greeting) {
  return { org: hello.org, serverNonce: hello.nonce, exporter };
}

/** The enroll message, signed by token and device. */
export function signEnroll(
  greeting: Greeting,
  names: Pick<Enroll, 'tokenId' | 'deviceKey' | 'sealKey' | 'hostname' | 'platform' | 'agentVersion'>,
  signers: { readonly token: Sign; readonly device: Sign },
): Enroll {
  const message = {
    type: 'enroll' as const,
    org: greeting.hello.org,
    ...boundTo(greeting),
    ...names,
  };
  const signed = enrollTranscript(message, placeOf(greeting));
  return {
    ...message,
    tokenSig: encodeBase64url(signers.token(signed)),
    deviceSig: encodeBase64url(signers.device(signed)),
  };
}

/** The auth message, signed by the device. */
export function signAuth(
  greeting: Greeting,
  names: Pick<Auth, 'deviceId' | 'epoch' | 'at' | 'trustVersion' | 'agentVersion'>,
  sign: Sign,
): Auth {
  const message = { type: 'auth' as const, bootId: 'simulated-boot', ...boundTo(greeting), ...names };
  const signed = authTranscript(message, placeOf(greeting));
  return { ...message, sig: encodeBase64url(sign(signed)) };
}
