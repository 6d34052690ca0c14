// Tests that a signed result comes back from its row to the byte, whatever the device wrote, and that a repeated commit finds its own rows.
import { createHash, randomBytes } from 'node:crypto';
import { decodeBase64url, type Envelope, encodeUtf8, sealEnvelope } from '@muster/protocol';
import { RESULT_TYPE, type Result } from '@muster/protocol/commands';
import fc from 'fast-check';
import t from 'tap';
import { packResult, type ResultPlace, unpackResult } from './packed.ts';
import { makeCommand, signCommand } from './testing/documents.ts';
import { openStage, type Stage } from './testing/stage.ts';

const keyid = '0123456789abcdef';
const empty = createHash('sha256').digest('base64url');

const usual: Result = {
  v: 1,
  org: `org_${'a'.repeat(26)}`,
  deviceId: `dev_${'b'.repeat(26)}`,
  cmdId: `cmd_${'c'.repeat(26)}`,
  state: 'succeeded',
  code: null,
  exit: 0,
  summary: 'Done.',
  startedAt: '2026-03-01T10:00:00.000Z',
  endedAt: '2026-03-01T10:00:01.250Z',
  attempts: 1,
  unchanged: false,
  dryRun: false,
  outputSha256: empty,
  outputBytes: 0,
};

function placeOf(result: Result, change: Partial<ResultPlace> = {}): ResultPlace {
  const { org, cmdId, deviceId, code, summary: message, exit } = result;
  const at = new Date('2026-03-01T10:00:02.000Z');
  return { org, cmdId, deviceId, at, code, message, exit, output: null, ...change };
}

const write = (result: object) => encodeUtf8(JSON.stringify(result));

t.test('what agents write is packed small and comes back to the byte', async (t) => {
  const packed = packResult({ payload: write(usual), keyid }, usual, placeOf(usual));
  t.ok((packed?.length ?? Number.NaN) <= 20, `${packed?.length} bytes of ${write(usual).length}`);
  const hash = fc.constantFrom(empty, createHash('sha256').update('x').digest('base64url'));
  const time = fc.constantFrom(
    ...['0000-01-01T00:00:00.000Z', '2026-03-01T10:00:02.000Z', '9999-12-31T23:59:59.999Z'],
    '2026-02-30T10:00:00.000Z',
  );
  const result = fc.record({
    state: fc.constantFrom('succeeded', 'failed', 'canceled', 'expired', 'refused', 'quarantined'),
    code: fc.constantFrom(null, 'E_TIME', 'E_SIG'),
    exit: fc.constantFrom(null, 0, 255),
    summary: fc.oneof(
      fc.string({ unit: 'binary', maxLength: 512 }),
      fc.constantFrom('\ufeffx', '\ud800', 'é'),
    ),
    startedAt: fc.option(time),
    endedAt: time,
    attempts: fc.integer({ min: 0, max: 16 }),
    unchanged: fc.boolean(),
    dryRun: fc.boolean(),
    outputSha256: hash,
    outputBytes: fc.maxSafeNat(),
  });
  const row = fc.record({
    code: fc.constantFrom(null, 'E_TIME'),
    message: fc.constantFrom('Done.', 'é'),
    exit: fc.constantFrom(null, 0),
    output: fc.option(fc.uint8Array({ minLength: 32, maxLength: 32 })),
  });
  let packedOnes = 0;
  fc.assert(
    fc.property(result, row, fc.boolean(), (one, odd, isTold) => {
      const whole = { ...usual, ...one } as Result;
      const place = placeOf(whole, isTold ? {} : odd);
      const payload = write(whole);
      const found = packResult({ payload, keyid }, whole, place);
      if (found === null) return;
      packedOnes += 1;
      t.not(found[0], '{'.charCodeAt(0));
      t.same(unpackResult(found, place), { payload, keyid });
    }),
    { numRuns: 500 },
  );
  t.ok(packedOnes > 100, `${packedOnes} were packed`);
});

t.test('what is written in another way is left as it was signed', async (t) => {
  const { v, ...others } = usual;
  const odd: [string, Uint8Array, string][] = [
    ['members in another order', write({ ...others, v }), keyid],
    ['blanks', encodeUtf8(JSON.stringify(usual, null, 1)), keyid],
    ['an escape that need not be', encodeUtf8(JSON.stringify(usual).replace('Done', '\\u0044one')), keyid],
    [
      'a number in another spelling',
      encodeUtf8(JSON.stringify(usual).replace('"outputBytes":0', '"outputBytes":0.0')),
      keyid,
    ],
    ['a hint that is none', write(usual), 'a key'],
    ['a hint in capitals', write(usual), keyid.toUpperCase()],
  ];
  for (const [what, payload, hint] of odd)
    t.equal(packResult({ payload, keyid: hint }, usual, placeOf(usual)), null, what);
  const place = placeOf(usual, { exit: 1 });
  t.equal(packResult({ payload: write(usual), keyid }, usual, place), null, 'a row that says something else');
});

