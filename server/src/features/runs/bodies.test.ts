// Tests what travels beside commands: content down, files up, halts and the word of now, live events, and restarts in between.
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodePiece, encodePiece, type ServerMessage } from '@muster/protocol';
import {
  CLOCK_SKEW_MS,
  type Content,
  type Freshness,
  MAX_CANCELED,
  MAX_HALTS,
  MAX_SIGNER_HALTS,
  PIECE_BYTES,
  parseDocument,
} from '@muster/protocol/commands';
import t, { type Test } from 'tap';
import { until } from '../../core/testing/until.ts';
import type { TestSession } from '../inventory/testing/session.ts';
import {
  contentOf,
  makeCommand,
  newTestId,
  signCommand,
  signContent,
  signHalt,
  signLift,
} from './testing/documents.ts';
import { openStage, type Stage } from './testing/stage.ts';

const _DEADLINE_MS = 20_000;

const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();

async function order(stage: Stage, change: Parameters<typeof makeCommand>[1] = {}): Promise<string> {
  const command = makeCommand(stage, change);
  const { status, body } = await stage.call('POST', '/jobs', { envelope: signCommand(stage, command) });
  if (status !== 201) throw new Error(JSON.stringify(body));
  return command.cmdId;
}

const jobOf = async (stage: Stage, id: string) => (await stage.call('GET', `/jobs/${id}`)).body;
const isOffer = ({ type }: ServerMessage) => type === 'run.offer';

/** Uploads a body in pieces of that size; the last answer. */
async function upload(stage: Stage, digest: string, body: Buffer, size: number) {
  for (let offset = 0; ; offset += size) {
    const piece = body.subarray(offset, offset + size);
    const answer = await stage.call('PUT', `/content/${digest}/body?offset=${offset}`, piece);
    if (answer.status !== 200 || offset + size >= body.length) return answer;
  }
}

