// Keys: published vectors, the forgeries that small-order keys allow, and every form that must be refused.
import { Buffer } from 'node:buffer';
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  sign,
  verify,
} from 'node:crypto';
import t, { type Test } from 'tap';
import { isMusterError } from '../errors.ts';
import { decodeBase64url, encodeBase64url } from './base64url.ts';
import { concatBytes, decodeHex, encodeHex, encodeUtf8 } from './bytes.ts';
import type { Crypto } from './crypto.ts';
import { openEnvelope, pae, prepareKey, type VerifyKey } from './envelope.ts';
import { checkEs256Key } from './es256.ts';
import { checkEd25519Key, checkX25519Key, encodeSpki, fingerprint, keyid, parseSpki } from './keys.ts';

const TYPE = 'application/vnd.muster.test.v1+json';

const crypto: Crypto = {
  sha256: (bytes) => createHash('sha256').update(bytes).digest(),
  verifyEd25519: (publicKey, message, signature) =>
    verify(null, message, importKey('302a300506032b6570032100', publicKey), signature),
  verifyP256: () => false,
};

/** The platform's own reading of a raw key: by SPKI, with a prefix written down here a second time. */
function importKey(prefix: string, publicKey: Uint8Array): ReturnType<typeof createPublicKey> {
  return createPublicKey({ key: Buffer.concat([decodeHex(prefix), publicKey]), format: 'der', type: 'spki' });
}

/** One refusal, or with `undefined` one success. Other errors are bugs and pass through. */
function expectCode(t: Test, code: string | undefined, what: string, run: () => unknown): void {
  t.equal(codeOf(run), code, what);
}

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (isMusterError(error)) return error.code;
    throw error;
  }
}