t.test('damaged bytes are no result, and nothing worse', async (t) => {
  const place = placeOf(usual);
  const packed = packResult({ payload: write(usual), keyid }, usual, place) ?? new Uint8Array();
  for (let length = 0; length < packed.length; length += 1)
    t.equal(unpackResult(packed.subarray(0, length), place), null);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      unpackResult(Uint8Array.of(1, ...bytes), place);
    }),
  );
  t.equal(unpackResult(Uint8Array.of(2, ...packed.subarray(1)), place), null, 'another form');
});

/** Orders something of the first device; its id. */
async function order(stage: Stage): Promise<string> {
  const command = makeCommand(stage);
  const { status, body } = await stage.call('POST', '/jobs', { envelope: signCommand(stage, command) });
  if (status !== 201) throw new Error(JSON.stringify(body));
  return command.cmdId;
}

/** A device ends its run with those signed bytes; what the API then says of it. */
async function tell(
  stage: Stage,
  idx: number,
  {
    cmdId,
    payload,
    message = '',
  }: { readonly cmdId: string; readonly payload: Uint8Array; readonly message?: string },
) {
  const device = stage.devices[idx];
  if (device === undefined) throw new Error(`no device ${idx}`);
  const result: Envelope = sealEnvelope(RESULT_TYPE, payload, [device.key]);
  const session = stage.connect(idx);
  await session.next('run.offer');
  await stage.report(session, { cmdId }, ['succeeded'], { message, result });
  const { body } = await stage.call('GET', `/jobs/${cmdId}/runs/${device.id}`);
  return { result, body };
}

t.test(
  'the API gives back what the device signed, packed or not, also from rows of older servers',
  async (t) => {
    const stage = await openStage(t, { devices: 4 });
    const cmdId = await order(stage);
    const of = (idx: number, change: object = {}) =>
      ({ ...usual, org: stage.trust.org, cmdId, deviceId: stage.devices[idx]?.id, ...change }) as Result;
    const { v, ...others } = of(1);
    const cases: [string, Uint8Array, string, boolean][] = [
      ['as agents write it', write(of(0)), '', true],
      ['in another order', write({ ...others, v }), '', false],
      [
        'with a summary beside the message',
        write(of(2, { summary: 'ü'.repeat(512) })),
        'Something else.',
        true,
      ],
      ['of another organization', write(of(3, { org: `org_${'z'.repeat(26)}` })), '', false],
    ];
    for (const [idx, [what, payload, message, isPacked]] of cases.entries()) {
      const { result, body } = await tell(stage, idx, { cmdId, payload, message });
      t.same(body.result, result, what);
      t.equal(body.isGenuine, true, what);
      const [row] = await stage.sql<
        { payload: Buffer }[]
      >`SELECT payload FROM job_exception WHERE idx = ${idx}`;
      t.equal(row?.payload.equals(Buffer.from(payload)), !isPacked, what);
    }
    const [first] = cases;
    const plain = Buffer.from(first?.[1] ?? []);
    await stage.sql`UPDATE job_exception SET payload = ${plain}, keyid = 'an old hint' WHERE idx = 0`;
    const { body } = await stage.call('GET', `/jobs/${cmdId}/runs/${stage.devices[0]?.id}`);
    t.same(decodeBase64url(body.result.payload), new Uint8Array(plain));
    t.equal(body.result.signatures[0].keyid, 'an old hint');
    await stage.sql`UPDATE job_exception SET payload = ${randomBytes(9)}, keyid = '' WHERE idx = 0`;
    t.match((await stage.call('GET', `/jobs/${cmdId}/runs/${stage.devices[0]?.id}`)).body, {
      isGenuine: false,
    });
  },
);

t.test('a row that is there already is written over, whoever put it there', async (t) => {
  const stage = await openStage(t, { devices: 2 });
  const cmdId = await order(stage);
  // As a commit leaves it whose answer is lost.
  await stage.sql`INSERT INTO job_exception (tenant, job, idx, n, at) SELECT tenant, number, 0, 1, now() FROM job`;
  const payload = (idx: number) =>
    write({ ...usual, org: stage.trust.org, cmdId, deviceId: stage.devices[idx]?.id });
  const answers = await Promise.all([0, 1].map((idx) => tell(stage, idx, { cmdId, payload: payload(idx) })));
  for (const { result, body } of answers) t.match(body, { state: 'succeeded', result, isGenuine: true });
  t.match(await stage.sql`SELECT count(*) AS count FROM job_exception`, [{ count: 2 }]);

  const again = await order(stage);
  const session = stage.connect(0);
  await stage.report(session, await session.next('run.offer'), ['accepted']);
  await stage.report(session, { cmdId: again }, ['deferred'], { code: 'E_TIME', message: 'It waits.' });
  // A restart: what was noted of an open run is read.
  const next = await stage.again();
  const back = next.connect(0);
  await next.report(back, { cmdId: again }, ['running'], { n: 3 });
  await next.report(back, { cmdId: again }, ['succeeded'], { n: 4 });
  const { body } = await next.call('GET', `/jobs/${again}/runs/${stage.devices[0]?.id}`);
  t.match(body, { state: 'succeeded', isGenuine: true, message: 'It succeeded.', code: null });
});
