// Envelopes and transcripts: golden bytes, every single-bit change, what counts as a signer, and every bad form.
import { Buffer } from 'node:buffer';
import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { isMusterError } from '../errors.ts';
import { MAX_DOCUMENT_BYTES, MAX_FRAME_BYTES } from '../limits.ts';
import { decodeBase64url, encodeBase64url } from './base64url.ts';
import { concatBytes, decodeHex, encodeHex, encodeUtf8 } from './bytes.ts';
import type { Crypto, Signer } from './crypto.ts';
import {
  type Envelope,
  MAX_ENVELOPE_BYTES,
  openEnvelope,
  pae,
  parseEnvelope,
  prepareKey,
  sealEnvelope,
  type VerifyKey,
} from './envelope.ts';
import { keyid, parseSpki } from './keys.ts';
import { authTranscript, enrollTranscript, type TranscriptContext } from './session-transcript.ts';
import { type TranscriptField, transcript } from './transcript.ts';

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

/** A key pair from a seed: raw public key, and a signer. */
function createKeys(seed: Uint8Array): { publicKey: Uint8Array; signer: Signer } {
  const pkcs8 = Buffer.concat([decodeHex('302e020100300506032b657004220420'), seed]);
  const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  const publicKey = parseSpki('ed25519', createPublicKey(privateKey).export({ format: 'der', type: 'spki' }));
  return {
    publicKey,
    signer: { keyid: keyid(publicKey, crypto), sign: (message) => sign(null, message, privateKey) },
  };
}

const [first, second, third] = [1, 2, 3].map((n) => createKeys(new Uint8Array(32).fill(n))) as [
  ReturnType<typeof createKeys>,
  ReturnType<typeof createKeys>,
  ReturnType<typeof createKeys>,
];
const ann = prepareKey('ann', first.publicKey, crypto);
const payload = encodeUtf8('{"v":1,"what":"grüße"}');

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

t.test('the signed bytes and a sealed envelope are what they were on the first day', async (t) => {
  // The test vector of the DSSE v1 protocol.
  t.equal(
    Buffer.from(pae('http://example.com/HelloWorld', encodeUtf8('hello world'))).toString(),
    'DSSEv1 29 http://example.com/HelloWorld 11 hello world',
  );
  t.equal(
    Buffer.from(pae('é', new Uint8Array())).toString(),
    'DSSEv1 2 é 0 ',
    'lengths are bytes, not characters',
  );
  t.same(sealEnvelope(TYPE, encodeUtf8('{"v":1}'), [first.signer]), {
    payload: 'eyJ2IjoxfQ',
    payloadType: TYPE,
    signatures: [
      {
        keyid: 'fd110d301d2f077d',
        sig: 'CKTxL_t3bTB2Aasar-pyGy3_a4yoObvltgFG7pWhkSD_2WNn7tsAF77jhxVXqMd-x4Z6CUnbxisGKrasg_qBCw',
      },
    ],
  });
});

t.test('what is sealed opens, as text and as an object, with the very bytes', async (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const envelope = sealEnvelope(TYPE, bytes, [first.signer, third.signer]);
      const options = { type: TYPE, keys: [ann], crypto };
      const opened = [envelope, JSON.stringify(envelope)].map((input) => openEnvelope(input, options));
      return opened.every((one) => Buffer.compare(one.payload, bytes) === 0 && one.signers.has('ann'));
    }),
    { numRuns: 50 },
  );
  const publicKey = Buffer.from(first.publicKey);
  const key = prepareKey('ann', publicKey, crypto);
  publicKey.fill(0);
  t.same(key, ann, 'a prepared key does not change with the buffer it came from');
});

