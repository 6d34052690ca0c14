// Golden frames: what each message and binary frame looks like on the wire, and what is refused.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import t from 'tap';
import { documents } from './generated/validators.ts';
import {
  decodeAgentMessage,
  decodeBodyFrame,
  decodeBundleFrame,
  decodeChunkFrame,
  decodeHeartbeat,
  decodeLiveFrame,
  decodeServerMessage,
  encodeBodyFrame,
  encodeBundleFrame,
  encodeChunkFrame,
  encodeHeartbeat,
  encodeHex,
  encodeLiveFrame,
  type Heartbeat,
  isMusterError,
  joinFrames,
  MAX_BUNDLE_FRAMES,
  MAX_FRAME_BYTES,
  splitFrames,
} from './index.ts';
import { fromAgent, fromServer } from './schemas.ts';

/** One example of every message; a change here is a change of the protocol and belongs into capability.ts. */
const golden = JSON.parse(readFileSync(new URL('../fixtures/messages.json', import.meta.url), 'utf8')) as {
  fromAgent: Record<string, Record<string, unknown>>;
  fromServer: Record<string, Record<string, unknown>>;
};

const sides = [
  { name: 'agent', decode: decodeAgentMessage, schemas: fromAgent, examples: golden.fromAgent },
  { name: 'server', decode: decodeServerMessage, schemas: fromServer, examples: golden.fromServer },
];

function codeOf(work: () => unknown): string {
  try {
    work();
    return 'accepted';
  } catch (error) {
    if (!isMusterError(error)) throw error;
    return error.code;
  }
}

for (const { name, decode, schemas, examples } of sides) {
  t.test(`messages of the ${name}`, async (t) => {
    t.same(Object.keys(examples).sort(), Object.keys(schemas).sort(), 'every message has a golden example');
    for (const [type, example] of Object.entries(examples)) {
      t.same(decode(JSON.stringify(example)), example, `${type} is accepted as it is`);
      t.equal(
        codeOf(() => decode(JSON.stringify({ ...example, extra: 1 }))),
        'E_SHAPE',
        `${type} is closed`,
      );
      for (const field of Object.keys(example)) {
        const { [field]: _left, ...rest } = example;
        const expected = field === 'type' || field !== 'retryAfterMs' ? 'E_SHAPE' : 'accepted';
        t.equal(
          codeOf(() => decode(JSON.stringify(rest))),
          expected,
          `${type} without ${field}`,
        );
        t.equal(
          codeOf(() => decode(JSON.stringify({ ...example, [field]: { deep: [] } }))),
          'E_SHAPE',
          `${type} with a wrong ${field}`,
        );
      }
    }
  });
}

t.test('a welcome says over which time to come back, or does not', async (t) => {
  const hash = 'A'.repeat(43);
  const id = (kind: string) => `${kind}_${'a'.repeat(26)}`;
  const body = {
    ...{ org: id('org'), deviceId: id('dev'), sessionId: id('ses'), serverNonce: hash, agentNonce: hash },
    ...{ epoch: 1, at: '2026-11-23T04:00:00.000Z', beatMs: 60_000, window: 64 },
  };
  const fits = (reconnectWindowMs: unknown) => documents.welcomeBody?.({ ...body, reconnectWindowMs });
  t.equal(documents.welcomeBody?.(body), true, 'as of an older server');
  t.same([1, 25_000, 300_000].map(fits), [true, true, true]);
  t.same([0, -1, 0.5, 300_001, null, '1'].map(fits), Array(6).fill(false));
});

t.test('text frames that are no messages', async (t) => {
  t.equal(
    codeOf(() => decodeAgentMessage('{"type":"constructor"}')),
    'E_TYPE',
    'names of Object are no messages',
  );
  t.equal(
    codeOf(() => decodeAgentMessage('{"type":"welcome"}')),
    'E_TYPE',
    'a message of the other side',
  );
  t.equal(
    codeOf(() => decodeAgentMessage('[]')),
    'E_SHAPE',
  );
  t.equal(
    codeOf(() => decodeAgentMessage('null')),
    'E_SHAPE',
  );
  t.equal(
    codeOf(() => decodeAgentMessage('"x"')),
    'E_SHAPE',
  );
  t.equal(
    codeOf(() => decodeAgentMessage(`"${'x'.repeat(MAX_FRAME_BYTES)}"`)),
    'E_SIZE',
  );
  t.equal(
    codeOf(() => decodeAgentMessage('['.repeat(5000))),
    'E_SHAPE',
    'deep nesting is found without recursion',
  );
  t.throws(() => decodeAgentMessage('{"type":"alert"'), 'no JSON');
  fc.assert(
    fc.property(fc.string(), (text) => {
      t.not(
        codeOf(() => decodeServerMessage(text)),
        'accepted',
      );
    }),
    { numRuns: 200 },
  );
});

const beat: Heartbeat = {
  inventoryDigest: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
  uptimeS: 86_400,
  outboxDepth: 3,
  dropped: 5,
  cpuUsedRatio: 0.25,
  memoryUsedRatio: 0.5,
  swapUsedRatio: null,
  diskUsedRatio: 1,
  loadPerCpu: 1.25,
};