/** All copies of the bytes that differ in exactly one bit. */
function* flipBits(bytes: Uint8Array): Generator<Uint8Array> {
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    yield bytes.map((byte, index) => (index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
  }
}

/** A coordinate as 32 bytes, least significant first. */
function encodeCoordinate(value: bigint): Uint8Array {
  return decodeHex(value.toString(16).padStart(64, '0')).reverse();
}

const P25519 = 2n ** 255n - 19n;
const SIGN = 2n ** 255n;
const ORDER_8 = [
  0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n,
  0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n,
];
const smallOrder = [0n, SIGN, 1n, P25519 - 1n, ...ORDER_8.flatMap((y) => [y, y | SIGN])].map(
  encodeCoordinate,
);
const secondSpellings = [
  1n | SIGN,
  (P25519 - 1n) | SIGN,
  P25519,
  P25519 | SIGN,
  P25519 + 1n,
  (P25519 + 1n) | SIGN,
].map(encodeCoordinate);

t.test('RFC 8032 section 7.1: keys and signatures of the vectors hold, their ids are stable', async (t) => {
  const vectors = [
    {
      seed: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
      key: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
      message: '',
      sig: 'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    },
    {
      seed: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
      key: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
      message: '72',
      sig: '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    },
    {
      seed: 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
      key: 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
      message: 'af82',
      sig: '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
    },
  ];
  for (const { seed, key, message, sig } of vectors) {
    const pkcs8 = Buffer.concat([decodeHex('302e020100300506032b657004220420'), decodeHex(seed)]);
    const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
    const publicKey = parseSpki(
      'ed25519',
      createPublicKey(privateKey).export({ format: 'der', type: 'spki' }),
    );
    t.equal(encodeHex(publicKey), key);
    t.equal(sign(null, decodeHex(message), privateKey).toString('hex'), sig);
    t.ok(crypto.verifyEd25519(publicKey, decodeHex(message), decodeHex(sig)));
    // S plus the group order is the same S to a careless verifier.
    const s =
      BigInt(`0x${encodeHex(decodeHex(sig.slice(64)).reverse())}`) +
      2n ** 252n +
      27742317777372353535851937790883648493n;
    const twin = concatBytes([decodeHex(sig.slice(0, 64)), encodeCoordinate(s)]);
    t.notOk(crypto.verifyEd25519(publicKey, decodeHex(message), twin), 'a second spelling of S');
  }
  // A Buffer, whose `slice` is a view: nothing here may turn the caller's bytes around.
  const publicKey = Buffer.from(vectors[0]?.key ?? '', 'hex');
  t.equal(encodeHex(encodeSpki('ed25519', publicKey)), `302a300506032b6570032100${vectors[0]?.key}`);
  t.equal(publicKey.toString('hex'), vectors[0]?.key);
  t.equal(keyid(publicKey, crypto), '06e3fd8fda29bb60');
  t.equal(fingerprint(publicKey, crypto), 'a3r7-3d62-fg5w-bk2z-kv66-mhw3-blwn-wiyr');
});

t.test(
  'small-order keys: the platform verifies a forgery under each, this package refuses each',
  async (t) => {
    for (const publicKey of [...smallOrder, ...secondSpellings]) {
      // S = 0 and R = −k·A: with A of order n a guess for R fits every n-th message. No private key is involved.
      const forgery = Array.from({ length: 64 }, (_, n) => encodeUtf8(`{"wipe":${n}}`))
        .flatMap((bytes) => smallOrder.map((r) => ({ bytes, sig: concatBytes([r, new Uint8Array(32)]) })))
        .find(({ bytes, sig }) => crypto.verifyEd25519(publicKey, pae(TYPE, bytes), sig));
      const name = encodeHex(publicKey);
      t.ok(forgery, `${name}: node:crypto accepts a signature nobody made`);
      if (forgery === undefined) continue;
      expectCode(t, 'E_KEY', `${name}: refused`, () => checkEd25519Key(publicKey));
      // Even a key object made by hand, past prepareKey, does not get a forgery through.
      const forged: VerifyKey = { owner: 'mallory', keyid: '0123456789abcdef', publicKey };
      const envelope = {
        payload: encodeBase64url(forgery.bytes),
        payloadType: TYPE,
        signatures: [{ keyid: forged.keyid, sig: encodeBase64url(forgery.sig) }],
      };
      expectCode(t, 'E_KEY', `${name}: refused in an envelope`, () =>
        openEnvelope(envelope, { type: TYPE, keys: [forged], crypto }),
      );
      for (const run of [prepareKey.bind(null, 'x'), keyid, fingerprint]) {
        if (codeOf(() => run(publicKey, crypto)) !== 'E_KEY') t.fail(`${name} passes ${run.name}`);
      }
      expectCode(t, 'E_KEY', `${name}: has no SPKI`, () =>
        parseSpki('ed25519', concatBytes([decodeHex('302a300506032b6570032100'), publicKey])),
      );
    }
  },
);

t.test('of a coordinate only the spelling below the field is a key', async (t) => {
  for (let y = P25519; y < SIGN; y++) {
    expectCode(t, 'E_KEY', `y = p + ${y - P25519}`, () => checkEd25519Key(encodeCoordinate(y)));
    if (codeOf(() => checkEd25519Key(encodeCoordinate(y | SIGN))) !== 'E_KEY') t.fail('with the sign bit');
    if (codeOf(() => checkX25519Key(encodeCoordinate(y))) !== 'E_KEY') t.fail('as X25519');
  }
  expectCode(t, undefined, 'y = p − 2', () => checkEd25519Key(encodeCoordinate(P25519 - 2n)));
  expectCode(t, undefined, 'y = p − 2, other sign', () =>
    checkEd25519Key(encodeCoordinate((P25519 - 2n) | SIGN)),
  );
  expectCode(t, undefined, 'y = 2', () => checkEd25519Key(encodeCoordinate(2n)));
  for (const length of [0, 31, 33, 64]) {
    expectCode(t, 'E_KEY', `${length} bytes`, () => checkEd25519Key(new Uint8Array(length).fill(9)));
    expectCode(t, 'E_KEY', `${length} bytes as X25519`, () => checkX25519Key(new Uint8Array(length).fill(9)));
  }
});

t.test('X25519 keys of low order are refused; the platform finds no secret with them either', async (t) => {
  const { privateKey } = generateKeyPairSync('x25519');
  const lowOrder = [
    0n,
    1n,
    P25519 - 1n,
    0x00b8495f16056286fdb1329ceb8d09da6ac49ff1fae35616aeb8413b7c7aebe0n,
    0x57119fd0dd4e22d8868e1c58c45c44045bef839c55b1d0b1248c50a3bc959c5fn,
  ];
  for (const u of lowOrder) {
    const publicKey = importKey('302a300506032b656e032100', encodeCoordinate(u));
    t.throws(() => diffieHellman({ privateKey, publicKey }), { code: 'ERR_OSSL_FAILED_DURING_DERIVATION' });
    expectCode(t, 'E_KEY', `u = ${u}`, () => checkX25519Key(encodeCoordinate(u)));
    expectCode(t, 'E_KEY', 'nor has it an SPKI', () => encodeSpki('x25519', encodeCoordinate(u)));
  }
  for (const y of ORDER_8) {
    expectCode(t, undefined, 'what is of small order on the other curve only', () =>
      encodeSpki('x25519', encodeCoordinate(y)),
    );
  }
  expectCode(t, undefined, 'the base point', () => checkX25519Key(encodeCoordinate(9n)));
  expectCode(t, undefined, 'u = p − 2', () => checkX25519Key(encodeCoordinate(P25519 - 2n)));
  expectCode(t, 'E_KEY', 'the base point with the ignored bit', () =>
    checkX25519Key(encodeCoordinate(9n | SIGN)),
  );
});

t.test('SPKI is what the platform writes, and nothing else is read', async (t) => {
  for (const algorithm of ['ed25519', 'x25519'] as const) {
    for (let n = 0; n < 10; n++) {
      const pair = algorithm === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('x25519');
      const der = pair.publicKey.export({ format: 'der', type: 'spki' });
      t.equal(encodeHex(encodeSpki(algorithm, parseSpki(algorithm, der))), der.toString('hex'));
      expectCode(t, 'E_KEY', 'the other algorithm', () =>
        parseSpki(algorithm === 'ed25519' ? 'x25519' : 'ed25519', der),
      );
      expectCode(t, 'E_KEY', 'a byte too many', () =>
        parseSpki(algorithm, concatBytes([der, Uint8Array.of(0)])),
      );
      expectCode(t, 'E_KEY', 'a byte too few', () => parseSpki(algorithm, der.subarray(0, 43)));
    }
    expectCode(t, 'E_KEY', 'nothing', () => parseSpki(algorithm, new Uint8Array()));
    expectCode(t, 'E_KEY', 'zeros', () => encodeSpki(algorithm, new Uint8Array(32)));
  }
});

t.test('ES256 keys must be uncompressed points of the curve', async (t) => {
  for (let n = 0; n < 10; n++) {
    const { x, y } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
    const point = concatBytes([Uint8Array.of(4), decodeBase64url(x ?? ''), decodeBase64url(y ?? '')]);
    expectCode(t, undefined, 'a fresh key', () => checkEs256Key(point));
    const bad = [...flipBits(point)].filter((other) => codeOf(() => checkEs256Key(other)) !== 'E_KEY');
    t.same(bad, [], 'no bit may differ: the neighbors are not on the curve');
    expectCode(t, 'E_KEY', 'too long', () => checkEs256Key(concatBytes([point, Uint8Array.of(0)])));
  }
  // (0, √b) and (x, 5) are on the curve; with the field added to the small coordinate they are second spellings.
  const field = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
  const [zeroY, fiveX] = [
    '66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4',
    'd7325d7646cd60d80a92738ceb345f844cffaf35841022cab176f692de8de1d7',
  ];
  expectCode(t, undefined, 'x = 0', () => checkEs256Key(decodeHex(`04${'0'.repeat(64)}${zeroY}`)));
  expectCode(t, 'E_KEY', 'x = p', () => checkEs256Key(decodeHex(`04${field.toString(16)}${zeroY}`)));
  expectCode(t, undefined, 'y = 5', () => checkEs256Key(decodeHex(`04${fiveX}${'5'.padStart(64, '0')}`)));
  expectCode(t, 'E_KEY', 'y = p + 5', () =>
    checkEs256Key(decodeHex(`04${fiveX}${(field + 5n).toString(16)}`)),
  );
});