t.test(
  'content is approved by two, uploaded in pieces, and reaches the devices of its job only',
  async (t) => {
    const stage = await openStage(t, { devices: 2 });
    const body = randomBytes(300_001);
    const { digest, sha256, envelope } = signContent(stage, body, ['anna']);
    t.match(await stage.call('POST', '/content', { envelope }), {
      status: 201,
      body: { digest, sha256, state: 'awaiting-signatures', missing: 'body', signers: ['anna'], needed: 2 },
    });
    const wrong = await upload(stage, digest, randomBytes(body.length), 200_000);
    t.match(wrong, { status: 400, body: { code: 'E_HASH' } });
    t.match(
      (await stage.call('GET', `/content/${digest}`)).body,
      { receivedBytes: 0 },
      'another body is thrown away',
    );
    const out = await stage.call('PUT', `/content/${digest}/body?offset=5`, body.subarray(0, 10));
    t.match(out.body, { code: 'E_RANGE' });
    t.match(await upload(stage, digest, body, 100_000), {
      status: 200,
      body: { complete: true, received: body.length },
    });
    const args = { content: digest, parameters: {}, stdin: '', runAs: '' };
    const script = () => makeCommand(stage, { kind: 'script.run', args });
    const early = await stage.call('POST', '/jobs', { envelope: signCommand(stage, script()) });
    t.match(early.body, { code: 'E_CONTENT' }, 'one signer is not enough');
    const second = signContent(stage, body, ['ben']).envelope;
    t.match((await stage.call('POST', `/content/${digest}/signatures`, { envelope: second })).body, {
      code: 'E_REPLAY',
    });
    // The same document, signed by the other.
    const both = { ...envelope, signatures: [...envelope.signatures, ...resign(stage, envelope)] };
    t.match(await stage.call('POST', `/content/${digest}/signatures`, { envelope: both }), {
      status: 200,
      body: { state: 'approved', missing: null, signers: ['anna', 'ben'] },
    });
    // The same bytes once more, under other bounds: another document, which takes nothing away from the first.
    const draft = (change: Parameters<typeof contentOf>[1]) =>
      signContent(stage, contentOf(body, { runAs: ['www-data'], ...change }), ['anna']);
    const lonely = draft({});
    t.match(await stage.call('POST', '/content', { envelope: lonely.envelope }), {
      status: 201,
      body: { digest: lonely.digest, sha256, state: 'awaiting-signatures', missing: null },
    });
    const corrected = draft({ stdin: true });
    await stage.call('POST', '/content', { envelope: corrected.envelope });
    t.equal(
      (await stage.call('GET', `/content/${lonely.digest}`)).status,
      404,
      'what the same person drafted by the same name gives way',
    );
    const elsewhere = draft({ name: 'another script' });
    await stage.call('POST', '/content', { envelope: elsewhere.envelope });
    t.equal((await stage.call('GET', '/content')).body.content.length, 3);
    const lie = draft({ sizeBytes: body.length + 1 });
    t.match((await stage.call('POST', '/content', { envelope: lie.envelope })).body, { code: 'E_HASH' });
    const unapproved = { ...args, content: corrected.digest, runAs: 'www-data' };
    t.match(
      (
        await stage.call('POST', '/jobs', {
          envelope: signCommand(stage, makeCommand(stage, { kind: 'script.run', args: unapproved })),
        })
      ).body,
      { code: 'E_CONTENT' },
      'approved is one document, not the bytes',
    );
    t.same((await stage.call('GET', `/content/${digest}/body`)).bytes, body);

    const place = { path: '/etc/motd', mode: '0644', owner: '', group: '' };
    const aFile: Partial<Content> = { use: 'file', interpreter: 'none', timeoutMs: 0, okExits: [] };
    const add = (change: Parameters<typeof contentOf>[1]) => {
      const document = contentOf(Buffer.from('hello\n'), { ...aFile, ...change });
      return stage.call('POST', '/content', { envelope: signContent(stage, document, ['anna']).envelope });
    };
    for (const change of [{}, { place, stdin: true }, { place, use: 'script' as const }])
      t.match(await add(change), { status: 400, body: { code: 'E_CONTENT' } }, 'no device would take it');
    t.match(await add({ place }), { status: 201, body: { place, runAs: [], stdin: false } });

    const session = stage.connect(0);
    const ask = (to: TestSession, offset: number) =>
      stage.handlers.message('content.get')?.(to, { type: 'content.get', sha256, offset } as never);
    await ask(session, 0);
    t.match(session.sent.at(-1), { type: 'content.none', sha256 }, 'no job gives it to this device yet');
    const [first] = stage.devices;
    const list = [
      { id: first?.id ?? '', hostname: first?.hostname ?? '', fingerprint: first?.fingerprint ?? '' },
    ];
    await order(stage, { kind: 'script.run', args, targets: { list } });
    const offer = await session.next('run.offer');
    t.equal(offer.content[0]?.signatures.length, 2);
    t.equal(offer.content[0]?.payload, envelope.payload, 'the document that was named');
    let received = Buffer.alloc(0);
    while (received.length < body.length) {
      await ask(session, received.length);
      const frame = session.frames.at(-1);
      const piece = decodePiece(frame ?? new Uint8Array(0));
      t.ok(piece.data.length <= PIECE_BYTES && piece.offset === received.length);
      received = Buffer.concat([received, piece.data]);
    }
    t.same(received, body);
    const other = stage.connect(1);
    await ask(other, 0);
    t.match(other.sent.at(-1), { type: 'content.none' });
  },
);

/** Ben's signature over the same document. */
function resign(stage: Stage, envelope: ReturnType<typeof signContent>['envelope']) {
  const payload = Buffer.from(envelope.payload, 'base64url');
  const head = Buffer.from(
    `DSSEv1 ${envelope.payloadType.length} ${envelope.payloadType} ${payload.length} `,
  );
  const key = stage.trust.keys.ben;
  const sig = Buffer.from(key.sign(Buffer.concat([head, payload]))).toString('base64url');
  return [{ keyid: key.keyid, sig }];
}