t.test('heartbeats', async (t) => {
  t.equal(
    encodeHex(encodeHeartbeat(beat)),
    '0100030080510100010203040506070 8c4098813ffff10277d00000005000000'.replaceAll(' ', ''),
  );
  t.same({ ...decodeHeartbeat(encodeHeartbeat(beat)) }, beat);
  const longer = new Uint8Array(64);
  longer.set(encodeHeartbeat(beat));
  t.same(decodeHeartbeat(longer), beat, 'a longer one of a newer agent is read as far as known');
  t.equal(
    codeOf(() => decodeHeartbeat(encodeHeartbeat(beat).subarray(0, 31))),
    'E_SHAPE',
  );
  t.equal(
    codeOf(() => decodeHeartbeat(new Uint8Array(32))),
    'E_SHAPE',
  );
  const extreme = {
    ...beat,
    cpuUsedRatio: 7e9,
    memoryUsedRatio: -1,
    diskUsedRatio: Number.NaN,
    loadPerCpu: 1e9,
    uptimeS: 1e12,
    outboxDepth: 1e6,
    dropped: 1e12,
  };
  t.match(decodeHeartbeat(encodeHeartbeat(extreme)), {
    memoryUsedRatio: 0,
    diskUsedRatio: null,
    outboxDepth: 65_535,
    uptimeS: 0xffffffff,
    dropped: 0xffffffff,
  });
});

t.test('frames with a body', async (t) => {
  const data = Uint8Array.of(9, 8, 7);
  const hash = new Uint8Array(32).fill(0xab);
  const body = encodeBodyFrame({ encoding: 'deflate', rawBytes: 1000, hash, data });
  t.equal(encodeHex(body), `02010000e8030000${'ab'.repeat(32)}090807`);
  t.same(decodeBodyFrame(body), { encoding: 'deflate', rawBytes: 1000, hash, data });
  t.equal(encodeHex(encodeChunkFrame({ seq: 1, chunk: data })), '03000000000000000000f03f090807');
  t.same(decodeChunkFrame(encodeChunkFrame({ seq: 2 ** 53 - 1, chunk: data })), {
    seq: 2 ** 53 - 1,
    chunk: data,
  });
  const live = encodeLiveFrame({ id: 7, encoding: 'raw', rawBytes: 3, data });
  t.equal(encodeHex(live), '040000000700000003000000090807');
  t.same(decodeLiveFrame(live), { id: 7, encoding: 'raw', rawBytes: 3, data });
});

t.test('bundles of bodies', async (t) => {
  const hash = new Uint8Array(32).fill(1);
  const bodyOf = (n: number) =>
    encodeBodyFrame({ encoding: 'raw', rawBytes: n, hash, data: new Uint8Array(n) });
  const frames = [bodyOf(1), bodyOf(2)];
  const raw = joinFrames(frames);
  t.same(splitFrames(raw), frames);
  t.same(splitFrames(new Uint8Array(0)), []);
  const bundle = encodeBundleFrame({ encoding: 'raw', rawBytes: raw.length, data: raw });
  t.equal(encodeHex(bundle.subarray(0, 12)), '050000005b00000029000000');
  t.same(decodeBundleFrame(bundle), { encoding: 'raw', rawBytes: raw.length, data: raw });
  for (const cut of [1, 3, 44, raw.length - 1]) {
    t.equal(
      codeOf(() => splitFrames(raw.subarray(0, cut))),
      'E_SHAPE',
      `cut at ${cut}`,
    );
  }
  const tooMany = Array.from({ length: MAX_BUNDLE_FRAMES + 1 }, () => new Uint8Array(0));
  t.equal(
    codeOf(() => splitFrames(joinFrames(tooMany))),
    'E_SIZE',
  );
  const tooLarge = encodeBundleFrame({ encoding: 'raw', rawBytes: 5 * 1024 * 1024, data: raw });
  t.equal(
    codeOf(() => decodeBundleFrame(tooLarge)),
    'E_SIZE',
  );
  t.equal(
    codeOf(() => decodeBundleFrame(new Uint8Array(8))),
    'E_SHAPE',
  );
});

t.test('broken frames get their code', async (t) => {
  const hash = new Uint8Array(32);
  const data = new Uint8Array(1);
  const tooLarge = { encoding: 'raw', rawBytes: 5 * 1024 * 1024, hash, data } as const;
  t.equal(
    codeOf(() => decodeBodyFrame(encodeBodyFrame(tooLarge))),
    'E_SIZE',
  );
  t.equal(
    codeOf(() => decodeLiveFrame(encodeLiveFrame({ ...tooLarge, id: 1 }))),
    'E_SIZE',
  );
  t.equal(
    codeOf(() => decodeChunkFrame(encodeChunkFrame({ seq: 1, chunk: new Uint8Array(128 * 1024 + 1) }))),
    'E_SIZE',
  );
  for (const seq of [0, -1, 1.5, Number.NaN, 2 ** 53]) {
    t.equal(
      codeOf(() => decodeChunkFrame(encodeChunkFrame({ seq, chunk: data }))),
      'E_SHAPE',
      `sequence number ${seq}`,
    );
  }
  const odd = encodeBodyFrame({ encoding: 'raw', rawBytes: 1, hash, data });
  odd[1] = 2;
  t.equal(
    codeOf(() => decodeBodyFrame(odd)),
    'E_SHAPE',
    'an unknown encoding',
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      for (const decode of [decodeHeartbeat, decodeBodyFrame, decodeChunkFrame, decodeLiveFrame])
        codeOf(() => decode(bytes));
    }),
  );
});
