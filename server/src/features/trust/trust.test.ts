// Tests of trust at run time and of persons: documents signed elsewhere, two persons, tokens, and a first document that was handed in.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  encodeBase64url,
  encodeUtf8,
  pae,
  sealEnvelope,
  TRUST_TYPE,
  type TrustDocument,
  toEnvelope,
  toKeyProof,
  toPasskeySignature,
  toUnsigned,
} from '@muster/protocol';
import { createPasskey, type TestPasskey } from '@muster/protocol/testing';
import t, { type Test } from 'tap';
import { fromServer } from '../../core/audit/audit.ts';
import { systemClock } from '../../core/clock.ts';
import { makeSigningKey, type SigningKey } from '../../core/crypto.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { createHttp } from '../../core/http/server.ts';
import { describeSite } from '../../core/http/site.ts';
import { silentLog } from '../../core/log.ts';
import { createTestClock } from '../../core/testing/clock.ts';
import { openTestDatabase } from '../../core/testing/database.ts';
import { until } from '../../core/testing/until.ts';
import { DB_DOUBT_MS } from '../../timing.ts';
import {
  adoptSigners,
  allPermissions,
  authenticate,
  EVERY_PERMISSION,
  findPerson,
  makeApiToken,
  registerAccessRoutes,
} from '../access/index.ts';
import { placeGenesis, prepareGenesis } from './genesis.ts';
import { makeKey, readKey } from './keys.ts';
import { registerTrustRoutes } from './routes.ts';
import { openTrust } from './service.ts';

const PIN = encodeBase64url(new Uint8Array(32).fill(7));
const field = (key: SigningKey) => ({ scheme: 'ed25519' as const, key: encodeBase64url(key.publicKey) });

