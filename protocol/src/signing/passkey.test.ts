// Passkeys: a page's hash, honest gestures, every changed byte, every lie of a browser, and what a gesture is not.
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { crypto } from '../commands/testing/documents.ts';
import { isMusterError } from '../errors.ts';
import { decodeBase64url, encodeBase64url } from './base64url.ts';
import { concatBytes, encodeHex, encodeUtf8 } from './bytes.ts';
import { type Envelope, openEnvelope, pae, prepareKey, preparePasskey, sealEnvelope } from './envelope.ts';
import { fingerprint, keyid, parseSpki } from './keys.ts';
import { type Assertion, encodeAssertion } from './passkey.ts';
import {
  parsePasskeyKey,
  passkeyChallenge,
  toEnvelope,
  toKeyProof,
  toPasskeySignature,
  toUnsigned,
} from './passkey-sign.ts';
import { sha256 } from './sha256.ts';
import { createPasskey, type Lie, ORIGIN, RP_ID } from './testing/authenticator.ts';

const TYPE = 'application/vnd.muster.test.v1+json';
const payload = encodeUtf8('{"v":1,"what":"grüße"}');
const message = pae(TYPE, payload);
const relying = { rpIds: ['other.example', RP_ID], origins: [ORIGIN, 'http://localhost:8443'] };
const passkey = createPasskey();
const ann = preparePasskey('ann', passkey.publicKey, { relying, crypto });

function codeOf(run: () => unknown): string {
  try {
    run();
    return 'accepted';
  } catch (error) {
    if (isMusterError(error)) return error.code;
    throw error;
  }
}

/** The envelope with that text of a signature under the passkey's key id. */
function envelopeOf(sig: Uint8Array, keyId = passkey.keyid): Envelope {
  return {
    payload: encodeBase64url(payload),
    payloadType: TYPE,
    signatures: [{ keyid: keyId, sig: encodeBase64url(sig) }],
  };
}

function judge(sig: Uint8Array, keys = [ann]): string {
  return codeOf(() => openEnvelope(envelopeOf(sig), { type: TYPE, keys, crypto }));
}

/** The code for one gesture with a lie in it. */
function lieCode(lie: Lie): string {
  return judge(encodeAssertion(passkey.assert(message, lie)));
}

t.test('the hash of a page is the hash of the platform', async (t) => {
  const bytes = fc.uint8Array({ maxLength: 300 });
  fc.assert(
    fc.property(bytes, (one) => Buffer.from(sha256(one)).equals(createHash('sha256').update(one).digest())),
  );
  for (let length = 0; length < 200; length++) {
    const one = new Uint8Array(length).fill(length);
    if (encodeHex(sha256(one)) !== createHash('sha256').update(one).digest('hex'))
      t.fail(`differs at ${length} bytes`);
  }
  t.equal(
    encodeHex(sha256(encodeUtf8('abc'))),
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    'FIPS 180-4, the example of one block',
  );
});

t.test('an honest gesture counts, and says that it was made at a page', async (t) => {
  const sealed = sealEnvelope(TYPE, payload, [passkey]);
  const opened = openEnvelope(JSON.stringify(sealed), { type: TYPE, keys: [ann], crypto });
  t.same([...opened.signers], ['ann']);
  t.same([...opened.direct], []);
  t.equal(Buffer.from(opened.payload).toString(), Buffer.from(payload).toString());
  t.ok((sealed.signatures[0]?.sig.length ?? 0) < 900);
  t.same(
    passkeyChallenge({ payloadType: TYPE, payload }),
    new Uint8Array(createHash('sha256').update(message).digest()),
    'the challenge is what the agent expects',
  );
  const made = toPasskeySignature(passkey.publicKey, passkey.assert(message));
  t.equal(made.keyid, passkey.keyid);
  t.equal(judge(decodeBase64url(made.sig)), 'accepted', 'as a page puts it together');
  const unsigned = toUnsigned(TYPE, { v: 1, what: 'grüße' });
  const envelope = toEnvelope(unsigned, [made]);
  t.same([...openEnvelope(envelope, { type: TYPE, keys: [ann], crypto }).signers], ['ann']);
  t.throws(() => toEnvelope(unsigned, []), { code: 'E_SHAPE' });
  const proof = toKeyProof('org_a', 'BKey');
  t.equal(new TextDecoder().decode(proof.payload), 'org_a\nBKey', 'an organization and a key, nothing else');
  t.not(proof.payloadType, TYPE);
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  t.equal(decodeBase64url(parsePasskeyKey(spki)).length, 65, 'a new key, as a browser tells it');
  const other = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey;
  t.throws(() => parsePasskeyKey(other.export({ format: 'der', type: 'spki' })), { code: 'E_KEY' });
});

