// Signed documents for tests: keys by number, a trust document of three signers, and envelopes of any payload.
import { Buffer } from 'node:buffer';
import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import type { Envelope } from '../../index.ts';
import { encodeBase64url } from '../../signing/base64url.ts';
import { decodeHex, encodeUtf8 } from '../../signing/bytes.ts';
import type { Crypto, Signer } from '../../signing/crypto.ts';
import { sealEnvelope } from '../../signing/envelope.ts';
import { keyid, parseSpki } from '../../signing/keys.ts';
import { createPasskey, ORIGIN, RP_ID } from '../../signing/testing/authenticator.ts';
import type { TrustDocument } from '../../signing/trust.ts';
import { COMMAND_TYPE, type Command } from '../command.ts';
import { CONTENT_TYPE, type Content } from '../content.ts';
import { documentDigest } from '../document.ts';
import type { VerifyContext } from '../verify.ts';

/** SPKI around a point of P-256 (RFC 5480). */
const P256_SPKI = decodeHex('3059301306072a8648ce3d020106082a8648ce3d030107034200');

/** The platform's hash and signature check. */
export const crypto: Crypto = {
  sha256: (bytes) => createHash('sha256').update(bytes).digest(),
  verifyEd25519: (publicKey, message, signature) => {
    const key = Buffer.concat([decodeHex('302a300506032b6570032100'), publicKey]);
    return verify(null, message, createPublicKey({ key, format: 'der', type: 'spki' }), signature);
  },
  verifyP256: (publicKey, message, signature) => {
    const key = Buffer.concat([P256_SPKI, publicKey]);
    return verify('sha256', message, createPublicKey({ key, format: 'der', type: 'spki' }), signature);
  },
};

/** A key that signs, with its entry for a trust document. */
export type TestKey = Signer & { readonly entry: { readonly scheme: 'ed25519'; readonly key: string } };

/** The key of that number, 1 to 255; the same in every run. */
export function keyOf(number: number): TestKey {
  const seed = new Uint8Array(32).fill(number);
  const pkcs8 = Buffer.concat([decodeHex('302e020100300506032b657004220420'), seed]);
  const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  const publicKey = parseSpki('ed25519', createPublicKey(privateKey).export({ format: 'der', type: 'spki' }));
  return {
    keyid: keyid(publicKey, crypto),
    sign: (message) => sign(null, message, privateKey),
    entry: { scheme: 'ed25519', key: encodeBase64url(publicKey) },
  };
}

export const ann = keyOf(10);
export const bob = keyOf(11);
/** An automation: may request services and refreshes only. */
export const robot = keyOf(12);
export const serverKey = keyOf(20);
export const stranger = keyOf(99);

/** Passkeys of Ann and Bob, who count only in {@link passkeyTrust}; a new one in every run. */
export const annPasskey = createPasskey();
export const bobPasskey = createPasskey();

export const ORG = `org_${'a'.repeat(26)}`;
export const ME = `dev_${'m'.repeat(26)}`;
const FINGERPRINT = Array(8).fill('abcd').join('-');
/** The moment at which tests take place. */
export const NOW_MS = Date.parse('2026-11-22T18:00:00.000Z');

/** A time so many ms from now, as documents write it. */
export function timeAt(offsetMs: number): string {
  return new Date(NOW_MS + offsetMs).toISOString();
}