t.test('every single-bit change of a signed byte or of a signature is refused', async (t) => {
  const envelope = sealEnvelope(TYPE, payload, [first.signer]);
  const sig = decodeBase64url(envelope.signatures[0]?.sig ?? '');
  const open = (changed: Partial<Envelope>, type = TYPE): string | undefined =>
    codeOf(() => openEnvelope({ ...envelope, ...changed }, { type, keys: [ann], crypto }));
  t.equal(open({}), undefined, 'unchanged, it opens');
  const refusals = {
    payload: [...flipBits(payload)].map((bytes) => open({ payload: encodeBase64url(bytes) })),
    sig: [...flipBits(sig)].map((bytes) =>
      open({ signatures: [{ keyid: ann.keyid, sig: encodeBase64url(bytes) }] }),
    ),
    // Even to a reader that waits for the changed type; one that waits for the original says E_TYPE.
    type: [...flipBits(encodeUtf8(TYPE))].map((bytes) => {
      const payloadType = Buffer.from(bytes).toString('latin1');
      return open({ payloadType }) === 'E_TYPE' ? open({ payloadType }, payloadType) : 'opened';
    }),
  };
  t.same([...new Set(refusals.payload)], ['E_SIG'], `${refusals.payload.length} of the payload`);
  t.same([...new Set(refusals.sig)], ['E_SIG'], `${refusals.sig.length} of the signature`);
  t.same([...new Set(refusals.type)], ['E_SIG'], `${refusals.type.length} of the type`);
});

t.test('no single-bit change anywhere in the text makes another payload verify', async (t) => {
  const text = JSON.stringify(sealEnvelope(TYPE, payload, [first.signer, second.signer]));
  const keys = [ann, prepareKey('bob', second.publicKey, crypto)];
  const codes = new Set<string | undefined>();
  for (const bytes of flipBits(encodeUtf8(text))) {
    const code = codeOf(() => {
      const opened = openEnvelope(Buffer.from(bytes).toString(), { type: TYPE, keys, crypto });
      if (Buffer.compare(opened.payload, payload) !== 0) t.fail('another payload was verified');
    });
    codes.add(code);
  }
  // Undefined: the hint of one of the two signatures was changed; the other still verifies the same bytes.
  t.same(
    [...codes].sort(),
    ['E_B64', 'E_CANON', 'E_SHAPE', 'E_SIG', 'E_TYPE', undefined],
    'each kind of refusal occurs',
  );
  const both = { type: TYPE, keys, crypto, threshold: 2 };
  const survivors = [...flipBits(encodeUtf8(text))].filter(
    (bytes) => codeOf(() => openEnvelope(Buffer.from(bytes).toString(), both)) === undefined,
  );
  t.same(survivors, [], 'with both signatures needed, none survives');
});

t.test('signers are counted, not signatures and not keys', async (t) => {
  const spare = prepareKey('ann', second.publicKey, crypto);
  const bob = prepareKey('bob', second.publicKey, crypto);
  const seal = (...signers: Signer[]): Envelope => sealEnvelope(TYPE, payload, signers);
  const open = (envelope: unknown, keys: VerifyKey[], threshold: number): readonly string[] => [
    ...openEnvelope(envelope, { type: TYPE, keys, threshold, crypto }).signers,
  ];
  const two = seal(first.signer, second.signer);
  t.same(open(two, [ann, bob], 2), ['ann', 'bob']);
  t.same(open(two, [ann, spare], 1), ['ann'], 'two keys of one signer');
  expectCode(t, 'E_QUORUM', 'two keys of one signer are not two', () => open(two, [ann, spare], 2));
  expectCode(t, 'E_QUORUM', 'one key listed for two signers is not two', () =>
    open(seal(first.signer), [ann, { ...ann, owner: 'bob' }], 2),
  );
  expectCode(t, 'E_QUORUM', 'an unknown second key does not count', () => open(two, [ann], 2));
  expectCode(t, 'E_QUORUM', 'a threshold that is no number refuses', () => open(two, [ann, bob], Number.NaN));
  expectCode(t, 'E_NOKEY', 'only unknown keys', () =>
    open(two, [prepareKey('c', third.publicKey, crypto)], 1),
  );
  expectCode(t, 'E_NOKEY', 'no keys at all', () => open(two, [], 1));
  // The same signature again: once more as it is, and once more under another hint.
  const [entry] = two.signatures;
  expectCode(t, 'E_SHAPE', 'a repeated entry', () => open({ ...two, signatures: [entry, entry] }, [ann], 1));
  const renamed = { ...two, signatures: [entry, { ...entry, keyid: bob.keyid }] };
  expectCode(t, 'E_SIG', 'a signature moved to another key', () => open(renamed, [ann, bob], 1));
  const valid = { ...two, signatures: [entry, { ...entry, keyid: '0000000000000000' }] };
  t.same(open(valid, [ann, bob], 1), ['ann'], 'a hint nobody has is ignored');
});