t.test('a file comes piece by piece, goes on after a restart, and is held against its hash', async (t) => {
  const stage = await openStage(t, { devices: 1 });
  const file = randomBytes(3 * PIECE_BYTES + 17);
  const sha256 = hashOf(file).toString('base64url');
  const id = await order(stage, { kind: 'file.fetch', args: { path: '/etc/hostname' } });
  const path = `/jobs/${id}/runs/${stage.devices[0]?.id}/file`;
  t.equal((await stage.call('GET', path)).status, 404);
  const offer = { type: 'file.offer', cmdId: id, sha256, sizeBytes: file.length };
  const offerTo = (on: Stage, session: TestSession, change = {}) =>
    on.handlers.message('file.offer')?.(session, { ...offer, ...change } as never);
  const send = (on: Stage, session: TestSession, bytes: Buffer, offset: number) => {
    const data = bytes.subarray(offset, offset + PIECE_BYTES);
    const piece = { sha256: Buffer.from(sha256, 'base64url'), totalBytes: bytes.length, offset, data };
    return on.handlers.frame('piece')?.(session, encodePiece(piece));
  };
  const session = stage.connect(0);
  await session.next('run.offer');
  await offerTo(stage, session, { cmdId: newTestId('cmd') });
  t.match(session.sent.at(-1), { type: 'file.stored' }, 'what nobody asked for is let go of');
  await offerTo(stage, session);
  t.match(await session.next('file.want'), { offset: 0 });
  await send(stage, session, file, 0);
  t.match(await session.next('file.want'), { offset: PIECE_BYTES });
  await send(stage, session, file, 0);
  t.match(await session.next('file.want'), { offset: PIECE_BYTES }, 'a repeated piece changes nothing');
  await stage.stop();

  const next = await stage.again();
  const later = next.connect(0);
  await offerTo(next, later);
  t.match(await later.next('file.want'), { offset: PIECE_BYTES });
  const broken = Buffer.from(file);
  broken[file.length - 1] = (broken[file.length - 1] ?? 0) ^ 1;
  for (let offset = PIECE_BYTES; offset < file.length; offset += PIECE_BYTES)
    await send(next, later, broken, offset);
  const wants = later.sent.filter(({ type }) => type === 'file.want');
  t.match(wants.at(-1), { offset: 0 }, 'a wrong one is fetched again');
  t.equal((await next.call('GET', path)).status, 404);
  for (let offset = 0; offset < file.length; offset += PIECE_BYTES) await send(next, later, file, offset);
  t.match(later.sent.at(-1), { type: 'file.stored', sha256 });
  t.same((await next.call('GET', path)).bytes, file);
  await offerTo(next, later);
  t.match(later.sent.at(-1), { type: 'file.stored', sha256 });
});

