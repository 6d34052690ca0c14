// The audit on a real database: written with its change, sealed in order, signed, listed, exported, and never changed.
import {
  createTreeRange,
  type Envelope,
  encodeBase64url,
  encodeUtf8,
  FIRST_PREV,
  findFork,
  followsFrom,
  formatHash,
  hashEntry,
  hashLeaf,
  isConsistent,
  openCheckpoint,
  parseEntry,
  sealEnvelope,
  type TrustDocument,
  type TrustState,
} from '@muster/protocol';
import t, { type Test } from 'tap';
import { type AuditEvent, done, fromHost, fromServer, writeAudit } from '../../core/audit/audit.ts';
import { sleep, systemClock } from '../../core/clock.ts';
import { makeSigningKey, nodeCrypto } from '../../core/crypto.ts';
import { createPool, type RawSql } from '../../core/db/pool.ts';
import { inTransaction } from '../../core/db/transaction.ts';
import { createHttp } from '../../core/http/server.ts';
import { silentLog } from '../../core/log.ts';
import { createTestClock } from '../../core/testing/clock.ts';
import { openTestDatabase } from '../../core/testing/database.ts';
import { makePrincipal } from '../../core/testing/principal.ts';
import { until } from '../../core/testing/until.ts';
import { createTestSession } from '../inventory/testing/session.ts';
import { createAudit } from './index.ts';
import { MAX_CACHED_PROOFS, MAX_PROOFS_A_MINUTE, MAX_WAITING_PROOFS } from './limits.ts';
import { createProver, type Prover } from './prover.ts';
import { registerAuditRoutes } from './routes.ts';
import { type Checkpoint, createSealer, type Sealer } from './sealer.ts';
import { createTakeAlarm, createTakeQuestion } from './witness.ts';

const ORG = `org_${'a'.repeat(26)}`;

/** Seals until the chain is that long: an older transaction of another database of the cluster may hold it up for a while. */
async function sealTo(sql: RawSql, sealer: Sealer, size: number): Promise<Checkpoint> {
  await until(
    `${size} sealed`,
    async () => {
      await sealer.seal();
      return sql<{ count: number }[]>`SELECT count(*)::int AS count FROM audit_event`;
    },
    ([sealed]) => (sealed?.count ?? 0) >= size,
  );
  const made = await sealer.checkpoint();
  if (made === null) throw new Error('no checkpoint');
  return made;
}

/** As much trust as the audit needs. */
function makeTrust() {
  const key = makeSigningKey();
  const entry = { scheme: 'ed25519' as const, key: encodeBase64url(key.publicKey) };
  const document: TrustDocument = {
    ...{ v: 1, org: ORG, version: 1, issuedAt: new Date().toISOString(), mode: 'solo', policyEpoch: 1 },
    root: { threshold: 1, keys: [{ scheme: 'ed25519', key: encodeBase64url(makeSigningKey().publicKey) }] },
    ...{
      signers: [],
      serverKeys: [entry],
      tlsPins: [],
      releaseKeys: [],
      rpIds: [],
      origins: [],
      classes: {},
    },
  };
  const state: TrustState = { document, hash: 'x', payload: encodeUtf8(JSON.stringify(document)) };
  const seal = (type: string, body: object) => sealEnvelope(type, encodeUtf8(JSON.stringify(body)), [key]);
  return { tenant: 1, org: ORG, current: () => state, chainFrom: () => [], seal };
}

async function open(t: Test, max = 2) {
  const database = await openTestDatabase(t, { max });
  const { sql } = database;
  await sql`INSERT INTO organization (tenant, id, name) VALUES (1, ${ORG}, 'Test')`;
  const trust = makeTrust();
  const deps = { sql, clock: systemClock, log: silentLog, crypto: nodeCrypto, trust };
  return { ...database, deps, trust, context: { trust: trust.current().document, crypto: nodeCrypto } };
}

function eventOf(id: string, event: Partial<AuditEvent> = {}): AuditEvent {
  const subject = { kind: 'device', id, name: `host-${id}` };
  return {
    ...done(fromServer, { tenant: 1, act: 'device.label', subject, detail: { set: ['a=b'] } }),
    ...event,
  };
}

