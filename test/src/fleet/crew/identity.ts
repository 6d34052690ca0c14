// Who a simulated device is: real Ed25519 keys as 32-byte seeds, and what it signs to get in.
import {
  createPrivateKey,
  createPublicKey,
  type ED25519KeyPairOptions,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
import { type Auth, type Enroll, encodeBase64url } from '@muster/protocol';
import { type Greeting, type OpenToken, signAuth, signEnroll } from '../proofs.ts';
import { KEY_BYTES, type Tables } from './tables.ts';

/** PKCS #8 around an Ed25519 seed (RFC 8410 §7). */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');

function keyAt(column: Uint8Array, slot: number): Uint8Array {
  return column.subarray(slot * KEY_BYTES, (slot + 1) * KEY_BYTES);
}

/**
 * Both halves as DER, which end in the raw 32 bytes. Not by exporting a KeyObject as JWK: on Node 20 a garbage collection in the
 * middle of that waits for the lock of the very key that is being exported, for ever (seen at a few thousand keys).
 */
const asDer: ED25519KeyPairOptions<'der', 'der'> = {
  publicKeyEncoding: { type: 'spki', format: 'der' },
  privateKeyEncoding: { type: 'pkcs8', format: 'der' },
};

/** Makes a key for a device. */
export function makeKey(tables: Tables, slot: number): void {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519', asDer);
  keyAt(tables.seeds, slot).set(privateKey.subarray(-KEY_BYTES));
  keyAt(tables.publics, slot).set(publicKey.subarray(-KEY_BYTES));
}

/** The private key of a device as PKCS #8. */
export function exportKey(tables: Tables, slot: number): Buffer {
  return Buffer.concat([PKCS8_HEAD, keyAt(tables.seeds, slot)]);
}

/** Takes back what `exportKey` gave. The public half is handed in where it is known: computing it is slow. */
export function importKey(
  tables: Tables,
  slot: number,
  key: { secret: Uint8Array; public?: Uint8Array },
): void {
  keyAt(tables.seeds, slot).set(key.secret.subarray(-KEY_BYTES));
  const whole = key.public ?? readPublic(Buffer.from(key.secret));
  keyAt(tables.publics, slot).set(whole.subarray(-KEY_BYTES));
}

function readPublic(secret: Buffer): Buffer {
  const key = createPrivateKey({ key: secret, format: 'der', type: 'pkcs8' });
  return createPublicKey(key).export({ format: 'der', type: 'spki' });
}

export function publicKeyOf(tables: Tables, slot: number): Uint8Array {
  return keyAt(tables.publics, slot);
}

/** The key is opened for each signature: an opened one takes a kilobyte, and as JWK opening takes 40 µs (as DER 330). */
function openKey(tables: Tables, slot: number): KeyObject {
  const d = Buffer.from(keyAt(tables.seeds, slot)).toString('base64url');
  const x = Buffer.from(keyAt(tables.publics, slot)).toString('base64url');
  return createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', d, x }, format: 'jwk' });
}

/** Signs as that device. */
export function signAs(tables: Tables, slot: number, message: Uint8Array): Buffer {
  return sign(null, message, openKey(tables, slot));
}

/** What an enrollment says of the device. */
export interface Introduction {
  readonly token: OpenToken;
  readonly hostname: string;
  readonly platform: string;
  readonly agentVersion: string;
}

/** The enroll message, signed by token and device. */
export function makeEnrollment(
  tables: Tables,
  slot: number,
  { greeting, introduction }: { greeting: Greeting; introduction: Introduction },
): Enroll {
  const { token, ...names } = introduction;
  return signEnroll(
    greeting,
    {
      tokenId: token.id,
      deviceKey: encodeBase64url(publicKeyOf(tables, slot)),
      sealKey: makeSealKey(),
      ...names,
    },
    { token: token.sign, device: (message) => signAs(tables, slot, message) },
  );
}

/** Nothing is ever sealed to a simulated device, so there is no private half: any number below the field's prime is a key (RFC 7748 §5). */
function makeSealKey(): string {
  const key = randomBytes(KEY_BYTES);
  key[KEY_BYTES - 1] = (key[KEY_BYTES - 1] ?? 0) & 0x3f;
  return encodeBase64url(key);
}

/** What changes from session to session. */
export interface AuthMoment {
  readonly greeting: Greeting;
  readonly at: Date;
  readonly trustVersion: number;
  readonly agentVersion: string;
}

/** The auth message, signed by the device. */
export function makeProof(tables: Tables, slot: number, { greeting, at, ...names }: AuthMoment): Auth {
  return signAuth(
    greeting,
    {
      deviceId: tables.ids[slot] ?? '',
      epoch: tables.epochs[slot] ?? 0,
      at: at.toISOString(),
      ...names,
    },
    (message) => signAs(tables, slot, message),
  );
}