t.test('a halt reaches everybody at once, holds what was not offered, and is lifted by two', async (t) => {
  const stage = await openStage(t, { devices: 3 });
  const sessions = [stage.connect(0), stage.connect(1)];
  const word = (session: TestSession | undefined) => {
    const last = session?.sent.findLast(({ type }) => type === 'freshness');
    if (last?.type !== 'freshness') throw new Error('no word');
    const payload = Buffer.from(last.envelope.payload, 'base64url');
    return { ...last, body: parseDocument<Freshness>(payload, 'freshness') };
  };
  const first = word(sessions[0]);
  const haltId = newTestId('hlt');
  const envelope = signHalt(stage, haltId, { what: 'kind', kind: 'service.*' });
  t.match(await stage.call('POST', '/halts', { envelope }), {
    status: 201,
    body: { id: haltId, state: 'in-force' },
  });
  t.equal((await stage.call('POST', '/halts', { envelope })).status, 201, 'the same again changes nothing');
  await stage.halts.settle();
  for (const session of sessions) t.match(word(session), { halts: [{}], body: { halts: [haltId] } });
  t.ok(word(sessions[0]).body.at > first.body.at, 'words only move forward');
  const id = await order(stage);
  const free = await order(stage, { kind: 'inventory.refresh', args: {} });
  t.match(await sessions[0]?.next('run.offer'), { cmdId: free }, 'another kind goes on');
  t.match((await jobOf(stage, id)).counts, { queued: 3 });
  await stage.stop();

  const next = await stage.again();
  const late = next.connect(2);
  t.match(word(late), { halts: [{}], body: { halts: [haltId] } });
  const one = signLift(next, haltId, ['anna']);
  t.match((await next.call('POST', `/halts/${haltId}/lift`, { envelope: one })).body, { code: 'E_QUORUM' });
  const two = signLift(next, haltId, ['anna', 'ben']);
  t.match((await next.call('POST', `/halts/${haltId}/lift`, { envelope: two })).body, { state: 'lifted' });
  await next.halts.settle();
  t.match(word(late), { halts: [], lifts: [{}], body: { halts: [] } });
  await until('the job goes on', () =>
    late.sent.some((message) => isOffer(message) && 'cmdId' in message && message.cmdId === id),
  );
  t.match((await next.call('GET', '/halts')).body, { halts: [{ id: haltId, liftedAt: String }] });
  const haltOne = async (who: 'anna' | 'ben' | 'cleo') => {
    const more = signHalt(next, newTestId('hlt'), { what: 'command', cmdId: newTestId('cmd') }, who);
    return (await next.call('POST', '/halts', { envelope: more })).body;
  };
  // The one that was lifted counts too: a device that was away holds it until it hears of the lift.
  for (let n = 1; n < MAX_SIGNER_HALTS; n++) t.match(await haltOne('cleo'), { state: 'in-force' });
  t.match(await haltOne('cleo'), { code: 'E_LIMIT', detail: /cleo has 32 halts.*everything or a kind/ });
  for (let n = MAX_SIGNER_HALTS; n < MAX_HALTS; n++) t.match(await haltOne('ben'), { state: 'in-force' });
  t.match(await haltOne('anna'), { code: 'E_LIMIT', detail: /There are 64 halts/ });
  await next.halts.settle();
  const full = word(late);
  t.equal(full.halts.length + full.lifts.length, MAX_HALTS, 'one word carries all of them');
});

t.test(
  'a halt and a lift whose answers were lost come into force by themselves, and again is no other',
  async (t) => {
    let isCut = true;
    const stage = await openStage(t, { devices: 1, isCut: () => isCut });
    const session = stage.connect(0);
    const haltId = newTestId('hlt');
    const halt = { envelope: signHalt(stage, haltId, { what: 'all' }) };
    const lift = { envelope: signLift(stage, haltId, ['anna', 'ben']) };
    const word = () => session.sent.findLast(({ type }) => type === 'freshness');
    const lost = { status: 503, body: { code: 'E_UNAVAILABLE' } };
    t.match(await stage.call('POST', '/halts', halt), lost);
    t.match((await stage.call('GET', '/halts')).body, { halts: [{ id: haltId, state: 'in-force' }] });
    await until('the device hears of it', () => has(word(), { halts: 1, lifts: 0 }));
    t.match(await stage.call('POST', `/halts/${haltId}/lift`, lift), lost);
    await until('the device hears of its end', () => has(word(), { halts: 0, lifts: 1 }));
    isCut = false;
    t.match(await stage.call('POST', `/halts/${haltId}/lift`, lift), {
      status: 200,
      body: { state: 'lifted' },
    });

    isCut = true;
    const other = { envelope: signHalt(stage, newTestId('hlt'), { what: 'all' }) };
    t.match(await stage.call('POST', '/halts', other), lost);
    isCut = false;
    t.equal((await stage.call('POST', '/halts', other)).status, 201, 'who hands it in again at once is told');
    await stage.halts.settle();
    t.ok(has(word(), { halts: 1, lifts: 1 }));
    t.match(await stage.sql`SELECT count(*) AS count FROM halt`, [{ count: 2 }]);
  },
);

function has(
  word: TestSession['sent'][number] | undefined,
  counts: { halts: number; lifts: number },
): boolean {
  return (
    word?.type === 'freshness' && word.halts.length === counts.halts && word.lifts.length === counts.lifts
  );
}