t.test('what browsers do differently is taken', async (t) => {
  const kinds: Record<string, Lie> = {
    'another listed origin': {
      clientData: (honest) => JSON.stringify({ ...honest, origin: 'http://localhost:8443' }),
    },
    'another listed domain': { rpId: 'other.example' },
    'no crossOrigin, as older ones': {
      clientData: ({ type, challenge, origin }) => JSON.stringify({ type, challenge, origin }),
    },
    'another order, spaces and escapes': {
      clientData: ({ type, challenge, origin }) =>
        `{ "origin" : ${JSON.stringify(origin).replace('/', '\\/')},\n"challenge":"${challenge}", "type":"${type}" }`,
    },
    'members that nobody knows': {
      clientData: (honest) =>
        JSON.stringify({
          ...honest,
          other_keys_can_be_added_here: 'do not compare clientDataJSON against a template: "x": {',
          tokenBinding: { status: 'supported', more: [{ a: 1 }, { a: 2 }] },
          nothing: null,
        }),
    },
    'a synced passkey': { flags: 0x1d },
    'as much as fits': { clientData: (honest) => JSON.stringify(honest).padEnd(960) },
  };
  for (const [name, lie] of Object.entries(kinds)) t.equal(lieCode(lie), 'accepted', name);
});

t.test('the passkey of a signer at a page of others, or without the person, is E_PAGE', async (t) => {
  const written = (change: object): Lie => ({
    clientData: (honest) => JSON.stringify({ ...honest, ...change }),
  });
  const lies: Record<string, Lie> = {
    'a foreign origin': written({ origin: 'https://muster.example.evil.test' }),
    'another port': written({ origin: 'https://muster.example:444' }),
    'the origin in capitals': written({ origin: 'https://MUSTER.example' }),
    'a frame in a foreign page': written({ crossOrigin: true }),
    'crossOrigin that is no boolean': written({ crossOrigin: 'false' }),
    'a registration': written({ type: 'webauthn.create' }),
    'a payment': written({ type: 'payment.get' }),
    'a foreign domain': { rpId: 'evil.test' },
    'a domain above ours': { rpId: 'example' },
    'nobody there': { flags: 0x04 },
    'nobody verified': { flags: 0x01 },
    'no flag at all': { flags: 0 },
    'an attested key announced': { flags: 0x45 },
    'extensions announced': { flags: 0x85 },
    'data that ends before its flags': { bytes: 32 },
    'no data at all': { bytes: 0 },
    'bytes behind the counter': { more: Uint8Array.of(0) },
    'extensions, announced and there': { flags: 0x85, more: Uint8Array.of(0xa0) },
  };
  for (const [name, lie] of Object.entries(lies)) t.equal(lieCode(lie), 'E_PAGE', name);
});