t.test(
  'a known key with a false signature refuses the whole envelope, whatever else stands there',
  async (t) => {
    const bob = prepareKey('bob', second.publicKey, crypto);
    const { signatures, ...rest } = sealEnvelope(TYPE, payload, [first.signer, second.signer]);
    for (const length of [0, 63, 64, 65, 128]) {
      const sig = encodeBase64url(new Uint8Array(length).fill(1));
      const broken = { ...rest, signatures: [signatures[0], { keyid: bob.keyid, sig }] };
      expectCode(t, 'E_SIG', `${length} bytes`, () =>
        openEnvelope(broken, { type: TYPE, keys: [ann, bob], crypto }),
      );
      expectCode(t, undefined, `${length} bytes by a stranger`, () =>
        openEnvelope(broken, { type: TYPE, keys: [ann], crypto }),
      );
    }
    // A careless primitive that looks at the first 64 bytes only must not matter.
    const careless: Crypto = {
      ...crypto,
      verifyEd25519: (key, message, sig) => crypto.verifyEd25519(key, message, sig.subarray(0, 64)),
    };
    const tail = encodeBase64url(concatBytes([decodeBase64url(signatures[0]?.sig ?? ''), Uint8Array.of(0)]));
    expectCode(t, 'E_SIG', 'a valid signature with a tail', () =>
      openEnvelope(
        { ...rest, signatures: [{ keyid: ann.keyid, sig: tail }] },
        { type: TYPE, keys: [ann], crypto: careless },
      ),
    );
    // Two keys whose hints collide: the right one is found behind the wrong one.
    const collided = [{ ...bob, keyid: ann.keyid }, ann];
    t.same(
      [
        ...openEnvelope({ ...rest, signatures: [signatures[0]] }, { type: TYPE, keys: collided, crypto })
          .signers,
      ],
      ['ann'],
    );
  },
);

