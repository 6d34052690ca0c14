// Trust documents: the first by its hash, one version at a time after it, and every document that must be refused.
import { Buffer } from 'node:buffer';
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
} from 'node:crypto';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { TRUST_TYPE } from '../document-types.ts';
import { isMusterError } from '../errors.ts';
import { decodeBase64url, encodeBase64url } from './base64url.ts';
import { concatBytes, decodeHex, encodeUtf8 } from './bytes.ts';
import { CommandClass, classOf, defaultClass, stricterClass } from './classes.ts';
import type { Crypto, Signer } from './crypto.ts';
import { openEnvelope, sealEnvelope } from './envelope.ts';
import { keyid, parseSpki } from './keys.ts';
import { TrustDocument } from './trust.ts';
import {
  applyTrustUpdate,
  followTrustChain,
  openTrustGenesis,
  serverVerifyKeys,
  type TrustState,
  trustHash,
} from './trust-chain.ts';
import { checkTrustDocument, checkTrustDraft } from './trust-check.ts';

const crypto: Crypto = {
  sha256: (bytes) => createHash('sha256').update(bytes).digest(),
  verifyEd25519: (publicKey, message, signature) => {
    const key = Buffer.concat([decodeHex('302a300506032b6570032100'), publicKey]);
    return verify(null, message, createPublicKey({ key, format: 'der', type: 'spki' }), signature);
  },
  verifyP256: () => false,
};
const schema: object = JSON.parse(JSON.stringify(TrustDocument));
const validate = new Ajv({ strict: true }).compile<TrustDocument>(schema);
const deps = { crypto, validate };