/** Trust of two persons and an automation. */
export function trustOf(mode: TrustDocument['mode'], change: Partial<TrustDocument> = {}): TrustDocument {
  const all: TrustDocument['signers'][number]['roles'] = ['request', 'approve', 'halt'];
  const forBob: typeof all = mode === 'solo' ? ['request', 'halt'] : all;
  return {
    v: 1,
    org: ORG,
    version: 5,
    issuedAt: timeAt(-86_400_000),
    mode,
    root: { threshold: 1, keys: [keyOf(1).entry] },
    signers: [
      { id: 'ann', name: 'Ann', kind: 'person', roles: all, kinds: ['*'], keys: [ann.entry] },
      { id: 'bob', name: 'Bob', kind: 'person', roles: forBob, kinds: ['*'], keys: [bob.entry] },
      {
        id: 'robot',
        name: 'Night job',
        kind: 'automation',
        roles: ['request'],
        kinds: ['service.*', 'inventory.refresh', 'content', 'device.wipe'],
        keys: [robot.entry],
      },
    ],
    serverKeys: [serverKey.entry],
    tlsPins: [],
    releaseKeys: [],
    rpIds: [],
    origins: [],
    classes: {},
    policyEpoch: 1,
    ...change,
  };
}

/** The same with a passkey for each of the two persons. */
export function passkeyTrust(
  mode: TrustDocument['mode'],
  change: Partial<TrustDocument> = {},
): TrustDocument {
  const trust = trustOf(mode, { rpIds: [RP_ID], origins: [ORIGIN], ...change });
  const passkeys: Record<string, TrustDocument['signers'][number]['keys'][number]> = {
    ann: annPasskey.entry,
    bob: bobPasskey.entry,
  };
  const signers = trust.signers.map((signer) => {
    const passkey = passkeys[signer.id];
    return passkey === undefined ? signer : { ...signer, keys: [...signer.keys, passkey] };
  });
  return { ...trust, signers };
}

/** A good command for this device alone. */
export function commandOf(change: Partial<Command> = {}): Command {
  return {
    v: 1,
    org: ORG,
    cmdId: `cmd_${'c'.repeat(26)}`,
    kind: 'service.restart',
    args: { name: 'nginx' },
    targets: { list: [{ id: ME, hostname: 'web-1', fingerprint: FINGERPRINT }] },
    bound: '',
    notBefore: timeAt(-60_000),
    notAfter: timeAt(3_600_000),
    requester: 'ann',
    reason: 'certificate renewed',
    trustVersion: 5,
    dryRun: false,
    ...change,
  };
}

/** Approved code. */
export function contentOf(change: Partial<Content> = {}): Content {
  return {
    v: 1,
    org: ORG,
    use: 'script',
    name: 'clean.sh',
    sha256: encodeBase64url(new Uint8Array(32).fill(3)),
    sizeBytes: 12,
    interpreter: 'sh',
    parameters: [],
    place: null,
    runAs: [],
    stdin: false,
    timeoutMs: 60_000,
    okExits: [0],
    at: timeAt(-3_600_000),
    requester: 'ann',
    reason: 'cleans up',
    trustVersion: 5,
    ...change,
  };
}

/** Any payload in an envelope of that type. */
export function seal(type: string, payload: object, signers: readonly Signer[]): Envelope {
  return sealEnvelope(type, encodeUtf8(JSON.stringify(payload)), signers);
}

/** A command in its envelope. */
export function sealCommand(change: Partial<Command>, ...signers: Signer[]): Envelope {
  return seal(COMMAND_TYPE, commandOf(change), signers);
}

/** Content in its envelope. */
export function sealContent(change: Partial<Content>, ...signers: Signer[]): Envelope {
  return seal(CONTENT_TYPE, contentOf(change), signers);
}

/** What a healthy device of the hardened mode knows. */
export function contextOf(change: Partial<VerifyContext> = {}): VerifyContext {
  return {
    crypto,
    trust: trustOf('hardened'),
    device: {
      org: ORG,
      deviceId: ME,
      hostname: 'web-1',
      fingerprint: FINGERPRINT,
      holds: (bound) => bound === 'true',
    },
    nowMs: NOW_MS,
    freshness: { v: 1, org: ORG, at: timeAt(-60_000), trustVersion: 5, canceled: [], halts: [] },
    halts: [],
    deny: [],
    digestOf: () => undefined,
    ...change,
  };
}

/** The name by which a command names content: the digest of its document. */
export function digestOf(change: Partial<Content> = {}): string {
  return documentDigest(sealContent(change, ann), crypto);
}
