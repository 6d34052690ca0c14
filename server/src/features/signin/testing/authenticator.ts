// An authenticator in software for tests: makes passkeys and shows them as a browser hands them on, ES256, CBOR made by hand.
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** What a test may bend: an authenticator that does not do what it should. */
export interface Bending {
  /** Origin of the page; the one the authenticator was made for without it. */
  readonly origin?: string;
  readonly rpId?: string;
  readonly challenge?: string;
  /** Without it the person was verified. */
  readonly isVerified?: boolean;
  /** Without it one more than the last. */
  readonly counter?: number;
}

interface Made {
  readonly id: Buffer;
  readonly rpId: string;
  readonly userHandle: string;
  readonly privateKey: KeyObject;
  counter: number;
}

/** What a passkey is made with. */
export interface CreationOptions {
  readonly rp: { readonly id?: string };
  readonly user: { readonly id: string };
  readonly challenge: string;
}

/** What a passkey is shown with. */
export interface RequestOptions {
  readonly rpId?: string;
  readonly challenge: string;
  readonly allowCredentials?: readonly { readonly id: string }[];
}

const UP = 0x01;
const UV = 0x04;
const AT = 0x40;

function sha256(bytes: Uint8Array | string): Buffer {
  return createHash('sha256').update(bytes).digest();
}

/** Head of a CBOR item (RFC 8949, 3): its major type and its length or value below 65536. */
function head(major: number, value: number): Buffer {
  if (value < 24) return Buffer.from([(major << 5) | value]);
  if (value < 256) return Buffer.from([(major << 5) | 24, value]);
  return Buffer.from([(major << 5) | 25, value >> 8, value & 0xff]);
}

type Cbor = number | string | Buffer | ReadonlyMap<number | string, Cbor>;

function encode(value: Cbor): Buffer {
  if (typeof value === 'number') return value >= 0 ? head(0, value) : head(1, -1 - value);
  if (typeof value === 'string')
    return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value]);
  const entries = [...value].flatMap(([key, item]) => [encode(key), encode(item)]);
  return Buffer.concat([head(5, value.size), ...entries]);
}

/** The public key as COSE (RFC 9053, 7.1): EC2, ES256, P-256. */
function encodeCose(publicKey: KeyObject): Buffer {
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const point = [Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')] as const;
  return encode(
    new Map<number, Cbor>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, point[0]],
      [-3, point[1]],
    ]),
  );
}

function clientData(type: string, challenge: string, origin: string): Buffer {
  return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }));
}

function authenticatorData(rpId: string, flags: number, counter: number): Buffer {
  const count = Buffer.alloc(4);
  count.writeUInt32BE(counter);
  return Buffer.concat([sha256(rpId), Buffer.from([flags]), count]);
}

/** Makes one that lies in a browser at that origin. `counts`: it counts its signatures, unlike synced passkeys. */
export function createAuthenticator(origin: string, { counts = true } = {}) {
  const passkeys: Made[] = [];

  function make(options: CreationOptions, bent: Bending = {}) {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const id = randomBytes(32);
    const rpId = bent.rpId ?? options.rp.id ?? '';
    passkeys.push({ id, rpId, userHandle: options.user.id, privateKey, counter: 0 });
    const flags = UP | AT | (bent.isVerified === false ? 0 : UV);
    const length = Buffer.from([id.length >> 8, id.length & 0xff]);
    const authData = Buffer.concat([
      authenticatorData(rpId, flags, 0),
      Buffer.alloc(16),
      length,
      id,
      encodeCose(publicKey),
    ]);
    const attestation = new Map<string, Cbor>([
      ['fmt', 'none'],
      ['attStmt', new Map()],
      ['authData', authData],
    ]);
    const text = id.toString('base64url');
    return {
      id: text,
      rawId: text,
      type: 'public-key' as const,
      clientExtensionResults: {},
      response: {
        clientDataJSON: clientData(
          'webauthn.create',
          bent.challenge ?? options.challenge,
          bent.origin ?? origin,
        ).toString('base64url'),
        attestationObject: encode(attestation).toString('base64url'),
        transports: ['internal'],
      },
    };
  }

  function show(options: RequestOptions, bent: Bending = {}) {
    const allowed = options.allowCredentials ?? [];
    const passkey = passkeys.findLast(
      ({ id }) => allowed.length === 0 || allowed.some((one) => one.id === id.toString('base64url')),
    );
    if (passkey === undefined) throw new Error('this authenticator has no such passkey');
    if (counts) passkey.counter += 1;
    const flags = UP | (bent.isVerified === false ? 0 : UV);
    const authData = authenticatorData(bent.rpId ?? passkey.rpId, flags, bent.counter ?? passkey.counter);
    const client = clientData('webauthn.get', bent.challenge ?? options.challenge, bent.origin ?? origin);
    const text = passkey.id.toString('base64url');
    return {
      id: text,
      rawId: text,
      type: 'public-key' as const,
      clientExtensionResults: {},
      response: {
        clientDataJSON: client.toString('base64url'),
        authenticatorData: authData.toString('base64url'),
        signature: sign('sha256', Buffer.concat([authData, sha256(client)]), passkey.privateKey).toString(
          'base64url',
        ),
        userHandle: passkey.userHandle,
      },
    };
  }

  return { make, show };
}