t.test(
  'a gesture over something else, or words that no browser writes, are nobody’s signature',
  async (t) => {
    const twice = (member: string): Lie => ({
      clientData: (honest) => JSON.stringify(honest).replace('{', `{${member},`),
    });
    const lies: Record<string, Lie> = {
      'the challenge of another document': {
        clientData: (honest) =>
          JSON.stringify({ ...honest, challenge: encodeBase64url(sha256(encodeUtf8('wipe'))) }),
      },
      'a challenge with padding': {
        clientData: (honest) => JSON.stringify({ ...honest, challenge: `${honest.challenge}=` }),
      },
      'no challenge': { clientData: ({ challenge: _, ...rest }) => JSON.stringify(rest) },
      'an origin that is no text': {
        clientData: (honest) => JSON.stringify({ ...honest, origin: [ORIGIN] }),
      },
      'no type': { clientData: ({ type: _, ...rest }) => JSON.stringify(rest) },
      'two origins': twice(`"origin":"https://evil.test"`),
      'two origins, one of them escaped': twice(`"\\u006frigin":"https://evil.test"`),
      'two members of the same unknown name': twice(`"x":1,"x":2`),
      'two members deep inside': twice(`"x":{"y":1,"y":2}`),
      'a prototype': twice(`"__proto__":{"a":1}`),
      'a list': { clientData: (honest) => JSON.stringify([honest]) },
      'a text': { clientData: () => '"webauthn.get"' },
      'no JSON': { clientData: () => 'webauthn.get' },
      'something behind it': { clientData: (honest) => `${JSON.stringify(honest)}{}` },
      'a byte order mark': { clientData: (honest) => `\uFEFF${JSON.stringify(honest)}` },
      'no UTF-8': {
        clientData: (honest) =>
          concatBytes([
            encodeUtf8(`{"x":"`),
            Uint8Array.of(0xc3),
            encodeUtf8(`",${JSON.stringify(honest).slice(1)}`),
          ]),
      },
      'too deep': {
        clientData: (honest) => JSON.stringify({ ...honest, x: [[[[[]]]]] }),
      },
      'too long': { clientData: (honest) => JSON.stringify(honest).padEnd(961) },
      'too short to hold flags': { rpId: RP_ID, clientData: () => '' },
    };
    for (const [name, lie] of Object.entries(lies)) t.equal(lieCode(lie), 'E_SIG', name);
    const replayed = passkey.assert(pae(TYPE, encodeUtf8('{"v":2}')));
    t.equal(judge(encodeAssertion(replayed)), 'E_SIG', 'replayed on other bytes');
    const typed = passkey.assert(pae('application/vnd.muster.other.v1+json', payload));
    t.equal(judge(encodeAssertion(typed)), 'E_SIG', 'replayed as another kind of document');
  },
);

t.test('every changed byte of each part is refused', async (t) => {
  const good = passkey.assert(message);
  const parts = ['authenticatorData', 'clientDataJSON', 'signature'] as const;
  for (const part of parts) {
    for (let at = 0; at < good[part].length; at++) {
      for (const mask of [0x01, 0x20, 0x80, 0xff]) {
        const bytes = new Uint8Array(good[part]);
        bytes[at] = (bytes[at] ?? 0) ^ mask;
        const code = judge(encodeAssertion({ ...good, [part]: bytes }));
        if (code !== 'E_SIG') t.fail(`${part}, byte ${at}, ${mask}: ${code}`);
      }
    }
    for (const bytes of [
      new Uint8Array(),
      good[part].slice(1),
      good[part].slice(0, -1),
      concatBytes([good[part], Uint8Array.of(0)]),
    ])
      t.equal(
        judge(encodeAssertion({ ...good, [part]: bytes })),
        'E_SIG',
        `${part} of ${bytes.length} bytes`,
      );
  }
  const text = encodeAssertion(good);
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
      const changed = text.map((byte, index) => (index === at ? byte ^ mask : byte));
      return judge(changed) === 'E_SIG';
    }),
    { numRuns: 2_000 },
  );
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (junk) => judge(junk) === 'E_SIG'));
  const { authenticatorData, clientDataJSON, signature } = JSON.parse(Buffer.from(text).toString());
  const forms: Record<string, unknown> = {
    'another order': { clientDataJSON, authenticatorData, signature },
    'a member more': { authenticatorData, clientDataJSON, signature, userHandle: '' },
    'a member less': { authenticatorData, clientDataJSON },
    'a part that is no text': { authenticatorData, clientDataJSON, signature: 1 },
    'a part with padding': { authenticatorData, clientDataJSON, signature: `${signature}=` },
    'a list': [authenticatorData, clientDataJSON, signature],
    nothing: null,
  };
  for (const [name, form] of Object.entries(forms))
    t.equal(judge(encodeUtf8(JSON.stringify(form))), 'E_SIG', name);
  t.equal(
    judge(encodeUtf8(JSON.stringify({ authenticatorData, clientDataJSON, signature }, null, 1))),
    'E_SIG',
  );
});

