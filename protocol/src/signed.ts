// Opens what a server signed for one session: welcome and enrolled, checked against the trust document and the nonces.
import { ENROLLED_TYPE, WELCOME_TYPE } from './document-types.ts';
import { fail } from './errors.ts';
import { documents } from './generated/validators.ts';
import { MAX_DOCUMENT_BYTES, MAX_JSON_DEPTH } from './limits.ts';
import type { EnrolledBody } from './messages/enrollment.ts';
import type { WelcomeBody } from './messages/session.ts';
import type { Crypto } from './signing/crypto.ts';
import { openEnvelope } from './signing/envelope.ts';
import { parseStrict } from './signing/strict-json.ts';
import type { ReadonlyTrust, TrustDocument } from './signing/trust.ts';
import { serverVerifyKeys } from './signing/trust-chain.ts';

/** What the answer must belong to. */
export interface SignedContext {
  /** Trust document in force on the agent; its serverKeys sign. */
  readonly trust: ReadonlyTrust;
  readonly crypto: Crypto;
  /** hello.nonce of this socket. */
  readonly serverNonce: string;
  /** The nonce the agent made for this socket. */
  readonly agentNonce: string;
}

/** True for a value that fits the schema of a trust document; what it means is checked by the trust chain. */
export function isTrustDocument(value: unknown): value is TrustDocument {
  return documents.trustDocument?.(value) === true;
}

function isWelcomeBody(value: unknown): value is WelcomeBody {
  return documents.welcomeBody?.(value) === true;
}

function isEnrolledBody(value: unknown): value is EnrolledBody {
  return documents.enrolledBody?.(value) === true;
}

/** Verifies the envelope by the server keys and parses its payload strictly. */
function open(type: string, envelope: unknown, { trust, crypto }: SignedContext): unknown {
  const { payload } = openEnvelope(envelope, { type, keys: serverVerifyKeys(trust, crypto), crypto });
  return parseStrict(payload, { maxBytes: MAX_DOCUMENT_BYTES, maxDepth: MAX_JSON_DEPTH });
}

/** The body must speak of this organization and this socket. */
function checkSession(
  body: { readonly org: string; readonly serverNonce: string; readonly agentNonce: string },
  context: SignedContext,
): void {
  if (body.org !== context.trust.org) throw fail('E_ORG');
  if (body.serverNonce !== context.serverNonce || body.agentNonce !== context.agentNonce) {
    throw fail('E_SIG', { detail: 'The answer was signed for another session; connect again.' });
  }
}

/**
 * Opens `welcome.envelope`.
 * @throws MusterError E_NOKEY, E_SIG, E_CANON, E_SCHEMA, E_ORG and the others of openEnvelope
 */
export function openWelcome(envelope: unknown, deviceId: string, context: SignedContext): WelcomeBody {
  const body = open(WELCOME_TYPE, envelope, context);
  if (!isWelcomeBody(body)) throw fail('E_SCHEMA');
  checkSession(body, context);
  if (body.deviceId !== deviceId) throw fail('E_AUTH');
  return body;
}

/** Opens `enrolled.envelope`; the answer must name the key that was offered. @throws as {@link openWelcome} */
export function openEnrolled(envelope: unknown, deviceKey: string, context: SignedContext): EnrolledBody {
  const body = open(ENROLLED_TYPE, envelope, context);
  if (!isEnrolledBody(body)) throw fail('E_SCHEMA');
  checkSession(body, context);
  if (body.deviceKey !== deviceKey) throw fail('E_AUTH');
  return body;
}