t.test(
  'a canceled command stands in the word of now until its time is over, also after a restart',
  async (t) => {
    const stage = await openStage(t, { devices: 2 });
    const session = stage.connect(0);
    const id = await order(stage);
    await session.next('run.offer');
    t.match((await stage.call('POST', `/jobs/${id}/cancel`, { reason: 'No.' })).body, {
      state: 'canceled',
      counts: { offered: 1, canceled: 1 },
    });
    await stage.halts.settle();
    const last = session.sent.findLast(({ type }) => type === 'freshness');
    t.ok(last?.type === 'freshness' && Buffer.from(last.envelope.payload, 'base64url').includes(id));
    await stage.stop();
    const next = await stage.again();
    const later = next.connect(0);
    const word = await later.next('freshness');
    t.ok(Buffer.from(word.envelope.payload, 'base64url').includes(id));
    await next.report(later, { cmdId: id }, ['canceled']);
    t.match(await jobOf(next, id), { state: 'canceled', endedAt: String, counts: { canceled: 2 } });
  },
);

/** Canceled jobs with a run that has not ended, by those that are: copies of one. */
async function copyCanceled(stage: Stage, id: string, count: number): Promise<void> {
  await stage.database.sql`
    INSERT INTO job (tenant, id, digest, kind, class, requester, made_by, envelope, options, signers, targets, state,
      not_before, not_after, created_at)
    SELECT tenant, 'cmd_' || lpad(translate(n::text, '0189', 'abcd'), 26, 'z'), digest, kind, class, requester, made_by, envelope,
      options, signers, targets, state, not_before, not_after, created_at
    FROM job, generate_series(1, ${count}::integer) AS n WHERE id = ${id}`;
}

t.test(
  'a word names every canceled command by which something could start, and more are not canceled',
  async (t) => {
    const stage = await openStage(t, { devices: 1 });
    const session = stage.connect(0);
    const canceledIn = (of: TestSession) => {
      const last = of.sent.findLast(({ type }) => type === 'freshness');
      if (last?.type !== 'freshness') throw new Error('no word');
      return parseDocument<Freshness>(Buffer.from(last.envelope.payload, 'base64url'), 'freshness').canceled;
    };
    const cancel = async (id: string) =>
      (await stage.call('POST', `/jobs/${id}/cancel`, { reason: 'No.' })).body;
    const [first, second, third] = [await order(stage), await order(stage), await order(stage)];
    t.match(await cancel(first), { state: 'canceled', endedAt: null });
    await copyCanceled(stage, first, MAX_CANCELED - 2);
    const answers = await Promise.all([cancel(second), cancel(third)]);
    t.match(
      answers.toSorted((a, b) => String(a.state).localeCompare(String(b.state))),
      [{ state: 'canceled' }, { code: 'E_LIMIT', detail: /halt --job cmd_/ }],
      'the last place has one taker',
    );
    await stage.halts.settle();
    t.equal(new Set(canceledIn(session)).size, MAX_CANCELED);
    t.ok(canceledIn(session).includes(first), 'the oldest too');
    const kept = answers[0].state === 'canceled' ? third : second;
    t.match(await jobOf(stage, kept), { state: 'running' }, 'what could not be canceled goes on');
    // What was offered to nobody needs no word.
    const hour = 3_600_000;
    const plan = await order(stage, {
      notBefore: new Date(Date.now() + hour).toISOString(),
      notAfter: new Date(Date.now() + 2 * hour).toISOString(),
    });
    t.match(await cancel(plan), { state: 'canceled', endedAt: String });
    // A device has reported its end: nothing can start by that command any more.
    await stage.report(session, { cmdId: first }, ['canceled']);
    await until('it is over', async () => (await jobOf(stage, first)).endedAt !== null);
    t.match(await cancel(kept), { state: 'canceled' });
    await stage.halts.settle();
    const named = canceledIn(session);
    t.ok(named.includes(kept) && !named.includes(first));
    await stage.database.sql`DELETE FROM job WHERE id LIKE 'cmd_zzzz%'`;
    // A word is behind notAfter when it drops an id, so who takes that word starts nothing by it.
    const notAfterMs = Date.parse((await jobOf(stage, kept)).notAfter);
    for (const [sinceMs, isNamed] of [
      [-1, true],
      [CLOCK_SKEW_MS - 1, true],
      [CLOCK_SKEW_MS, false],
    ] as const) {
      stage.clock.nowMs = notAfterMs + sinceMs;
      t.match(await cancel(await order(stage)), { state: 'canceled' }, 'another is said');
      await stage.halts.settle();
      t.equal(canceledIn(session).includes(kept), isNamed, `${sinceMs} ms after notAfter`);
      const last = session.sent.findLast(({ type }) => type === 'freshness');
      if (last?.type !== 'freshness') throw new Error('no word');
      const { at } = parseDocument<Freshness>(Buffer.from(last.envelope.payload, 'base64url'), 'freshness');
      t.ok(isNamed || Date.parse(at) > notAfterMs);
    }
  },
);