t.test('an event is there with its change or not at all, and never changed', async (t) => {
  const { sql, deps } = await open(t);
  const failing = inTransaction(sql, async (tx) => {
    await writeAudit(tx, eventOf('lost'));
    throw new Error('the change fails');
  });
  await t.rejects(failing, /the change fails/);
  await inTransaction(sql, (tx) => writeAudit(tx, eventOf('kept')));
  const sealer = createSealer(deps);
  await sealer.start();
  t.equal((await sealTo(sql, sealer, 1)).size, 1);
  const rows = await sql`SELECT seq, act, subject, actor, outcome FROM audit_event`;
  t.same(rows, [{ seq: 1, act: 'device.label', subject: 'kept', actor: '', outcome: 'done' }]);
  await t.rejects(sql`UPDATE audit_event SET at = now()`, /append-only/);
  await t.rejects(sql`DELETE FROM audit_event`, /append-only/);
  await t.rejects(sql`DELETE FROM audit_checkpoint`, /append-only/);
  await t.rejects(sql`UPDATE audit_event SET act = 'x'`, /only be updated to DEFAULT/);
  await sealer.stop();
});

t.test('what is written is bounded, clean, and without what looks like a secret', async (t) => {
  const { sql } = await open(t);
  const secret = `mat1.${'a'.repeat(26)}.${'S'.repeat(43)}`;
  const detail = {
    long: 'x'.repeat(10_000),
    many: Array.from({ length: 1_000 }, (_, at) => `item ${at}`),
    odd: `nul \0 and half \uD800 and ${secret}`,
    nan: Number.NaN,
    '0': 'an index',
    pem: `-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----`,
  };
  await writeAudit(sql, eventOf('x', { detail, actor: { ...fromHost.actor, name: secret } }));
  const [row] = await sql<{ body: string }[]>`SELECT body FROM audit_pending`;
  const body = row?.body ?? '';
  t.equal(JSON.stringify(JSON.parse(body)), body, 'strict JSON');
  t.ok(body.length < 9_000, `${body.length} characters`);
  t.notMatch(body, /SSSS|PRIVATE|an index/);
  t.match(JSON.parse(body), { detail: { nan: null, pem: '[secret]' }, actor: { name: '[secret]' } });
  await t.rejects(sql`INSERT INTO audit_pending (tenant, body) VALUES (1, '')`, /check constraint/);
});

t.test('the chain has no gaps and goes on over restarts, several tiles and open transactions', async (t) => {
  const { sql, deps, context, address } = await open(t, 4);
  const count = 600;
  const slow = createPool({ address, max: 2 });
  t.teardown(() => slow.close(1_000));
  // One that began before all others commits behind them: it is not overtaken, and nobody waits for it but the sealer.
  let commit: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    commit = resolve;
  });
  let isWritten = false;
  const older = inTransaction(slow.sql, async (tx) => {
    await writeAudit(tx, eventOf('oldest'));
    isWritten = true;
    await held;
  });
  await until('it is written', () => isWritten);
  let sealer = createSealer(deps);
  await sealer.start();
  for (let at = 0; at < 3; at++) await writeAudit(sql, eventOf(`early ${at}`));
  await sealer.seal();
  t.same(await sql`SELECT 1 FROM audit_event`, [], 'those behind it wait');
  commit();
  await older;
  const first = await sealTo(sql, sealer, 4);
  t.equal(first.size, 4);
  const firsts = await sql`SELECT subject FROM audit_event ORDER BY seq`;
  t.equal(firsts[0]?.subject, 'oldest', 'transaction ids are the order');
  for (let at = 4; at < count; at++) await writeAudit(sql, eventOf(String(at)));
  await sealer.stop();
  sealer = createSealer(deps);
  await sealer.start();
  const second = await sealTo(sql, sealer, count);
  t.equal(second.size, count);
  await writeAudit(sql, eventOf('last'));
  const third = await sealTo(sql, sealer, count + 1);

  const range = createTreeRange(nodeCrypto);
  const roots = new Map<number, string>();
  const rows = await sql<{ seq: number; hash: Buffer }[]>`SELECT seq, hash FROM audit_event ORDER BY seq`;
  for (const [at, { seq, hash }] of rows.entries()) {
    if (seq !== at + 1) t.fail(`a gap before ${seq}`);
    range.append(hashLeaf(hash, nodeCrypto));
    roots.set(seq, formatHash(range.root()));
  }
  for (const { size, envelope } of [first, second, third])
    t.match(openCheckpoint(envelope, context), { size, root: roots.get(size) }, `the root of ${size}`);
  t.equal(rows.length, count + 1);
  t.same(await sql`SELECT level, at FROM audit_node ORDER BY at`, [
    { level: 1, at: 0 },
    { level: 1, at: 1 },
  ]);
  await sealer.stop();
});