async function makeFolder(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'muster-trust-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Trust and access of one server with their routes, on a real database. */
async function start(t: Test, keyFolder: string) {
  const { sql } = await openTestDatabase(t, { max: 4 });
  const deps = { sql, clock: systemClock, log: silentLog, keyFolder, organization: 'Test', spkiPin: PIN };
  const trust = await openTrust(deps);
  const { tenant } = trust;
  const { app } = await createHttp({
    log: silentLog,
    tls: undefined,
    permissions: new Set(allPermissions),
    now: () => Date.now(),
    authenticate: (request) => authenticate(sql, request.headers.authorization),
  });
  await adoptSigners(sql, tenant, trust.current().document);
  trust.onChange(({ document }) => adoptSigners(sql, tenant, document));
  registerTrustRoutes(app, trust);
  registerAccessRoutes(app, {
    sql,
    clock: systemClock,
    org: trust.org,
    site: describeSite('https://muster.example'),
    trust: () => trust.current().document,
  });
  await app.ready();
  t.teardown(() => app.close());
  const token = await makeApiToken(sql, systemClock, {
    tenant,
    name: 'host',
    permissions: [EVERY_PERMISSION],
    expiresInMs: 3_600_000,
    person: await findPerson(sql, tenant, null),
  });
  /** Status and body of a call with a token. */
  async function call(route: string, body?: object, asToken = token) {
    const [method = 'GET', url = ''] = route.split(' ');
    const headers = { authorization: `Bearer ${asToken}` };
    const payload = body === undefined ? {} : { payload: body };
    const response = await app.inject({ method: method as 'GET', url: `/api/v1${url}`, headers, ...payload });
    return { status: response.statusCode, body: response.json() };
  }
  return { trust, deps, call, sql };
}

/** The next document with changes, signed. */
function nextOf(document: unknown, changes: Partial<TrustDocument>, roots: readonly SigningKey[]) {
  const before = document as TrustDocument;
  const next = { ...structuredClone(before), version: before.version + 1, ...changes };
  return sealEnvelope(TRUST_TYPE, encodeUtf8(JSON.stringify(next)), roots);
}

/** A key somebody holds, as a request to register it. */
function registration(org: string, key: SigningKey, name = 'laptop') {
  const text = encodeBase64url(key.publicKey);
  const message = pae('application/vnd.muster.key-proof.v1', encodeUtf8(`${org}\n${text}`));
  return { key: text, name, proof: encodeBase64url(key.sign(message)) };
}

t.test('out of quick start: two persons, a new root key, and what each step is refused for', async (t) => {
  const folder = await makeFolder(t);
  const { trust, call, deps } = await start(t, folder);
  const { body: first } = await call('GET /trust');
  t.match(first, { version: 1, mode: 'quickstart', document: { v: 1, mode: 'quickstart' } });
  t.ok(first.soft.length >= 2);
  t.match((await call('GET /whoami')).body, {
    tenant: 1,
    token: { name: 'host', permissions: [...allPermissions] },
    person: { handle: 'admin', signerId: 'admin' },
  });
  const root = await readKey(folder, 'root');
  if (root === null) throw new Error('quick start made no root key');

  const anna = makeSigningKey();
  const berta = makeSigningKey();
  const added = await call('POST /persons', { name: 'Anna Ábel' });
  t.match(added, { status: 201, body: { handle: 'anna-abel', signerId: null, keys: [] } });
  t.match(await call('POST /persons', { name: 'Anna Abel' }), { status: 409, body: { code: 'E_CONFLICT' } });
  const { id } = added.body;
  const proof = registration(trust.org, anna);
  t.match(await call(`POST /persons/${id}/keys`, { ...proof, key: registration(trust.org, berta).key }), {
    status: 400,
    body: { code: 'E_SIG' },
  });
  t.match(await call(`POST /persons/${id}/keys`, registration('org_other', anna)), {
    body: { code: 'E_SIG' },
  });
  t.match(await call(`POST /persons/${id}/keys`, proof), {
    status: 201,
    body: { keys: [{ key: proof.key }] },
  });
  t.match(await call(`POST /persons/${id}/keys`, proof), { status: 409 }, 'one key, one holder');

  const signer = (name: string, key: SigningKey) => ({
    id: name,
    name,
    kind: 'person' as const,
    roles: ['request' as const, 'approve' as const, 'halt' as const],
    kinds: ['*'],
    keys: [field(key)],
  });
  const newRoot = makeSigningKey();
  const hardened = {
    mode: 'hardened' as const,
    root: { threshold: 1, keys: [field(newRoot)] },
    signers: [signer('anna-abel', anna), signer('berta', berta)],
  };
  const post = (envelope: object) => call('POST /trust/updates', { envelope });
  const { document } = trust.current();
  const told: number[] = [];
  trust.onChange((state) => void told.push(state.document.version));
  trust.onChange(() => Promise.reject(new Error('a listener that fails')));
  const refused: [string, object][] = [
    ['E_NOKEY', nextOf(document, hardened, [root])],
    ['E_NOKEY', nextOf(document, hardened, [newRoot])],
    ['E_TRUST', nextOf(document, { ...hardened, version: 3 }, [root, newRoot])],
    ['E_ROLLBACK', nextOf(document, { ...hardened, version: 1 }, [root, newRoot])],
    ['E_TRUST', nextOf(document, { ...hardened, serverKeys: [field(makeSigningKey())] }, [root, newRoot])],
    ['E_TRUST', nextOf(document, { ...hardened, tlsPins: [hash(1)] }, [root, newRoot])],
    ['E_SCHEMA', nextOf(document, { ...hardened, classes: { 'device.wipe': 'routine' } }, [root, newRoot])],
    ['E_SCHEMA', nextOf(document, { ...hardened, signers: [signer('anna', anna)] }, [root, newRoot])],
    ['E_TYPE', { ...nextOf(document, hardened, [root, newRoot]), payloadType: 'application/json' }],
  ];
  for (const [code, envelope] of refused) {
    const answer = await post(envelope);
    t.match(answer, { status: 400, body: { code } });
    t.equal(trust.version(), 1, 'nothing changed');
  }
  t.same(told, []);
  const good = nextOf(document, hardened, [root, newRoot]);
  const [one, two] = await Promise.all([post(good), post(good)]);
  t.same([one.status, two.status].toSorted(), [200, 400], 'of two at a time one is the first');
  t.same(told, [2], 'listeners are told once, and one that fails holds nobody up');
  const { body: now } = await call('GET /trust');
  t.match(now, {
    version: 2,
    mode: 'hardened',
    soft: [/One root key/],
    document: { root: { threshold: 1 } },
  });
  const { items } = (await call('GET /persons')).body;
  t.same(
    items.map((person: { handle: string; signerId: string | null }) => [person.handle, person.signerId]),
    [
      ['admin', null],
      ['anna-abel', 'anna-abel'],
      ['berta', 'berta'],
    ],
    'a signer nobody has added exists as a person',
  );
  t.same((await call('GET /trust/chain?from=2')).body, { envelopes: [good] });
  t.equal((await call('GET /trust/chain')).body.envelopes.length, 2);

  const again = await openTrust(deps);
  t.equal(again.version(), 2, 'the chain is there after a restart');
  t.same(again.chainAfter(1), [good]);
});

t.test(
  'a passkey is registered by a gesture at a page of this server, and trusted by the root alone',
  async (t) => {
    const folder = await makeFolder(t);
    const { trust, call } = await start(t, folder);
    const page = { rpId: 'muster.example', origin: 'https://muster.example' };
    const passkey = createPasskey(page);
    const { key } = passkey.entry;
    const proofBy = (by: TestPasskey, org = trust.org, named = key) => {
      const { payloadType, payload } = toKeyProof(org, named);
      return encodeBase64url(by.sign(pae(payloadType, payload)));
    };
    const { id } = (await call('POST /persons', { name: 'Anna' })).body;
    const post = (proof: string, name = 'finger') => call(`POST /persons/${id}/keys`, { key, name, proof });
    const elsewhere = createPasskey({ ...page, origin: 'https://evil.test' });
    const refused: readonly [string, string, string?][] = [
      ['E_SIG', proofBy(createPasskey(page))],
      ['E_SIG', proofBy(passkey, 'org_other')],
      ['E_SIG', encodeBase64url(makeSigningKey().sign(new Uint8Array()))],
      ['E_PAGE', proofBy(elsewhere, trust.org, elsewhere.entry.key), elsewhere.entry.key],
    ];
    for (const [code, proof, other = key] of refused)
      t.match(await call(`POST /persons/${id}/keys`, { key: other, name: 'x', proof }), {
        status: 400,
        body: { code },
      });
    const offCurve = `${key.slice(0, -2)}${key.endsWith('AA') ? 'BA' : 'AA'}`;
    t.match(await call(`POST /persons/${id}/keys`, { key: offCurve, name: 'x', proof: proofBy(passkey) }), {
      status: 400,
      body: { code: 'E_KEY' },
    });
    const { keyid } = passkey;
    t.match(await post(proofBy(passkey)), {
      status: 201,
      body: { signerId: null, keys: [{ key, keyid, scheme: 'webauthn-es256', name: 'finger' }] },
    });
    t.match(await post(proofBy(passkey)), { status: 409 }, 'one key, one holder');
    const root = await readKey(folder, 'root');
    if (root === null) throw new Error('quick start made no root key');
    const { document } = trust.current();
    const [first] = (document as TrustDocument).signers;
    if (first === undefined) throw new Error('quick start made no signer');
    const keys = [...first.keys, passkey.entry];
    const lists = { rpIds: [page.rpId], origins: [page.origin] };
    const listed = { ...lists, signers: [{ ...first, id: 'anna', keys }] };
    const update = (change: Partial<TrustDocument>, by = [root]) =>
      call('POST /trust/updates', { envelope: nextOf(document, change, by) });
    t.match(await update({ ...listed, origins: [] }), { status: 400, body: { code: 'E_SCHEMA' } });
    t.match(await update({ ...listed, rpIds: ['other.example'] }), {
      status: 400,
      body: { code: 'E_SCHEMA' },
    });
    const signed = toUnsigned(TRUST_TYPE, { ...document, version: 2 });
    const byPasskey = toEnvelope(signed, [
      toPasskeySignature(passkey.publicKey, passkey.assert(pae(TRUST_TYPE, signed.payload))),
    ]);
    t.match(await call('POST /trust/updates', { envelope: byPasskey }), { body: { code: 'E_NOKEY' } });
    t.match(await update(listed), { status: 200 });
    const rootless = { root: { threshold: 1, keys: [passkey.entry as never] } };
    t.match(
      await call('POST /trust/updates', { envelope: nextOf(trust.current().document, rootless, [root]) }),
      {
        status: 400,
        body: { code: 'E_SCHEMA' },
      },
    );
    t.equal(trust.version(), 2);
    const { items } = (await call('GET /persons')).body;
    t.match(
      items.find((person: { id: string }) => person.id === id),
      { signerId: 'anna' },
      'who registered it is the signer',
    );
  },
);

function hash(byte: number): string {
  return encodeBase64url(new Uint8Array(32).fill(byte));
}

/** The same client, which loses the answer to what it stores while it is cut. */
function createCut(sql: RawSql) {
  const state = { isCut: true };
  const client = new Proxy(sql, {
    apply(target, self, given: Parameters<RawSql>) {
      const answer = Reflect.apply(target, self, given);
      if (!state.isCut || !String(given[0]).includes('INSERT INTO trust_document')) return answer;
      return answer.then(() => {
        throw Object.assign(new Error('write CONNECTION_CLOSED'), { code: 'CONNECTION_CLOSED' });
      });
    },
  });
  return { state, client };
}

t.test('a document whose answer was lost comes into force by itself, and again says so', async (t) => {
  const folder = await makeFolder(t);
  const { deps, sql } = await start(t, folder);
  const { state, client } = createCut(sql);
  // What became of a document is looked for when the test says so: else that could come between two lines below.
  const clock = createTestClock(Date.now());
  const trust = await openTrust({ ...deps, clock, sql: client });
  t.teardown(() => trust.stop());
  const told: number[] = [];
  trust.onChange(({ document }) => void told.push(document.version));
  const root = await readKey(folder, 'root');
  if (root === null) throw new Error('quick start made no root key');
  const before = trust.seal('a/b', {}).signatures[0]?.keyid;
  const next = encodeBase64url((await makeKey(folder, 'server-next')).publicKey);
  const serverKeys = [{ scheme: 'ed25519' as const, key: next }];
  const second = nextOf(trust.current().document, { serverKeys }, [root]);
  await t.rejects(trust.update(second, fromServer), { code: 'E_UNAVAILABLE' });
  await until('it is in force', async () => {
    await clock.advance(DB_DOUBT_MS);
    return trust.version() === 2;
  });
  t.not(trust.seal('a/b', {}).signatures[0]?.keyid, before, 'the key that it lists signs');
  await until('it is no next one any more', async () => (await readKey(folder, 'server-next')) === null);
  await t.rejects(trust.update(second, fromServer), { code: 'E_ROLLBACK', message: /in force already/ });

  const { document } = trust.current();
  const third = nextOf(document, { policyEpoch: 2 }, [root]);
  await t.rejects(trust.update(third, fromServer), { code: 'E_UNAVAILABLE' });
  state.isCut = false;
  t.match(
    await trust.update(third, fromServer),
    { document: { version: 3 } },
    'handed in again at once it is answered',
  );
  const [fourth, rival] = [3, 4].map((policyEpoch) =>
    nextOf(trust.current().document, { policyEpoch }, [root]),
  );
  state.isCut = true;
  await t.rejects(trust.update(fourth, fromServer), { code: 'E_UNAVAILABLE' });
  await t.rejects(trust.update(rival, fromServer), { code: 'E_CONFLICT' }, 'another document of its version');
  t.equal(trust.current().document.policyEpoch, 3, 'the one that is stored is in force');
  t.same(told, [2, 3, 4], 'each is told of once');
});

t.test('another process follows what was put in force here, and signs with the same key', async (t) => {
  const folder = await makeFolder(t);
  const { trust, deps } = await start(t, folder);
  const other = await openTrust(deps);
  const told: number[] = [];
  other.onChange(({ document }) => void told.push(document.version));
  await other.reload();
  t.same(told, [], 'there is nothing new');
  const root = await readKey(folder, 'root');
  if (root === null) throw new Error('quick start made no root key');
  const { document } = trust.current();
  const next = await trust.nextServerKey(fromServer);
  const serverKeys = [{ scheme: 'ed25519' as const, key: next }];
  const second = nextOf(document, { serverKeys }, [root]);
  await trust.update(second, fromServer);
  await trust.update(nextOf(trust.current().document, {}, [root]), fromServer);
  t.equal(other.version(), 1, 'not by itself');
  await Promise.all([other.reload(), other.reload()]);
  t.equal(other.version(), 3);
  t.same(told, [2, 3], 'each document once, in order');
  t.same(other.chainAfter(1), trust.chainAfter(1));
  t.equal(other.seal('a/b', {}).signatures[0]?.keyid, trust.seal('a/b', {}).signatures[0]?.keyid);
});

t.test('the server key is replaced by a document that lists the next one, also across a crash', async (t) => {
  const folder = await makeFolder(t);
  const { trust, call, deps } = await start(t, folder);
  const root = await readKey(folder, 'root');
  if (root === null) throw new Error('quick start made no root key');
  const { key } = (await call('POST /trust/server-key')).body;
  t.equal((await call('POST /trust/server-key')).body.key, key, 'asked twice it is the same key');
  const before = trust.seal('a/b', {}).signatures[0]?.keyid;
  const document = trust.current().document;
  const next = { serverKeys: [{ scheme: 'ed25519' as const, key }] };
  t.match(await call('POST /trust/updates', { envelope: nextOf(document, next, [root]) }), { status: 200 });
  const after = trust.seal('a/b', {}).signatures[0]?.keyid;
  t.not(after, before, 'it signs with the new one at once');
  t.notOk((await readdir(folder)).includes('server-next.pem'));
  t.equal((await openTrust(deps)).seal('a/b', {}).signatures[0]?.keyid, after);
});

t.test(
  'a token is never stronger than the one that made it, and ends when its person is done with',
  async (t) => {
    const { call, sql } = await start(t, await makeFolder(t));
    const { id } = (await call('POST /persons', { name: 'Carl', id: 'carl', roles: ['admin'] })).body;
    const few = ['trust.read', 'persons.read', 'persons.write'];
    const made = await call(`POST /persons/${id}/tokens`, {
      name: 'x',
      permissions: few,
      expiresInMs: 600_000,
    });
    t.match(made, { status: 201, body: { permissions: few, token: /^mat1\./ } });
    const { token, expiresAt } = made.body;
    t.match((await call('GET /whoami', undefined, token)).body, {
      token: { name: 'x', permissions: few },
      person: { handle: 'carl', signerId: null },
    });
    const wish = { name: 'y', permissions: ['devices.write'] };
    t.match(await call(`POST /persons/${id}/tokens`, wish, token), {
      status: 403,
      body: { code: 'E_FORBIDDEN', detail: /lacks: devices\.write/ },
    });
    t.match(
      await call(`POST /persons/${id}/tokens`, { ...wish, permissions: [EVERY_PERMISSION] }),
      { status: 403 },
      'nobody hands out all permissions of later versions',
    );
    const child = await call(`POST /persons/${id}/tokens`, { name: 'z' }, token);
    t.same(child.body.permissions.toSorted(), few.toSorted(), 'without a wish it has those of its maker');
    t.ok(Date.parse(child.body.expiresAt) <= Date.parse(expiresAt), 'and no longer life');
    t.match(await call('POST /trust/updates', { envelope: {} }, token), { status: 403 });
    t.match(await call(`DELETE /persons/${id}/tokens/${made.body.id}`), {
      body: { tokens: [{ name: 'z' }] },
    });
    t.match(await call('GET /whoami', undefined, token), { status: 401 });
    t.match(await call(`DELETE /persons/${id}/tokens/${made.body.id}`), { status: 404 });
    const old = [...allPermissions].filter((one) => !one.startsWith('persons'));
    const fixed = await makeApiToken(sql, systemClock, {
      tenant: 1,
      name: 'old',
      permissions: old,
      expiresInMs: 60_000,
    });
    t.match(await call('GET /persons', undefined, fixed), { status: 403 }, 'a list stays as it was given');
    t.match((await call('GET /whoami', undefined, fixed)).body, { person: null });
  },
);

t.test(
  'a first document that was signed elsewhere: the server has no root key, and waits for it',
  async (t) => {
    const folder = await makeFolder(t);
    const request = await prepareGenesis({ keyFolder: folder, organization: 'Test', spkiPin: PIN });
    t.same(await prepareGenesis({ keyFolder: folder, organization: 'Test', spkiPin: PIN }), request);
    await t.rejects(start(t, folder), { code: 'E_GENESIS' }, 'no quick start is made of a prepared folder');
    const [root, signer] = [makeSigningKey(), makeSigningKey()];
    const document: TrustDocument = {
      v: 1,
      org: request.org,
      version: 1,
      issuedAt: new Date().toISOString(),
      mode: 'solo',
      root: { threshold: 1, keys: [field(root)] },
      signers: [
        {
          id: 'eva',
          name: 'Eva',
          kind: 'person',
          roles: ['request', 'approve', 'halt'],
          kinds: ['*'],
          keys: [field(signer)],
        },
      ],
      serverKeys: [{ scheme: 'ed25519', key: request.serverKey }],
      tlsPins: [PIN],
      releaseKeys: [],
      rpIds: [],
      origins: [],
      classes: {},
      policyEpoch: 1,
    };
    const seal = (changes: Partial<TrustDocument>, key = root) =>
      JSON.stringify(
        sealEnvelope(TRUST_TYPE, encodeUtf8(JSON.stringify({ ...document, ...changes })), [key]),
      );
    await t.rejects(placeGenesis(folder, seal({ org: `org_${'a'.repeat(26)}` })), { code: 'E_TRUST_CHAIN' });
    await t.rejects(placeGenesis(folder, seal({ tlsPins: [hash(1)] })), { code: 'E_TRUST_CHAIN' });
    await t.rejects(placeGenesis(folder, seal({}, signer)), { code: 'E_NOKEY' });
    await placeGenesis(folder, seal({}));
    const { trust, call } = await start(t, folder);
    t.match(trust.current().document, { mode: 'solo', org: request.org });
    t.same((await call('GET /trust')).body.soft.length, 1);
    t.equal(await readKey(folder, 'root'), null);
    t.match((await call('GET /whoami')).body, { person: { handle: 'eva', signerId: 'eva' } });
    await t.rejects(prepareGenesis({ keyFolder: folder, organization: 'Test', spkiPin: PIN }), {
      code: 'E_CONFLICT',
    });
  },
);