t.test('a device that lacks a word gets it and the offer again, a bounded number of times', async (t) => {
  const stage = await openStage(t, { devices: 1 });
  const session = stage.connect(0);
  const id = await order(stage);
  await session.next('run.offer');
  const words = () => session.sent.filter(({ type }) => type === 'freshness').length;
  const before = words();
  const later = { type: 'run.later', cmdId: id, code: 'E_STALE', message: 'x' };
  for (let n = 0; n < 10; n++) await stage.handlers.message('run.later')?.(session, later as never);
  t.equal(words() - before, 10);
  await until('it is offered again', () => session.sent.filter(isOffer).length >= 2);
  await stage.handlers.message('trust.get')?.(session, { type: 'trust.get', after: 1 } as never);
  t.match(session.sent.at(-1), { type: 'trust.chain', trust: [] });
});

/** Follows a job's events over a real socket. */
async function follow(t: Test, stage: Stage, id: string) {
  await stage.app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = stage.app.server.address() as AddressInfo;
  const asked = request({ port, path: `/api/v1/jobs/${id}/events`, agent: false }).end();
  const [response] = await once(asked, 'response');
  t.teardown(() => asked.destroy());
  let text = '';
  response.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  const events = () =>
    text.split('\n\n').flatMap((block) => {
      const [, event, data] = /^event: (\w+)\ndata: (.*)$/m.exec(block) ?? [];
      return event === undefined ? [] : [{ event, data: JSON.parse(data ?? '') }];
    });
  return { events, has: (event: string) => text.includes(`event: ${event}\n`), response };
}

t.test('who watches a job sees progress, runs and output, and the end', async (t) => {
  const stage = await openStage(t, { devices: 2 });
  const session = stage.connect(0);
  const id = await order(stage);
  const { events } = await follow(t, stage, id);
  await until('the first progress', () => events().length > 0);
  t.match(events()[0], { event: 'progress', data: { state: 'running', counts: { offered: 1, queued: 1 } } });
  await stage.report(session, { cmdId: id }, ['accepted', 'running']);
  const half = Buffer.from('ä');
  const say = (data: Buffer, offset: number) =>
    stage.handlers.message('run.output')?.(session, {
      ...{ type: 'run.output', cmdId: id, offset, data: data.toString('base64url') },
    } as never);
  await say(half.subarray(0, 1), 0);
  await say(half.subarray(1), 1);
  await stage.report(session, { cmdId: id }, ['succeeded'], { n: 3 });
  await stage.call('POST', `/jobs/${id}/cancel`, { reason: 'Enough.' });
  await until('the end', () => events().some(({ event }) => event === 'end'));
  const deviceId = stage.devices[0]?.id;
  const text = events()
    .flatMap(({ event, data }) => (event === 'output' ? [data.text] : []))
    .join('');
  t.equal(text, 'ä', 'a character in two pieces stays whole');
  const runs = events().flatMap(({ event, data }) => (event === 'run' ? [data] : []));
  t.match(runs, [{ deviceId, state: 'accepted' }, { state: 'running' }, { state: 'succeeded' }]);
  t.match(events().at(-1), {
    event: 'end',
    data: { state: 'canceled', counts: { succeeded: 1, canceled: 1 } },
  });
});