t.test(
  'rows out of a backup of another cluster are sealed, whatever their transaction ids say',
  async (t) => {
    const { sql, deps } = await open(t);
    await writeAudit(sql, eventOf('now'));
    await sql`INSERT INTO audit_pending (tenant, body, xid)
    SELECT tenant, body, '999999999999'::xid8 FROM audit_pending`;
    const sealer = createSealer(deps);
    await sealer.start();
    t.equal((await sealTo(sql, sealer, 2)).size, 2);
    await sealer.stop();
  },
);

t.test('a seal that fails changes nothing and is tried again; a checkpoint comes each minute', async (t) => {
  const { sql, deps } = await open(t);
  const clock = createTestClock(Date.now());
  let isBroken = false;
  const audit = createAudit({
    ...{ ...deps, clock },
    fenced: (work) => (isBroken ? Promise.reject(new Error('away')) : inTransaction(sql, work)),
  });
  await audit.start();
  isBroken = true;
  await writeAudit(sql, eventOf('a'));
  await clock.advance(1_000);
  t.equal((await sql`SELECT 1 FROM audit_pending`).length, 1);
  isBroken = false;
  // A transaction elsewhere in the cluster may hold it up: fewer tries than the minute has seconds, over a longer time.
  let pauseMs = 0;
  const isSealed = async () => {
    pauseMs += 40;
    await sleep(systemClock, pauseMs);
    await clock.advance(1_000);
    return (await sql`SELECT 1 FROM audit_event`).length === 1;
  };
  await until('it is sealed', isSealed);
  t.equal(audit.checkpoint(), null, 'the minute is not over');
  await until('a checkpoint is signed', async () => {
    await clock.advance(10_000);
    return audit.checkpoint() !== null;
  });
  await audit.stop();
});

t.test('a session takes the whole audit away only when its person is there', async (t) => {
  const { sql, deps } = await open(t);
  const sealer = createSealer(deps);
  await sealer.start();
  t.teardown(() => sealer.stop());
  let provenMs: number | null = null;
  const { app } = await createHttp({
    ...{ log: silentLog, tls: undefined, permissions: new Set(['audit.read']) },
    authenticate: async ({ headers }) =>
      makePrincipal(['audit.read'], { via: headers.cookie === undefined ? 'token' : 'session', provenMs }),
    now: () => Date.now(),
  });
  t.teardown(() => app.close());
  registerAuditRoutes(app, deps, sealer);
  await writeAudit(sql, eventOf('dev_a'));
  const ask = (path: string, headers: Record<string, string> = { cookie: 'x' }) =>
    app.inject({ url: `/api/v1/audit${path}`, headers });
  for (const atMs of [null, Date.now() - 601_000]) {
    provenMs = atMs;
    const refused = await ask('/export');
    t.match([refused.statusCode, refused.json()], [401, { code: 'E_STEP_UP' }]);
    t.equal((await ask('')).statusCode, 200, 'looking at it needs no proof');
  }
  const { size } = await sealTo(sql, sealer, 1);
  t.equal(size, 1, 'and nothing was exported');
  t.equal((await ask('/export', {})).statusCode, 200, 'a token is for programs');
  provenMs = Date.now();
  t.equal((await ask('/export')).statusCode, 200);
});