/** A key pair by number: the entry of a document, and a signer. */
function createKeys(number: number): Signer & { entry: { scheme: 'ed25519'; key: string } } {
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

const keys = Array.from({ length: 40 }, (_, number) => createKeys(number + 1));

/** Keys by their numbers. */
function pick(...numbers: number[]): (typeof keys)[number][] {
  return numbers.flatMap((number) => keys[number] ?? []);
}

/** The root of a document: a threshold over keys by their numbers. */
function createRoot(threshold: number, ...numbers: number[]): TrustDocument['root'] {
  return { threshold, keys: pick(...numbers).map(({ entry }) => entry) };
}

/** A signer with the key of that number. */
function createSigner(id: string, number: number, more: Partial<TrustDocument['signers'][number]> = {}) {
  const [entry] = createRoot(1, number).keys;
  if (entry === undefined) throw new Error('no such key');
  const signer: TrustDocument['signers'][number] = {
    id,
    name: `Person ${id}`,
    kind: 'person',
    roles: ['request', 'approve', 'halt'],
    kinds: ['*'],
    keys: [entry],
  };
  return { ...signer, ...more };
}

/** A good document, version 1 of one organization, with a root of 2 of 3. */
const base: TrustDocument = {
  v: 1,
  org: `org_${'a'.repeat(26)}`,
  version: 1,
  issuedAt: '2026-11-22T18:00:00.000Z',
  mode: 'hardened',
  root: createRoot(2, 0, 1, 2),
  signers: [createSigner('ann', 10), createSigner('bob', 11)],
  serverKeys: createRoot(1, 20).keys,
  tlsPins: [encodeBase64url(new Uint8Array(32).fill(7))],
  releaseKeys: createRoot(1, 21, 22).keys,
  rpIds: ['muster.example.org', 'localhost'],
  origins: ['https://muster.example.org', 'http://localhost:8443'],
  classes: { reboot: 'destructive' },
  policyEpoch: 1,
};

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

/** The envelope of a document as text. */
function seal(document: object, signers: readonly Signer[], type = TRUST_TYPE): string {
  return JSON.stringify(sealEnvelope(type, encodeUtf8(JSON.stringify(document)), signers));
}

/** Opens a document as the first one, with the hash it really has. */
function open(document: object, signers: readonly Signer[] = pick(0, 1)): TrustState {
  const expectedHash = trustHash(encodeUtf8(JSON.stringify(document)), crypto);
  return openTrustGenesis(seal(document, signers), { ...deps, expectedHash });
}

/** A document as the next one after the base. */
function next(changes: Partial<TrustDocument> = {}): TrustDocument {
  return { ...base, version: 2, ...changes };
}

t.test('the first document opens by its pinned hash, and says what it says for good', async (t) => {
  const state = open(base);
  t.same(state.document, base);
  t.equal(state.hash, trustHash(state.payload, crypto));
  t.equal(
    state.hash,
    createHash('sha256').update(JSON.stringify(base)).digest('base64url'),
    'as anybody computes it',
  );
  t.equal(Buffer.from(state.payload).toString(), JSON.stringify(base));
  t.throws(() => Object.assign(state, { hash: 'x' }), TypeError);
  t.throws(() => Object.assign(state.document, { mode: 'quickstart' }), TypeError);
  t.throws(() => Object.assign(state.document.signers[0]?.roles ?? {}, { 0: 'halt' }), TypeError);
  t.throws(() => Object.assign(state.document.root.keys[0] ?? {}, { key: 'x' }), TypeError);
  state.payload.fill(0);
  t.equal(Buffer.from(state.payload).toString(), JSON.stringify(base), 'its bytes cannot be written either');
  const object: unknown = JSON.parse(seal(base, pick(0, 1)));
  t.same(
    openTrustGenesis(object, { ...deps, expectedHash: state.hash }),
    state,
    'the same as an object in a message',
  );
  t.same(open(next({ version: 7 })).document.version, 7, 'the first one a device sees may be any version');
});

t.test(
  'the first document is refused for another hash, type, form or too few of its own root keys',
  async (t) => {
    const { hash } = open(base);
    const genesis = (envelope: unknown, expectedHash = hash) =>
      openTrustGenesis(envelope, { ...deps, expectedHash });
    expectCode(t, 'E_TRUST_HASH', 'a document nobody pinned', () => genesis(seal(next(), pick(0, 1))));
    expectCode(t, 'E_TRUST_HASH', 'an empty pin', () => genesis(seal(base, pick(0, 1)), ''));
    expectCode(t, 'E_TYPE', 'another type', () =>
      genesis(seal(base, pick(0, 1), 'application/vnd.muster.policy.v1+json')),
    );
    expectCode(t, 'E_QUORUM', 'one root key of two', () => genesis(seal(base, pick(0))));
    expectCode(t, 'E_NOKEY', 'no root key', () => genesis(seal(base, pick(10, 11))));
    expectCode(t, undefined, 'more root keys than needed, and a stranger', () =>
      genesis(seal(base, pick(0, 1, 2, 30))),
    );
    expectCode(t, 'E_SHAPE', 'no envelope', () => genesis(base));
    expectCode(t, 'E_B64', 'a payload that is no base64url', () =>
      genesis({ ...JSON.parse(seal(base, pick(0))), payload: 'Zh' }),
    );
    expectCode(t, 'E_SIG', 'signatures of another document', () => {
      const { signatures } = JSON.parse(seal(next(), pick(0, 1)));
      genesis({ ...JSON.parse(seal(base, pick(0, 1))), signatures });
    });
    const spaced = encodeUtf8(JSON.stringify(base, null, 1));
    expectCode(t, 'E_CANON', 'a second spelling of the document', () =>
      genesis(sealEnvelope(TRUST_TYPE, spaced, pick(0, 1)), trustHash(spaced, crypto)),
    );
  },
);

t.test(
  'an update needs the old threshold of the old root and the new threshold of the new root',
  async (t) => {
    const state = open(base);
    // 2 of {0, 1, 2} becomes 2 of {2, 3, 4}: key 2 stays, and counts for both.
    const update = next({ root: createRoot(2, 2, 3, 4) });
    const apply = (...numbers: number[]): TrustState =>
      applyTrustUpdate(state, seal(update, pick(...numbers)), deps);
    expectCode(t, undefined, 'both', () => apply(0, 1, 3, 4));
    expectCode(t, undefined, 'both, with the key that stays counted on each side', () => apply(0, 2, 3));
    expectCode(t, 'E_NOKEY', 'the old root only', () => apply(0, 1));
    expectCode(t, 'E_NOKEY', 'the new root only', () => apply(3, 4));
    expectCode(t, 'E_QUORUM', 'the new root with the one that stays', () => apply(2, 3, 4));
    expectCode(t, 'E_QUORUM', 'the old root with the one that stays', () => apply(0, 1, 2));
    expectCode(t, 'E_QUORUM', 'one of the old, all of the new', () => apply(0, 3, 4));
    expectCode(t, 'E_NOKEY', 'signers are no root', () => apply(10, 11));
    t.same(apply(0, 2, 3).document.root, update.root);
    t.equal(state.document.version, 1, 'the state before is left as it was');
    const disjoint = next({ root: createRoot(1, 5) });
    expectCode(t, 'E_NOKEY', 'a new root without one key of the old, old only', () =>
      applyTrustUpdate(state, seal(disjoint, pick(0, 1)), deps),
    );
    expectCode(t, undefined, 'with both', () => applyTrustUpdate(state, seal(disjoint, pick(0, 1, 5)), deps));
    const raised = next({ root: createRoot(3, 0, 1, 2) });
    expectCode(t, 'E_QUORUM', 'the same keys, a threshold raised above who signed', () =>
      applyTrustUpdate(state, seal(raised, pick(0, 1)), deps),
    );
    const lowered = next({ root: createRoot(1, 0, 1, 2) });
    expectCode(t, 'E_QUORUM', 'a threshold cannot lower itself', () =>
      applyTrustUpdate(state, seal(lowered, pick(0)), deps),
    );
  },
);

t.test('any set of root signatures is judged as the two thresholds say', async (t) => {
  const root = fc.record({
    held: fc.uniqueArray(fc.nat(5), { minLength: 1, maxLength: 4 }),
    wanted: fc.integer({ min: 1, max: 4 }),
  });
  const signed = fc.uniqueArray(fc.nat(5), { minLength: 1, maxLength: 6 });
  const outcome = fc.check(
    fc.property(root, root, signed, (old, fresh, signatures) => {
      const rootOf = ({ held, wanted }: typeof old) => createRoot(Math.min(wanted, held.length), ...held);
      const reaches = (one: typeof old): boolean =>
        signatures.filter((number) => one.held.includes(number)).length >= rootOf(one).threshold;
      const state = open({ ...base, root: rootOf(old) }, pick(...old.held));
      const update = seal(next({ root: rootOf(fresh) }), pick(...signatures));
      const code = codeOf(() => applyTrustUpdate(state, update, deps));
      return (code === undefined) === (reaches(old) && reaches(fresh));
    }),
    { numRuns: 60 },
  );
  t.notOk(outcome.failed, fc.defaultReportMessage(outcome) ?? 'all as predicted');
});

t.test(
  'an update is refused for another organization, an old version, a gap, or a step back in time',
  async (t) => {
    const state = open(next({ version: 5, policyEpoch: 3 }));
    const apply = (changes: Partial<TrustDocument>): TrustState =>
      applyTrustUpdate(state, seal(next({ version: 6, policyEpoch: 3, ...changes }), pick(0, 1)), deps);
    expectCode(t, undefined, 'one more, the same time and epoch', () => apply({}));
    expectCode(t, undefined, 'a later time and a higher epoch', () =>
      apply({ issuedAt: '2026-11-22T18:00:00.001Z', policyEpoch: 9 }),
    );
    expectCode(t, 'E_ORG', 'another organization', () => apply({ org: `org_${'b'.repeat(26)}` }));
    expectCode(t, 'E_ROLLBACK', 'the same version', () => apply({ version: 5 }));
    expectCode(t, 'E_ROLLBACK', 'an older version', () => apply({ version: 4 }));
    expectCode(t, 'E_TRUST', 'a gap', () => apply({ version: 7 }));
    t.throws(() => apply({ issuedAt: '2026-11-22T17:59:59.999Z' }), {
      code: 'E_TRUST',
      message: /dated before the one it replaces; correct the clock and sign it again\.$/,
    });
    t.throws(() => apply({ policyEpoch: 2 }), {
      code: 'E_ROLLBACK',
      message: /lowers the policy epoch; issue it with the present one or a higher\.$/,
    });
    expectCode(t, 'E_SCHEMA', 'a field nobody knows', () =>
      applyTrustUpdate(state, seal({ ...next({ version: 6, policyEpoch: 3 }), extra: 1 }, pick(0, 1)), deps),
    );
    expectCode(t, 'E_SCHEMA', 'a document that is no document', () => apply({ signers: [] }));
    expectCode(t, 'E_SCHEMA', 'a rule of the mode broken', () =>
      apply({ signers: [createSigner('ann', 10)] }),
    );
    expectCode(t, 'E_TYPE', 'another type', () =>
      applyTrustUpdate(
        state,
        seal(next({ version: 6 }), pick(0, 1), 'application/vnd.muster.trust.v2+json'),
        deps,
      ),
    );
    expectCode(t, 'E_NOKEY', 'what the present root did not sign is not even parsed', () =>
      applyTrustUpdate(state, sealEnvelope(TRUST_TYPE, encodeUtf8('{{{'), pick(3)), deps),
    );
    expectCode(t, 'E_CANON', 'what it did sign is', () =>
      applyTrustUpdate(state, sealEnvelope(TRUST_TYPE, encodeUtf8('{{{'), pick(0, 1)), deps),
    );
  },
);

t.test(
  'a chain of 50 updates is followed, each with another root; 51, a swap or a hole are refused',
  async (t) => {
    const state = open({ ...base, root: createRoot(1, 0) }, pick(0));
    // Version n+1 is held by key n mod 10, signed by its predecessor and by itself.
    const texts = Array.from({ length: 50 }, (_, index) => {
      const [from, to] = [index % 10, (index + 1) % 10];
      return seal(next({ version: index + 2, root: createRoot(1, to) }), pick(from, to));
    });
    const end = followTrustChain(state, texts, deps);
    t.equal(end.document.version, 51);
    t.equal(followTrustChain(state, [], deps), state, 'an empty chain changes nothing');
    const halves = followTrustChain(followTrustChain(state, texts.slice(0, 20), deps), texts.slice(20), deps);
    t.same(halves, end, 'in two parts as in one');
    const last = seal(next({ version: 52, root: createRoot(1, 1) }), pick(0, 1));
    expectCode(t, 'E_SIZE', '51 at once', () => followTrustChain(state, [...texts, last], deps));
    expectCode(t, undefined, 'the 51st afterwards', () => followTrustChain(end, [last], deps));
    expectCode(t, 'E_NOKEY', 'a hole, and the next root is unknown', () =>
      followTrustChain(state, texts.toSpliced(20, 1), deps),
    );
    expectCode(t, 'E_ROLLBACK', 'one of them again ten later, by the key that holds the root then', () =>
      followTrustChain(state, [...texts.slice(0, 20), texts[10]], deps),
    );
    const stolen = seal(next({ version: 12, root: createRoot(1, 30) }), pick(30));
    expectCode(t, 'E_NOKEY', 'a key swapped in the middle', () =>
      followTrustChain(state, texts.toSpliced(10, 1, stolen), deps),
    );
  },
);

t.test('what a document must mean: each fault is named by its field', async (t) => {
  const [ann, bob] = [createSigner('ann', 10), createSigner('bob', 11)];
  const machine = createSigner('ci', 12, { kind: 'automation' });
  const halter = createSigner('eve', 13, { roles: ['halt'] });
  const ed = (bytes: Uint8Array) => ({ scheme: 'ed25519' as const, key: encodeBase64url(bytes) });
  const passkey = (key: string) => ({ scheme: 'webauthn-es256' as const, key });
  const { x, y } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
  const point = concatBytes([Uint8Array.of(4), decodeBase64url(x ?? ''), decodeBase64url(y ?? '')]);
  const offCurve = point.map((byte, index) => (index === 64 ? byte ^ 1 : byte));
  const good = passkey(encodeBase64url(point));
  const withPasskey = [ann, createSigner('bob', 11, { keys: [good, ...bob.keys] })];
  const root = (...more: TrustDocument['root']['keys']) => ({
    threshold: 2,
    keys: [...base.root.keys, ...more],
  });
  const faults: [code: string | undefined, field: string, changes: Partial<TrustDocument>][] = [
    ['E_SCHEMA', '/issuedAt is no point in time', { issuedAt: '2026-02-30T00:00:00.000Z' }],
    ['E_SCHEMA', '/issuedAt is no point in time', { issuedAt: '2026-13-01T00:00:00.000Z' }],
    ['E_SCHEMA', '/root/threshold needs 4 of only 3 keys', { root: createRoot(4, 0, 1, 2) }],
    [undefined, 'every key of the root', { root: createRoot(3, 0, 1, 2) }],
    ['E_KEY', '/root/keys/3 is no acceptable ed25519 key', { root: root(ed(new Uint8Array(32))) }],
    ['E_KEY', '/root/keys/3 is no acceptable ed25519 key', { root: root(ed(new Uint8Array(32).fill(255))) }],
    ['E_KEY', '/root/keys/3 is the same key as /root/keys/1', { root: root(...createRoot(1, 1).keys) }],
    [
      'E_KEY',
      '/serverKeys/0 is no acceptable ed25519 key',
      { serverKeys: [{ scheme: 'ed25519', key: `${'A'.repeat(42)}B` }] },
    ],
    ['E_KEY', '/serverKeys/0 is the same key as /signers/1/keys/0', { serverKeys: createRoot(1, 11).keys }],
    [
      'E_KEY',
      '/releaseKeys/1 is the same key as /releaseKeys/0',
      { releaseKeys: createRoot(1, 23, 23).keys },
    ],
    [
      'E_KEY',
      '/signers/1/keys/0 is the same key as /signers/0/keys/0',
      { signers: [ann, createSigner('bob', 10)] },
    ],
    [
      'E_KEY',
      '/signers/0/keys/0 is the same key as /root/keys/0',
      { signers: [createSigner('ann', 0), bob] },
    ],
    [
      'E_KEY',
      '/signers/0/keys/0 is no acceptable ed25519 key',
      { signers: [createSigner('ann', 1, { keys: [ed(point)] }), bob] },
    ],
    [
      'E_KEY',
      '/signers/0/keys/0 is no acceptable webauthn-es256 key',
      {
        signers: [createSigner('ann', 1, { keys: [passkey(ann.keys[0]?.key ?? '')] }), bob],
      },
    ],
    [
      'E_KEY',
      '/signers/0/keys/1 is no acceptable webauthn-es256 key',
      {
        signers: [createSigner('ann', 10, { keys: [...ann.keys, passkey(encodeBase64url(offCurve))] }), bob],
      },
    ],
    ['E_SCHEMA', '/tlsPins/1 is no clean base64url', { tlsPins: [...base.tlsPins, `${'A'.repeat(42)}B`] }],
    [undefined, 'no pins', { tlsPins: [] }],
    [undefined, 'no release keys', { releaseKeys: [] }],
    ['E_SCHEMA', '/signers/1/id is used twice', { signers: [ann, createSigner('ann', 11)] }],
    [
      'E_SCHEMA',
      '/signers/0/roles names a role twice',
      { signers: [{ ...ann, roles: ['approve', 'approve'] }, bob] },
    ],
    [undefined, 'a passkey', { signers: withPasskey }],
    ['E_SCHEMA', '/rpIds is empty, but a signer has a passkey', { signers: withPasskey, rpIds: [] }],
    ['E_SCHEMA', '/origins is empty, but a signer has a passkey', { signers: withPasskey, origins: [] }],
    [undefined, 'no passkey, no origin', { rpIds: [], origins: [] }],
    [
      undefined,
      'hardened with more',
      { signers: [ann, bob, halter, { ...machine, roles: ['request', 'halt'] }] },
    ],
    ['E_SCHEMA', '/mode hardened needs two approvers or more, all persons', { signers: [ann, halter] }],
    ['E_SCHEMA', '/mode hardened needs two approvers or more, all persons', { signers: [ann, bob, machine] }],
    [undefined, 'solo', { mode: 'solo', signers: [ann, halter] }],
    ['E_SCHEMA', '/mode solo needs exactly one approver, a person', { mode: 'solo' }],
    ['E_SCHEMA', '/mode solo needs exactly one approver, a person', { mode: 'solo', signers: [halter] }],
    ['E_SCHEMA', '/mode solo needs exactly one approver, a person', { mode: 'solo', signers: [machine] }],
    [undefined, 'quickstart', { mode: 'quickstart', signers: [machine] }],
    [undefined, 'quickstart with several', { mode: 'quickstart' }],
    ['E_SCHEMA', '/mode quickstart needs a signer who approves', { mode: 'quickstart', signers: [halter] }],
  ];
  for (const [code, field, changes] of faults) {
    const document = { ...base, ...changes };
    t.ok(validate(document), `the schema has nothing against it: ${field}`);
    if (code === undefined) {
      expectCode(t, undefined, field, () => checkTrustDocument(document));
      continue;
    }
    t.throws(() => checkTrustDocument(document), {
      code,
      message: new RegExp(`^The trust document is not acceptable: ${field}\\.$`),
    });
    expectCode(t, code, 'and it never comes into force', () => open(document, pick(0, 1, 2)));
  }
});

t.test('the schema is closed, every field is described, and bad values do not pass', async (t) => {
  const walk = (node: unknown, path: string): string[] => {
    if (typeof node !== 'object' || node === null) return [];
    const { properties, items, description, additionalProperties, type } = node as Record<string, unknown>;
    const own = typeof description === 'string' && description.length > 5 ? [] : [`${path} is not described`];
    if (type === 'object' && additionalProperties !== false) own.push(`${path} is open`);
    const fields = Object.entries(properties ?? {}).flatMap(([name, field]) =>
      walk(field, `${path}/${name}`),
    );
    return [...own, ...fields, ...walk(items, `${path}[]`)];
  };
  t.same(walk(schema, ''), []);
  const form = JSON.stringify(schema, (key, value: unknown) => (key === 'description' ? undefined : value));
  t.equal(
    createHash('sha256').update(form).digest('hex'),
    '7e522e9093dedd910b949f097268ad546245d2962cc28a953c7e436de66af3e9',
    'version 1 has the form it had on the first day, every bound included; another form is another v',
  );
  t.ok(validate(base));
  const bad: object[] = [
    { ...base, v: 2 },
    { ...base, extra: 1 },
    { ...base, version: 0 },
    { ...base, version: 2 ** 53 },
    { ...base, issuedAt: '2026-11-22T18:00:00Z' },
    { ...base, org: 'acme' },
    { ...base, mode: 'paranoid' },
    { ...base, policyEpoch: 0 },
    { ...base, root: { threshold: 0, keys: base.root.keys } },
    { ...base, root: createRoot(1, ...Array.from({ length: 9 }, (_, number) => number)) },
    { ...base, root: { threshold: 1, keys: [{ scheme: 'rsa', key: 'A'.repeat(43) }] } },
    { ...base, serverKeys: [] },
    { ...base, tlsPins: ['x'] },
    { ...base, origins: ['http://muster.example.org'] },
    { ...base, origins: ['https://muster.example.org/path'] },
    { ...base, classes: { reboot: 'harmless' } },
    { ...base, classes: { 'Not A Kind': 'code' } },
    { ...base, signers: [createSigner('ann', 10, { name: 'two\nlines' })] },
    { ...base, signers: [createSigner('ann', 10, { name: '' })] },
    { ...base, signers: [createSigner('Ann', 10)] },
    { ...base, signers: [createSigner('ann', 10, { roles: [] })] },
    { ...base, signers: [createSigner('ann', 10, { keys: [] })] },
    { ...base, signers: [createSigner('ann', 10, { kinds: ['package.*.install'] })] },
  ];
  for (const document of bad) t.notOk(validate(document), JSON.stringify(document).slice(0, 60));
  t.ok(
    validate({
      ...base,
      signers: [createSigner('ann', 10, { kinds: ['*', 'package.*', 'service.restart'] })],
    }),
  );
  for (const field of Object.keys(base)) {
    const document: Record<string, unknown> = { ...base };
    delete document[field];
    t.notOk(validate(document), `${field} may not be absent`);
  }
});

t.test('server keys open what the server signed, each for itself', async (t) => {
  const { document } = open({ ...base, serverKeys: createRoot(1, 20, 24).keys });
  const verifyKeys = serverVerifyKeys(document, crypto);
  const opened = openEnvelope(sealEnvelope('x', encodeUtf8('{}'), pick(24)), {
    type: 'x',
    keys: verifyKeys,
    crypto,
  });
  t.same([...opened.signers], [keys[24]?.entry.key]);
  expectCode(t, 'E_NOKEY', 'a root key is no server key', () =>
    openEnvelope(sealEnvelope('x', encodeUtf8('{}'), pick(0)), { type: 'x', keys: verifyKeys, crypto }),
  );
});

t.test('classes only ever get stricter, and the unknown is destructive', async (t) => {
  const order = ['routine', 'privileged', 'code', 'destructive'] as const;
  t.same(
    CommandClass.anyOf.map((entry) => entry.const),
    order,
  );
  for (const [i, a] of order.entries()) {
    for (const [j, b] of order.entries()) t.equal(stricterClass(a, b), order[Math.max(i, j)], `${a}, ${b}`);
  }
  const table = {
    routine: ['inventory.refresh', 'diagnostics.collect'],
    privileged: [
      'service.restart',
      'process.signal',
      'package.install',
      'script.run',
      'file.put',
      'power.reboot',
      'user.lock',
    ],
    code: ['content'],
    destructive: ['device.wipe', 'device.lock', 'agent.unenroll'],
  };
  for (const [wanted, kinds] of Object.entries(table)) {
    for (const kind of kinds) {
      t.equal(classOf(kind, {}), wanted, kind);
      t.equal(defaultClass(kind), wanted, kind);
    }
  }
  t.equal(classOf('power.reboot', { 'power.reboot': 'destructive' }), 'destructive');
  t.equal(classOf('device.wipe', { 'device.wipe': 'routine' }), 'destructive', 'a looser word is not heard');
  t.equal(
    classOf('power.reboot', { 'inventory.refresh': 'destructive' }),
    'privileged',
    'a word about another kind neither',
  );
  t.equal(classOf('teleport', { teleport: 'routine' }), 'destructive');
  t.equal(classOf('constructor', {}), 'destructive', 'an inherited name is no entry');
  t.equal(defaultClass('teleport'), undefined);
});

t.test('a looser class is refused when a document is written, and ignored when it is read', async (t) => {
  const looser = { ...base, classes: { 'device.wipe': 'routine' as const } };
  expectCode(t, undefined, 'read', () => checkTrustDocument(looser));
  t.throws(() => checkTrustDraft(looser), {
    code: 'E_SCHEMA',
    message: /\/classes\/device\.wipe would lower it from destructive\.$/,
  });
  t.throws(() => checkTrustDraft({ ...base, classes: { teleport: 'code' } }), {
    code: 'E_SCHEMA',
    message: /\/classes\/teleport is no known command kind\.$/,
  });
  expectCode(t, undefined, 'equal or stricter', () =>
    checkTrustDraft({ ...base, classes: { 'power.reboot': 'privileged', 'script.run': 'destructive' } }),
  );
  expectCode(t, 'E_SCHEMA', 'a draft is checked as a document too', () =>
    checkTrustDraft({ ...base, mode: 'solo' }),
  );
});