t.test('a reader that does not read loses lines, is told so, and holds up nobody', async (t) => {
  const stage = await openStage(t, { devices: 1 });
  const session = stage.connect(0);
  const id = await order(stage);
  const { events, has: hasEvent, response } = await follow(t, stage, id);
  await until('the first progress', () => events().length > 0);
  await stage.report(session, { cmdId: id }, ['accepted', 'running']);
  response.pause();
  const data = Buffer.alloc(16_000, 'x').toString('base64url');
  let said = 0;
  const say = async () => {
    const message = { type: 'run.output', cmdId: id, offset: said, data };
    said += 1;
    await stage.handlers.message('run.output')?.(session, message as never);
  };
  // More than the socket and its buffers take.
  while (said < 2_000) await say();
  response.resume();
  await until('it is told with the first line that he can take', async () => {
    await say();
    return hasEvent('dropped');
  });
  await stage.report(session, { cmdId: id }, ['succeeded'], { n: 3 });
  await until('the end', () => events().some(({ event }) => event === 'end'));
  const dropped = events().find(({ event }) => event === 'dropped');
  t.ok(dropped?.data.events > 0 && dropped?.data.events < said - 1);
});

t.test(
  'a server that dies between commit and sending, or between commit and answer, loses nothing',
  async (t) => {
    const stage = await openStage(t, { devices: 2 });
    // Whatever it sends after the commit is lost with it.
    for (const idx of [0, 1]) stage.connect(idx).send = () => undefined;
    const id = await order(stage);
    t.match((await jobOf(stage, id)).counts, { offered: 2 }, 'stored as offered');

    const next = await stage.again();
    const session = next.connect(0);
    const offer = await session.next('run.offer');
    const own = session.send.bind(session);
    session.send = (message) => (message.type === 'ack' ? undefined : own(message));
    await next.report(session, offer, ['accepted', 'running', 'succeeded'], { output: 'done' });
    t.notOk(session.sent.some(({ type }) => type === 'ack'));

    const last = await next.again();
    const again = last.connect(0);
    await last.report(again, offer, ['accepted', 'running', 'succeeded'], { output: 'done' });
    t.equal(
      again.sent.filter(({ type }) => type === 'ack').length,
      3,
      'the same reports are acknowledged now',
    );
    t.notOk(again.sent.some(isOffer), 'a finished run is not offered again');
    t.match((await jobOf(last, id)).counts, { succeeded: 1, offered: 1 });
    t.match(await last.sql`SELECT count(*) AS count FROM job_exception`, [{ count: 1 }]);
    const other = last.connect(1);
    await last.report(other, await other.next('run.offer'), ['accepted', 'running', 'succeeded']);
    t.match(await jobOf(last, id), { state: 'done', counts: { succeeded: 2 } });
  },
);

t.test(
  'a database that is away acknowledges nothing, and what was sent meanwhile is stored when it is back',
  async (t) => {
    const stage = await openStage(t, { devices: 1 });
    const session = stage.connect(0);
    const id = await order(stage);
    const offer = await session.next('run.offer');
    const reports = stage.report(session, offer, ['accepted', 'running', 'succeeded']);
    for (let n = 0; n < 3; n++)
      await stage.sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()`.catch(() => undefined);
    await reports;
    t.match(await jobOf(stage, id), { state: 'done', counts: { succeeded: 1 } });
  },
);

t.test('a burst of reports of many devices costs few statements', async (t) => {
  const stage = await openStage(t, { devices: 600 });
  const devices = stage.devices.slice(0, 600).map(({ id }) => id);
  const { snapshot, root, count } = (await stage.call('POST', '/targets', { devices })).body;
  const sessions = stage.devices.map(({ idx }) => stage.connect(idx));
  const command = makeCommand(stage, { targets: { root, count } });
  const before = stage.database.statements();
  const { status } = await stage.call('POST', '/jobs', { envelope: signCommand(stage, command), snapshot });
  t.equal(status, 201);
  const offers = await Promise.all(sessions.map((session) => session.next('run.offer')));
  await Promise.all(
    sessions.map((session, at) =>
      stage.report(session, offers[at] ?? { cmdId: '' }, ['accepted', 'running', 'succeeded']),
    ),
  );
  const used = stage.database.statements() - before;
  t.match(await jobOf(stage, command.cmdId), { state: 'done', counts: { succeeded: 600 } });
  t.ok(used < 200, `${used} statements for 600 devices and 1,800 reports`);
});