/** The same signature with n − s in the place of s, as DER. */
function mirror(signature: Uint8Array): Uint8Array {
  const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const rLength = signature[3] ?? 0;
  const r = signature.subarray(2, 4 + rLength);
  const s = BigInt(`0x${encodeHex(signature.subarray(6 + rLength))}`);
  const hex = (ORDER - s).toString(16).padStart(64, '0');
  const raw = Buffer.from(hex, 'hex');
  const first = raw.findIndex((byte) => byte !== 0);
  const short = raw.subarray(first);
  const body = (short[0] ?? 0) >= 0x80 ? concatBytes([Uint8Array.of(0), short]) : short;
  const inner = concatBytes([r, Uint8Array.of(2, body.length), body]);
  return concatBytes([Uint8Array.of(0x30, inner.length), inner]);
}

t.test('the mirrored signature is the same person, who counts once', async (t) => {
  const good = passkey.assert(message);
  const twin: Assertion = { ...good, signature: mirror(good.signature) };
  t.equal(judge(encodeAssertion(twin)), 'accepted', 'the platform takes both');
  const spare = createPasskey();
  const hand = generateKeyPairSync('ed25519');
  const raw = parseSpki('ed25519', hand.publicKey.export({ format: 'der', type: 'spki' }));
  const keys = [
    ann,
    preparePasskey('ann', spare.publicKey, { relying, crypto }),
    prepareKey('ann', raw, crypto),
  ];
  const envelope = {
    ...envelopeOf(encodeAssertion(good)),
    signatures: [
      toPasskeySignature(passkey.publicKey, good),
      toPasskeySignature(passkey.publicKey, twin),
      toPasskeySignature(spare.publicKey, spare.assert(message)),
    ],
  };
  const opened = openEnvelope(envelope, { type: TYPE, keys, crypto });
  t.same([[...opened.signers], [...opened.direct]], [['ann'], []], 'three signatures, two keys, one signer');
  t.throws(() => openEnvelope(envelope, { type: TYPE, keys, crypto, threshold: 2 }), { code: 'E_QUORUM' });
  const more = { keyid: keyid(raw, crypto), sig: encodeBase64url(sign(null, message, hand.privateKey)) };
  const both = { ...envelope, signatures: [...envelope.signatures, more] };
  t.same([...openEnvelope(both, { type: TYPE, keys, crypto }).direct], ['ann']);
});

t.test('keys of one scheme are none of the other', async (t) => {
  const hand = generateKeyPairSync('ed25519');
  const raw = parseSpki('ed25519', hand.publicKey.export({ format: 'der', type: 'spki' }));
  t.throws(() => preparePasskey('ann', raw, { relying, crypto }), { code: 'E_KEY' });
  t.throws(() => prepareKey('ann', passkey.publicKey, crypto), { code: 'E_KEY' });
  const good = encodeAssertion(passkey.assert(message));
  // Made by hand, past the functions that check.
  t.equal(judge(good, [{ ...ann, publicKey: raw }]), 'E_KEY');
  t.equal(judge(good, [{ owner: 'ann', keyid: ann.keyid, publicKey: ann.publicKey }]), 'E_KEY');
  const offCurve = new Uint8Array(passkey.publicKey);
  offCurve[64] = (offCurve[64] ?? 0) ^ 1;
  t.equal(judge(good, [{ ...ann, publicKey: offCurve }]), 'E_KEY');
  t.equal(judge(sign(null, message, hand.privateKey)), 'E_SIG', 'an Ed25519 signature under a passkey');
  const owner = prepareKey('ann', raw, crypto);
  t.equal(judge(good, [{ ...owner, keyid: passkey.keyid }]), 'E_SIG', 'an assertion under an Ed25519 key');
  t.equal(judge(good, [{ ...owner, keyid: passkey.keyid }, ann]), 'accepted', 'a key id that two share');
  const stranger = createPasskey();
  t.equal(judge(encodeAssertion(stranger.assert(message))), 'E_SIG', 'a stranger posing as Ann');
  t.equal(judge(good, [preparePasskey('bob', stranger.publicKey, { relying, crypto })]), 'E_NOKEY');
  t.equal(judge(good, [{ ...ann, relying: { rpIds: [], origins: [] } }]), 'E_PAGE', 'no page is listed');
  t.match(fingerprint(passkey.publicKey, crypto, 'p256'), /^(?:[a-z2-7]{4}-){7}[a-z2-7]{4}$/);
  t.throws(() => fingerprint(passkey.publicKey, crypto), { code: 'E_KEY' });
});