t.test('the form is closed and bounded, and faults are found in the stated order', async (t) => {
  const good = sealEnvelope(TYPE, payload, [first.signer]);
  const [entry] = good.signatures;
  const many = (count: number): object[] =>
    Array.from({ length: count }, (_, n) => ({ keyid: n.toString(16).padStart(16, '0'), sig: 'AA' }));
  const shapes: Record<string, [string, unknown]> = {
    null: ['E_SHAPE', null],
    'no object': ['E_SHAPE', 7],
    'nothing at all': ['E_SHAPE', undefined],
    'a list': ['E_SHAPE', [good.payload, good.payloadType, good.signatures]],
    'a field missing': ['E_SHAPE', { payload: good.payload, payloadType: TYPE }],
    'a field too many': ['E_SHAPE', { ...good, note: 1 }],
    'a field renamed': ['E_SHAPE', { payload: good.payload, payloadType: TYPE, signature: good.signatures }],
    'inherited fields': ['E_SHAPE', Object.create(good)],
    'a foreign field over an inherited one': [
      'E_SHAPE',
      Object.assign(Object.create(good), { payload: good.payload, payloadType: TYPE, note: 1 }),
    ],
    'signatures no list': ['E_SHAPE', { ...good, signatures: { 0: entry, length: 1 } }],
    'no signature': ['E_SHAPE', { ...good, signatures: [] }],
    'an entry that is none': ['E_SHAPE', { ...good, signatures: [null] }],
    'an entry with more': ['E_SHAPE', { ...good, signatures: [{ ...entry, alg: 'none' }] }],
    'a hint in upper case': ['E_SHAPE', { ...good, signatures: [{ ...entry, keyid: 'ABCDEF0123456789' }] }],
    'a hint too long': ['E_SHAPE', { ...good, signatures: [{ ...entry, keyid: '0'.repeat(17) }] }],
    'a hint with a tail': ['E_SHAPE', { ...good, signatures: [{ ...entry, keyid: `${ann.keyid}\n` }] }],
    'a hint that is no text': ['E_SHAPE', { ...good, signatures: [{ ...entry, keyid: 1234567890123456 }] }],
    'a signature that is no text': ['E_SHAPE', { ...good, signatures: [{ ...entry, sig: [] }] }],
    'a payload that is no text': ['E_SHAPE', { ...good, payload: 1 }],
    'a type that is no text': ['E_SHAPE', { ...good, payloadType: null }],
    'sixteen signatures': ['E_NOKEY', { ...good, signatures: many(16) }],
    'seventeen signatures': ['E_SIZE', { ...good, signatures: many(17) }],
    'a signature at the limit': [
      'E_NOKEY',
      { ...good, signatures: [{ keyid: '0'.repeat(16), sig: 'A'.repeat(2048) }] },
    ],
    'a signature above it': ['E_SIZE', { ...good, signatures: [{ ...entry, sig: 'A'.repeat(2049) }] }],
    'a type at the limit': ['E_TYPE', { ...good, payloadType: 'x'.repeat(128) }],
    'a type above it': ['E_SIZE', { ...good, payloadType: 'x'.repeat(129) }],
    'a payload with padding': ['E_B64', { ...good, payload: 'Zg==', payloadType: 'other' }],
    'a signature with stray bits': [
      'E_B64',
      { ...good, payloadType: 'other', signatures: [{ ...entry, sig: 'Zh' }] },
    ],
    'another type, unknown key': ['E_TYPE', { ...good, payloadType: 'other', signatures: many(1) }],
    'a text with a space': ['E_CANON', `${JSON.stringify(good)} `],
    'a text too long': ['E_SIZE', ' '.repeat(MAX_ENVELOPE_BYTES + 1)],
  };
  for (const [what, [code, input]] of Object.entries(shapes)) {
    expectCode(t, code, what, () => openEnvelope(input, { type: TYPE, keys: [ann], crypto }));
  }
});

t.test('the largest document fits an envelope and a frame; a byte more fits neither', async (t) => {
  const signers = Array.from({ length: 16 }, (_, n) => createKeys(new Uint8Array(32).fill(n + 1)).signer);
  const largest = sealEnvelope('x'.repeat(128), new Uint8Array(MAX_DOCUMENT_BYTES).fill(255), signers);
  t.same(parseEnvelope(JSON.stringify(largest)), largest);
  t.equal(MAX_ENVELOPE_BYTES, 209_579, 'the same number on both ends');
  t.ok(MAX_ENVELOPE_BYTES + 1024 < MAX_FRAME_BYTES, 'with room for the message around it');
  expectCode(t, 'E_SIZE', 'a byte more', () =>
    sealEnvelope(TYPE, new Uint8Array(MAX_DOCUMENT_BYTES + 1), signers),
  );
  const full = { payload: 'A'.repeat(174_763), payloadType: '"'.repeat(128) };
  const signatures = signers.map(({ keyid: id }) => ({ keyid: id, sig: 'A'.repeat(2048) }));
  const text = JSON.stringify({ ...full, signatures });
  t.ok(text.length <= MAX_ENVELOPE_BYTES, 'every form that the fields allow fits as text');
  expectCode(t, 'E_SHAPE', 'no signer', () => sealEnvelope(TYPE, payload, []));
  expectCode(t, 'E_SHAPE', 'one signer twice', () =>
    sealEnvelope(TYPE, payload, [first.signer, first.signer]),
  );
});