t.test('the API lists, filters, proves and exports', async (t) => {
  const { sql, deps, context } = await open(t);
  // By its own clock it would seal in between what is to be seen as pending.
  const sealer = createSealer({ ...deps, clock: createTestClock(Date.now()) });
  await sealer.start();
  const principal = makePrincipal(['audit.read']);
  const { app } = await createHttp({
    ...{ log: silentLog, tls: undefined, permissions: new Set(['audit.read']) },
    authenticate: async ({ headers }) => (headers.authorization === undefined ? null : principal),
    now: () => Date.now(),
  });
  t.teardown(() => app.close());
  registerAuditRoutes(app, deps, sealer);
  const call = async (path: string) => {
    const answer = await app.inject({ url: `/api/v1${path}`, headers: { authorization: 'x' } });
    return { status: answer.statusCode, text: answer.body, body: answer.json.bind(answer) };
  };
  t.equal((await call('/audit/checkpoint')).status, 404);
  for (let at = 0; at < 300; at++)
    await writeAudit(
      sql,
      eventOf(`dev_${at}`, at % 100 === 0 ? { outcome: 'refused', code: 'E_FORBIDDEN' } : {}),
    );
  await sealTo(sql, sealer, 300);
  await writeAudit(sql, eventOf('pending', { act: 'job.order' }));

  const page = (await call('/audit?limit=2')).body();
  t.match(page, {
    items: [
      { seq: null, act: 'job.order', hash: null },
      { seq: 300, subject: { id: 'dev_299' } },
    ],
  });
  const seen: unknown[] = [];
  for (let next = ''; ; ) {
    const { items, next: cursor } = (await call(`/audit?limit=100${next}`)).body();
    seen.push(...items);
    if (cursor === null) break;
    next = `&cursor=${cursor}`;
  }
  t.equal(seen.length, 301);
  t.equal((await call('/audit?outcome=refused')).body().items.length, 3);
  t.equal((await call('/audit?act=job.order')).body().items.length, 1);
  t.equal((await call('/audit?subject=dev_7')).body().items.length, 1);
  t.equal((await call('/audit?actor=per_x')).body().items.length, 0);
  t.equal((await call(`/audit?to=2020-01-01T00:00:00Z`)).body().items.length, 0);
  t.match((await call('/audit?cursor=abc')).body(), { code: 'E_CURSOR' });

  // Each says of itself that it was taken. An older transaction of another database of the cluster may hold that up.
  let taken = 301;
  const lines = await until(
    'an export has all there is',
    async () => {
      taken += 1;
      const { text } = await call('/audit/export');
      return text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
    },
    ([head]) => head.to === taken,
  );
  t.match(lines[0], { t: 'audit', from: 1, to: taken, prev: FIRST_PREV, parts: [] });
  t.match(lines.at(-1), { t: 'end', entries: taken });
  let prev = FIRST_PREV;
  const range = createTreeRange(nodeCrypto);
  const checkpoints: { size: number; root: string }[] = [];
  const proofs: { from: number; to: number; hashes: string[] }[] = [];
  for (const line of lines) {
    if (line.t === 'proof') proofs.push(line);
    if (line.t === 'checkpoint') {
      const checkpoint = openCheckpoint(line.envelope, context);
      checkpoints.push(checkpoint);
      t.equal(checkpoint.root, formatHash(range.root()));
    }
    if (line.t !== 'entry') continue;
    const hash = hashEntry(line.entry, nodeCrypto);
    const entry = parseEntry(line.entry);
    if (entry.prev !== prev || formatHash(hash) !== line.hash) t.fail(`the chain breaks at ${entry.seq}`);
    prev = line.hash;
    range.append(hashLeaf(hash, nodeCrypto));
  }
  t.same([checkpoints[0]?.size, checkpoints.at(-1)?.size], [300, taken]);
  const bytes = (text: string) => Buffer.from(text, 'base64url');
  const [first, second] = checkpoints;
  if (first === undefined || second === undefined) throw new Error('two checkpoints are expected');
  const claim = {
    ...{ first: 300, firstRoot: bytes(first.root) },
    ...{ second: second.size, secondRoot: bytes(second.root) },
  };
  t.ok(isConsistent({ ...claim, proof: proofs[0]?.hashes.map(bytes) ?? [] }, nodeCrypto));
  const proof = (await call(`/audit/consistency?from=300&to=${second.size}`)).body();
  t.ok(isConsistent({ ...claim, proof: proof.hashes.map(bytes) }, nodeCrypto));
  t.match((await call('/audit/consistency?from=3&to=2')).body(), { code: 'E_RANGE' });
  t.match((await call('/audit/consistency?from=3&to=9999')).body(), { code: 'E_RANGE' });
  t.match((await call('/audit/export?from=9999')).body(), { code: 'E_RANGE' });

  const part = (await call('/audit/export?from=270&to=280')).text.trimEnd().split('\n');
  t.match(JSON.parse(part[0] ?? ''), { from: 270, to: 300 });
  const syslog = (await call('/audit/export?format=syslog&from=300&to=300')).text;
  t.match(syslog, /^<109>1 \S+Z org_a+ muster - device\.label \[audit@32473 seq="300" hash=/);
  const ocsf = JSON.parse((await call('/audit/export?format=ocsf&from=300&to=300')).text);
  t.match(ocsf, { class_uid: 6003, category_uid: 6, type_uid: 600_303, status_id: 1 });
  await sealer.stop();
});

t.test(
  'an alarm of a device is written down only where both checkpoints are ours and contradict',
  async (t) => {
    const { sql, deps, trust } = await open(t);
    const none: Prover = { prove: async () => null };
    const takeAlarm = createTakeAlarm(deps, none);
    const make = (size: number, root: string) =>
      trust.seal('application/vnd.muster.audit-checkpoint.v1+json', {
        ...{ v: 1, org: ORG, size, root: root.repeat(43), at: new Date().toISOString() },
      });
    const session = createTestSession({ tenant: 1, idx: 0, deviceId: 'dev_a' });
    const type = 'audit.alarm' as const;
    await takeAlarm(session, { type, seen: make(5, 'A'), shown: make(6, 'A') });
    await takeAlarm(session, { type, seen: make(5, 'A'), shown: { ...make(4, 'A'), payload: 'e30' } });
    t.same(await sql`SELECT 1 FROM audit_pending`, []);
    await takeAlarm(session, { type, seen: make(5, 'A'), shown: make(4, 'A') });
    const alarm = { type, seen: make(5, 'A'), shown: make(5, 'B') };
    await Promise.all(Array.from({ length: 200 }, () => takeAlarm(session, alarm)));
    await takeAlarm(session, alarm);
    const rows = await sql<
      { code: string }[]
    >`SELECT body::jsonb -> 'detail' ->> 'code' AS code FROM audit_pending`;
    t.equal(rows.length, 100, 'a flood is bounded');
    t.same(rows[0], { code: findFork({ size: 5, root: '' }, { size: 4, root: '' }) });
  },
);

t.test(
  'devices have it proven that the audit goes on, at one read for all and a share for each',
  async (t) => {
    const { sql, deps, trust, context } = await open(t);
    // By its own clock it would seal the alarm before it is looked for.
    const sealer = createSealer({ ...deps, clock: createTestClock(Date.now()) });
    await sealer.start();
    t.teardown(() => sealer.stop());
    const sizes: { size: number; root: string; envelope: Envelope }[] = [];
    for (const count of [5, 7, 300]) {
      for (let at = 0; at < count; at++) await writeAudit(sql, eventOf(`dev_${at}`));
      const { envelope } = await sealTo(sql, sealer, count + (sizes.at(-1)?.size ?? 0));
      sizes.push({ ...openCheckpoint(envelope, context), envelope });
    }
    const [first, second, third] = sizes;
    if (first === undefined || second === undefined || third === undefined) throw new Error('no checkpoint');
    let reads = 0;
    const counting = new Proxy(sql, {
      apply(target, self, args) {
        // Lists that are parts of a statement are calls too.
        if (Array.isArray(args[0]) && 'raw' in args[0] && args[0][0]?.includes('WITH wanted')) reads += 1;
        return Reflect.apply(target, self, args);
      },
    });
    const clock = createTestClock(Date.now());
    const prover = createProver({ ...deps, sql: counting, clock }, () => sealer.newest()?.size ?? 0);
    const ask = createTakeQuestion(prover);
    const sessions = Array.from({ length: 50 }, (_, idx) =>
      createTestSession({ tenant: 1, idx, deviceId: `dev_${idx}` }),
    );
    const question = { type: 'audit.prove', from: first.size, to: third.size } as const;
    await Promise.all(sessions.map((session) => ask(session, question)));
    t.equal(reads, 1, 'one read for fifty devices');
    const [told, again] = sessions.map(({ sent }) => sent[0]);
    t.equal(told, again, 'one object for all of them');
    if (told?.type !== 'audit.proof') throw new Error('no proof came');
    t.ok(followsFrom(first, { later: third, hashes: told.hashes }, nodeCrypto));
    t.notOk(followsFrom(second, { later: third, hashes: told.hashes }, nodeCrypto));

    const greedy = createTestSession({ tenant: 1, idx: 99, deviceId: 'dev_greedy' });
    for (let from = 10; from < 100; from++) await ask(greedy, { ...question, from });
    t.equal(greedy.sent.length, MAX_PROOFS_A_MINUTE);
    await ask(greedy, question);
    t.equal(greedy.sent.length, MAX_PROOFS_A_MINUTE + 1, 'what is known costs nothing');
    await clock.advance(61_000);
    await ask(greedy, { ...question, from: 150 });
    t.equal(greedy.sent.length, MAX_PROOFS_A_MINUTE + 2);
    // At once as many as may wait, each by another device; then more than are kept.
    const before = reads;
    const others = Array.from({ length: MAX_WAITING_PROOFS + 2 }, (_, at) => ({
      deviceId: `dev_other_${at}`,
    }));
    const answers = await Promise.all(
      others.map((one, at) => prover.prove({ from: 200 + at, to: third.size }, one)),
    );
    t.equal(answers.filter((proof) => proof !== null).length, MAX_WAITING_PROOFS);
    t.same(answers.slice(MAX_WAITING_PROOFS), [null, null], 'whoever comes then asks again');
    t.equal(reads - before, MAX_WAITING_PROOFS);
    const later = others.at(-1) ?? greedy;
    t.not(
      await prover.prove({ from: 201 + MAX_WAITING_PROOFS, to: third.size }, later),
      null,
      'and is answered',
    );
    await t.test('and no more proofs are kept than there is room for', async (t) => {
      const small = createProver({ ...deps, sql: counting, clock }, () => third.size);
      const begun = reads;
      for (let at = 0; at <= MAX_CACHED_PROOFS; at++) {
        const to = third.size - (at % 2);
        const from = 1 + (at >> 1);
        t.not(await small.prove({ from, to }, { deviceId: `dev_kept_${at}` }), null);
      }
      t.equal(reads - begun, MAX_CACHED_PROOFS + 1);
      await small.prove({ from: 1, to: third.size - 1 }, greedy);
      t.equal(reads - begun, MAX_CACHED_PROOFS + 1, 'the second is known');
      await small.prove({ from: 1, to: third.size }, greedy);
      t.equal(reads - begun, MAX_CACHED_PROOFS + 2, 'the first is read again');
    });
    for (const wrong of [
      { from: 5, to: 5 },
      { from: 6, to: 5 },
      { from: 5, to: third.size + 1 },
    ])
      t.equal(await prover.prove(wrong, sessions[0] ?? greedy), null);

    const takeAlarm = createTakeAlarm(deps, prover);
    const alarm = { type: 'audit.alarm', seen: first.envelope, shown: third.envelope } as const;
    await takeAlarm(greedy, alarm);
    t.same(await sql`SELECT 1 FROM audit_pending`, [], 'it does follow');
    const body = { v: 1, org: ORG, size: first.size, root: second.root, at: new Date().toISOString() };
    const seen = trust.seal('application/vnd.muster.audit-checkpoint.v1+json', body);
    await takeAlarm(greedy, { ...alarm, seen });
    const rows = await sql<
      { code: string }[]
    >`SELECT body::jsonb -> 'detail' ->> 'code' AS code FROM audit_pending`;
    t.same(rows, [{ code: 'E_AUDIT_FORK' }], 'a longer history without what the device saw');
  },
);