t.test('transcripts read in one way only', async (t) => {
  t.equal(
    encodeHex(
      transcript('k', [
        ['a', 'é'],
        ['bc', Uint8Array.of(1, 2)],
      ]),
    ),
    // Two fields: 1 byte "a", 2 bytes "é"; 2 bytes "bc", 2 bytes 0102.
    `${encodeHex(encodeUtf8('DSSEv1 1 k 27 '))}00000002${'00000001'}61${'00000002'}c3a9${'00000002'}6263${'00000002'}0102`,
  );
  const field = fc.tuple(
    fc.string({ maxLength: 3 }),
    fc.oneof(fc.string({ maxLength: 3 }), fc.uint8Array({ maxLength: 3 })),
  );
  const fields = fc.array(field, { maxLength: 3 });
  const plain = (list: readonly TranscriptField[]): string =>
    JSON.stringify(
      list.map(([name, value]) => [name, encodeHex(typeof value === 'string' ? encodeUtf8(value) : value)]),
    );
  fc.assert(
    fc.property(
      fields,
      fields,
      fc.constantFrom('a', 'b'),
      fc.constantFrom('a', 'b'),
      (one, other, kind, kind2) => {
        const same = encodeHex(transcript(kind, one)) === encodeHex(transcript(kind2, other));
        return same === (kind === kind2 && plain(one) === plain(other));
      },
    ),
    { numRuns: 2000 },
  );
  expectCode(t, 'E_SHAPE', 'a lone surrogate', () => transcript('k', [['a', '\ud800']]));
});

const auth = {
  v: 1,
  deviceId: 'dev_a',
  nonce: 'agentnonce',
  bootId: 'boot',
  epoch: 7,
  binding: 'tls-exporter',
  at: '2026-11-22T18:00:00.000Z',
  trustVersion: 3,
  agentVersion: '0.1.0',
} as const;
const enroll = {
  v: 1,
  tokenId: 'tok_a',
  nonce: 'agentnonce',
  deviceKey: 'dk',
  sealKey: 'sk',
  hostname: 'web-01',
  platform: 'Debian',
  agentVersion: '0.1.0',
  binding: 'tls-exporter',
} as const;
const context = { org: 'org_a', serverNonce: 'servernonce', exporter: new Uint8Array(32).fill(7) };

t.test('session transcripts cover every field, and one conversation never passes as the other', async (t) => {
  const nameOf = (bytes: Uint8Array): string => encodeHex(crypto.sha256(bytes));
  const names = new Set([nameOf(authTranscript(auth, context)), nameOf(enrollTranscript(enroll, context))]);
  t.same(
    [...names],
    [
      '54d888b08b8694476321eee4851f2c7928056d129aa3a5ced7b430ae22969eb7',
      'fdc1b1bc796b529da710e453cbc0653ee685681ce9477a76095a13f378210d4a',
    ],
    'as on the first day',
  );
  const remember = (what: string, bytes: Uint8Array): void => {
    t.notOk(names.has(nameOf(bytes)), `${what} changes the bytes`);
    names.add(nameOf(bytes));
  };
  const change = (value: string | number): string | number =>
    typeof value === 'number' ? value + 1 : `${value}x`;
  for (const [field, value] of Object.entries(auth)) {
    if (field !== 'binding')
      remember(`auth.${field}`, authTranscript({ ...auth, [field]: change(value) }, context));
  }
  for (const [field, value] of Object.entries(enroll)) {
    if (field !== 'binding')
      remember(`enroll.${field}`, enrollTranscript({ ...enroll, [field]: change(value) }, context));
  }
  const unbound = { ...context, exporter: new Uint8Array() };
  const contexts: Record<string, TranscriptContext> = {
    org: { ...context, org: 'org_b' },
    serverNonce: { ...context, serverNonce: 'other' },
    exporter: { ...context, exporter: new Uint8Array(32).fill(8) },
  };
  for (const [what, around] of Object.entries(contexts)) {
    remember(`${what} of auth`, authTranscript(auth, around));
    remember(`${what} of enroll`, enrollTranscript(enroll, around));
  }
  remember('binding of auth', authTranscript({ ...auth, binding: 'none' }, unbound));
  remember('binding of enroll', enrollTranscript({ ...enroll, binding: 'none' }, unbound));
  expectCode(t, 'E_SHAPE', 'bound to nothing', () => authTranscript(auth, unbound));
  expectCode(t, 'E_SHAPE', 'unbound, with an exporter', () =>
    enrollTranscript({ ...enroll, binding: 'none' }, context),
  );
  expectCode(t, 'E_SHAPE', 'an exporter of another length', () =>
    authTranscript(auth, { ...context, exporter: new Uint8Array(31) }),
  );
});
