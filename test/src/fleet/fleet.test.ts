// The logic of the fleet by itself: framing against the ws library, the timer wheel, profiles, counts, characters, inventories, options.
import { createHash } from 'node:crypto';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import { inflateRawSync } from 'node:zlib';
import {
  decodeBodyFrame,
  decodeBundleFrame,
  decodeChunk,
  findMetric,
  rootInput,
  SUBPROTOCOL,
  splitFrames,
} from '@muster/protocol';
import t from 'tap';
import { WebSocketServer } from 'ws';
import { FILE_PATIENCE_MS, until } from '../support/wait.ts';
import { characterOf } from './characters.ts';
import { sayWhyEnded } from './demo.ts';
import { drawLine, drawScreen } from './display.ts';
import { hasFault, parseFaults, wrongClockMs } from './faults.ts';
import { countProcesses } from './fleet.ts';
import { addBuckets, createHistogram, quantileOf } from './histogram.ts';
import { createInventories } from './inventories.ts';
import { createChunkMaker, type Filling, levelsOf } from './measurements.ts';
import { readFleetOptions } from './options.ts';
import { accelerate, describeLoad, jitter, profiles } from './profile.ts';
import { createRandom } from './random.ts';
import { describeStats, mergeStats, statsSince, zeroCounters } from './stats.ts';
import { createWheel, WHEEL_TICK_MS } from './wheel.ts';
import { createDialer } from './wire/dial.ts';
import { createFrameReader, encodeFrame, OPCODE } from './wire/frames.ts';
import { createUpgrade } from './wire/upgrade.ts';

t.setTimeout(FILE_PATIENCE_MS);

/** A text of that many bytes that is no repetition. */
const textOf = (bytes: number) =>
  Array.from({ length: bytes }, (_, at) => String.fromCharCode(97 + ((at * 7) % 26))).join('');

t.test(
  'frames and upgrade are understood by the ws library, and what it sends is understood here',
  async (t) => {
    const server = new WebSocketServer({
      port: 0,
      host: '127.0.0.1',
      perMessageDeflate: false,
      handleProtocols: () => SUBPROTOCOL,
    });
    t.teardown(() => new Promise<void>((resolve) => void server.close(() => resolve())));
    await new Promise((resolve) => server.once('listening', resolve));
    const port = (server.address() as AddressInfo).port;
    const heard: string[] = [];
    server.on('connection', (socket) => {
      socket.on('message', (data, isBinary) => {
        heard.push(`${isBinary ? 'binary' : 'text'} ${String(data).length}`);
        socket.send(data, { binary: isBinary });
      });
      socket.on('ping', (data) => heard.push(`ping ${String(data)}`));
      socket.on('pong', (data) => heard.push(`pong ${String(data)}`));
      socket.ping('are you there');
      // In three fragments, with a control frame between them, as RFC 6455 allows.
      socket.send('one,', { fin: false });
      socket.send('two,', { fin: false });
      socket.ping('between');
      socket.send('three', { fin: true });
    });
    const upgrade = createUpgrade(`http://127.0.0.1:${port}`);
    const frames: string[] = [];
    let isUp = false;
    let open: Socket | null = null;
    const reader = createFrameReader({
      frame(slot, opcode, payload) {
        frames.push(`${slot} ${opcode} ${payload.length > 40 ? payload.length : payload.toString()}`);
        if (opcode === OPCODE.ping) open?.write(encodeFrame(OPCODE.pong, payload, 1));
      },
      broken: (_slot, why) => frames.push(why),
    });
    const dialer = createDialer(
      { url: `http://127.0.0.1:${port}`, resume: false },
      {
        connected: (_slot, socket) => void socket.write(upgrade.request),
        data(slot, bytes) {
          if (isUp) {
            reader.feed(slot, bytes);
            return true;
          }
          const answer = upgrade.read(bytes);
          if (answer === null) return true;
          t.equal(answer.status, 101, 'the upgrade is agreed');
          isUp = true;
          reader.feed(slot, bytes.subarray(answer.bodyAt));
          return true;
        },
        failed: (_slot, error) => frames.push(String(error)),
        closed: () => frames.push('closed'),
      },
    );
    open = dialer.dial(7, '127.9.9.9');
    await until('the fragments are joined', () => frames.includes('7 1 one,two,three'));
    t.same(
      frames,
      ['7 9 are you there', '7 9 between', '7 1 one,two,three'],
      'control frames come between fragments',
    );
    await until('both pongs came', () => heard.includes('pong between'));
    for (const [opcode, size] of [
      [OPCODE.text, 5],
      [OPCODE.binary, 125],
      [OPCODE.text, 126],
      [OPCODE.binary, 65_535],
      [OPCODE.text, 65_536],
      [OPCODE.binary, 200_000],
    ] as const) {
      open.write(encodeFrame(opcode, textOf(size), 0xdeadbeef));
      const said = size > 40 ? String(size) : textOf(size);
      await until(`${size} bytes came back`, () => frames.at(-1) === `7 ${opcode} ${said}`);
      t.equal(heard.at(-1), `${opcode === OPCODE.text ? 'text' : 'binary'} ${size}`);
    }
    open.write(encodeFrame(OPCODE.close, Buffer.from([0x03, 0xe8]), 2));
    await until('the server says goodbye', () => frames.some((frame) => frame.startsWith('7 8 ')));
  },
);

t.test(
  'frames are found however the bytes are cut, and rules that a server breaks are noticed',
  async (t) => {
    const serverFrame = (opcode: number, text: string, final = true) => {
      const masked = encodeFrame(opcode, text, 0);
      // Masked with zeros is unmasked; without the bit and the key it is a server's frame.
      const head = masked.subarray(0, masked.length - Buffer.byteLength(text) - 4);
      head[0] = (final ? 0x80 : 0) | opcode;
      head[1] = (head[1] ?? 0) & 0x7f;
      return Buffer.concat([head, Buffer.from(text)]);
    };
    const random = createRandom(1);
    const below = (end: number) => Math.floor(random() * end);
    for (let round = 0; round < 300; round++) {
      const wanted = Array.from(
        { length: 1 + below(12) },
        () => [[1, 2, 9][below(3)] ?? 1, below(121)] as const,
      );
      const all = Buffer.concat(wanted.map(([opcode, size]) => serverFrame(opcode, textOf(size))));
      const seen: [number, number][] = [];
      const reader = createFrameReader({
        frame: (_slot, opcode, payload) => void seen.push([opcode, payload.length]),
        broken: (_slot, why) => t.fail(why),
      });
      for (let at = 0; at < all.length; ) {
        const size = 1 + below(50);
        reader.feed(3, all.subarray(at, at + size));
        at += size;
      }
      if (JSON.stringify(seen) !== JSON.stringify(wanted)) t.same(seen, wanted, `round ${round}`);
    }
    const faults = (bytes: Buffer) => {
      const found: string[] = [];
      createFrameReader({ frame: () => undefined, broken: (_slot, why) => void found.push(why) }).feed(
        1,
        bytes,
      );
      return found;
    };
    t.same(faults(encodeFrame(1, 'x', 5)), ['a server does not mask']);
    t.same(faults(Buffer.from([0xc1, 0])), ['reserved bits are set']);
    t.same(faults(Buffer.from([0x89, 126, 0, 200])), ['a control frame is too long or in pieces']);
    t.same(faults(Buffer.from([0x82, 127, 0, 0, 0, 0, 0, 16, 0, 0])), ['a frame is too large']);
    t.same(faults(serverFrame(0, 'x')), ['a fragment does not belong to a message']);
    t.same(faults(Buffer.concat([serverFrame(1, 'x', false), serverFrame(1, 'y')])), [
      'a message begins inside of another',
    ]);
    const upgrade = createUpgrade('http://127.0.0.1:1');
    t.equal(upgrade.read(Buffer.from('HTTP/1.1 101 Switching')), null, 'the head has not come to its end');
    t.match(upgrade.read(Buffer.from('HTTP/1.1 101 X\r\nSec-WebSocket-Accept: forged\r\n\r\n')), {
      status: 0,
    });
    t.match(upgrade.read(Buffer.from('HTTP/1.1 503 Busy\r\n\r\n')), { status: 503 });
  },
);

t.test('a socket that is forgotten in the middle of its bytes is not read any further', async (t) => {
  const server = createServer((socket) => void socket.end());
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => new Promise<void>((resolve) => void server.close(() => resolve())));
  const seen: number[] = [];
  const reader = createFrameReader({
    frame(slot, opcode) {
      seen.push(opcode);
      reader.forget(slot);
    },
    broken: () => t.fail('nothing is broken'),
  });
  const pair = Buffer.from([0x81, 1, 97, 0x82, 1, 98]);
  reader.feed(1, pair);
  t.same(seen, [1], 'the second frame belongs to nobody');
  reader.feed(1, pair.subarray(3));
  t.same(seen, [1, 2], 'and the next socket in that place begins anew');
});

t.test('the wheel runs each timer once, when it is due, whatever is set and cleared meanwhile', async (t) => {
  const random = createRandom(2);
  const below = (end: number) => Math.floor(random() * end);
  for (let round = 0; round < 200; round++) {
    const wheel = createWheel(31, 0);
    const model = new Map<number, number>();
    let nowMs = 0;
    for (let turn = 0; turn < 40; turn++) {
      for (let change = below(4); change > 0; change--) {
        const [timer, delayMs] = [below(31), below(400_000)];
        if (below(4) === 0) {
          wheel.clear(timer);
          model.delete(timer);
        } else {
          wheel.set(timer, delayMs);
          const ticks = Math.max(1, Math.ceil(delayMs / WHEEL_TICK_MS));
          model.set(timer, Math.floor(nowMs / WHEEL_TICK_MS) + ticks);
        }
      }
      nowMs += below(90_000);
      const due: number[] = [];
      wheel.turn(nowMs, (timer) => void due.push(timer));
      const tick = Math.floor(nowMs / WHEEL_TICK_MS);
      const expected = [...model].filter(([, at]) => at <= tick).map(([timer]) => timer);
      for (const timer of expected) model.delete(timer);
      if (String(due.toSorted()) !== String(expected.toSorted())) t.same(due, expected, `round ${round}`);
    }
    if (![...model.keys()].every((timer) => wheel.isSet(timer))) t.fail(`a timer was lost in round ${round}`);
  }
  const wheel = createWheel(3, 0);
  const order: number[] = [];
  for (const timer of [0, 1, 2]) wheel.set(timer, 10);
  wheel.turn(WHEEL_TICK_MS, (timer) => {
    order.push(timer);
    wheel.clear(1);
    if (timer === 0) wheel.set(0, 0);
  });
  t.same(
    order,
    [0, 2],
    'one that another has cleared does not run, and one that sets itself waits for the next tick',
  );
  wheel.turn(2 * WHEEL_TICK_MS, (timer) => void order.push(timer));
  t.same(order, [0, 2, 0]);
});

t.test('the profile MW-1 is what it says, and speed divides every interval', async (t) => {
  const load = describeLoad(20_000, profiles.mw1, 60_000);
  t.equal(Math.round(load.beatsPerSecond), 333);
  t.equal(load.chunksPerSecond.toFixed(1), '22.2');
  t.equal(load.samplesPerSecond, 40_000, '20 metrics every 10 s');
  t.equal((load.jobsPerSecond * 86_400).toFixed(0), '40000', 'two jobs a device and day');
  t.equal((load.reconnectsPerSecond * 86_400).toFixed(0), '40000');
  t.equal((load.changesPerSecond * 86_400).toFixed(0), '20000');
  const fast = accelerate(profiles.mw1, 60);
  t.same(
    describeLoad(20_000, fast, 1_000),
    Object.fromEntries(
      Object.entries(load).map(([name, value]) => [name, name === 'samplesPerSecond' ? value : value * 60]),
    ),
  );
  t.equal(fast.beatEveryMs, 0, 'the interval of the server stays the one to be divided');
  const random = createRandom(1);
  for (let n = 0; n < 1_000; n++) {
    const ms = jitter(60_000, random);
    if (ms < 54_000 || ms > 66_000) t.fail(`${ms} is not within 10 %`);
  }
});

t.test(
  'a chunk has 20 series of 60 s and a longer form of an hour begins like the shorter one',
  async (t) => {
    const make = createChunkMaker();
    const fromMs = 480_000 * 3_600_000;
    const inflate = (bytes: Uint8Array) => inflateRawSync(bytes);
    const whole = decodeChunk(make({ course: 5, fromMs, count: 60 }), inflate);
    t.equal(whole.series.length, profiles.mw1.metrics);
    t.equal(whole.tier, 'minute');
    const half = decodeChunk(make({ course: 5, fromMs, count: 30 }), inflate);
    t.same(half.series[3]?.mean, whole.series[3]?.mean.slice(0, 30));
    t.equal(
      make({ course: 5, fromMs, count: 60 }),
      make({ course: 5, fromMs, count: 60 }),
      'a course is encoded once',
    );
    t.notSame(make({ course: 6, fromMs, count: 60 }), make({ course: 5, fromMs, count: 60 }));
    const disk = findMetric('system.filesystem.utilization').id;
    const told = whole.series.find(({ metricId }) => metricId === disk)?.mean.at(29) ?? 0;
    const levels = (filling: Filling | null) =>
      levelsOf({ course: 5, atMs: fromMs + 29.5 * 60_000, filling }, 4).diskUsedRatio ?? 0;
    t.ok(Math.abs(levels(null) - told) < 0.001, `a heartbeat says ${levels(null)}, the chunk ${told}`);
    t.equal(levels({ usedAt: () => 0.97 }), 0.97, 'a disk that fills does so in both');
    const next = decodeChunk(make({ course: 5, fromMs: fromMs + 3_600_000, count: 1 }), inflate);
    const first = next.series.find(({ metricId }) => metricId === disk)?.mean[0] ?? 0;
    t.ok(Math.abs(first - told) < 0.05, `a disk does not jump at the full hour: from ${told} to ${first}`);
  },
);

t.test('counts and durations of processes add up', async (t) => {
  const histogram = createHistogram();
  for (let ms = 1; ms <= 1_000; ms++) histogram.add(ms);
  const both = addBuckets(histogram.buckets(), histogram.buckets());
  for (const [share, expected] of [
    [0.5, 500],
    [0.95, 950],
    [0.99, 990],
  ] as const) {
    const found = quantileOf(both, share) ?? 0;
    t.ok(Math.abs(found / expected - 1) < 0.04, `${share} is about ${expected}, not ${found}`);
  }
  t.equal(quantileOf([], 0.5), null, 'nothing has no quantile');
  const process = { pid: 1, residentBytes: 10, cpuMs: 5, delayP99Ms: 1, delayMaxMs: 2 };
  const tally = { offered: 2, firstOfferMs: 10, lastOfferMs: 20, ended: 1, acked: 1, lastAckMs: 30 };
  const one = {
    ...mergeStats([]),
    ...{ devices: 10, known: 9, online: 8, connecting: 1, waiting: 1, unacked: 3 },
    counters: { ...zeroCounters(), beats: 100, missed: 1 },
    latencies: { ...mergeStats([]).latencies, ack: histogram.buckets() },
    reasons: { E_A: 1 },
    commands: { cmd_a: tally },
    processes: [process],
  };
  const other = {
    ...one,
    reasons: { E_A: 2, E_B: 1 },
    commands: { cmd_a: { ...tally, firstOfferMs: 5, lastAckMs: 40 } },
  };
  const sum = mergeStats([one, other]);
  t.match(sum, {
    devices: 20,
    online: 16,
    unacked: 6,
    counters: { beats: 200, missed: 2 },
    reasons: { E_A: 3, E_B: 1 },
  });
  t.match(sum.commands.cmd_a, { offered: 4, firstOfferMs: 5, lastOfferMs: 20, acked: 2, lastAckMs: 40 });
  t.equal(sum.processes.length, 2);
  t.match(describeStats(sum).latencies.ack, { count: 2_000 });
  const since = statsSince(one, sum);
  t.match(since, { counters: { beats: 100, missed: 1 }, online: 16 });
  t.same(since.reasons, { E_A: 2, E_B: 1 });
  t.same(statsSince(sum, sum).reasons, {}, 'what did not happen again is not named');
  t.match(describeStats(since).latencies.ack, { count: 1_000 });
  const looks = { now: sum, before: one, seconds: 2 };
  t.match(
    drawScreen(looks, 'a title').join('\n'),
    /16 of 20 online[\s\S]*50\.0\/s[\s\S]*2 missed[\s\S]*E_A × 3/,
  );
  t.match(drawLine(looks), /^16\/20 online · .*50\.0 beats\/s/);
});

t.test('a device has the same character, faults and inventory in every run', async (t) => {
  const many = Array.from({ length: 5_000 }, (_, device) => characterOf(device));
  t.same(many[4_321], characterOf(4_321));
  t.equal(new Set(many.map(({ hostname }) => hostname)).size, 5_000, 'names are unique');
  const sets = new Set(many.map(({ packageSet }) => packageSet)).size;
  t.ok(sets > 150 && sets < 300, `there are ${sets} package sets`);
  const faults = parseFaults('slow,clocks=0.5');
  t.same(faults, { slow: 0.02, clocks: 0.5 });
  const wrong = many.filter((_, device) => hasFault(faults, 'clocks', device)).length;
  t.ok(wrong > 2_300 && wrong < 2_700, `${wrong} of 5,000 clocks are off`);
  t.ok(Math.abs(wrongClockMs(3)) >= 3_600_000, 'by an hour at least');
  t.notOk(hasFault({}, 'slow', 1), 'nothing is wrong that was not asked for');
  t.throws(() => parseFaults('slow,mood=0.1'), /there is no fault mood/);
  t.throws(() => parseFaults('slow=2'), /between 0 and 1/);
});

t.test(
  'an inventory offers hashes of the bodies that it hands out, and a change moves one part',
  async (t) => {
    const inventories = createInventories();
    const times = { since: '2026-11-01T00:00:00.000Z', packagesSince: '2026-11-01T00:00:00.000Z' };
    const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
    const device = { device: 12, changes: 0 };
    const offer = inventories.offer(device, times);
    t.equal(hashOf(rootInput(offer.slices, offer.packages)).toString('base64url'), offer.root);
    t.same(inventories.digest(device), Buffer.from(offer.root, 'base64url').subarray(0, 8));
    const wanted = [...new Set([...offer.slices.map(({ hash }) => hash), ...offer.packages])];
    const { frame, bodies } = inventories.bundleOf(device, [...wanted, 'nobody-has-this']);
    t.equal(bodies, wanted.length);
    const found = splitFrames(inflateRawSync(decodeBundleFrame(frame).data)).map((one) =>
      decodeBodyFrame(one),
    );
    t.same(new Set(found.map(({ data }) => hashOf(data).toString('base64url'))), new Set(wanted));
    const changed = inventories.offer({ device: 12, changes: 1 }, times);
    const moved = changed.packages.filter((hash, part) => hash !== offer.packages[part]).length;
    t.equal(moved, 1, 'one part has another hash');
    t.equal(
      inventories.bundleOf({ device: 12, changes: 1 }, changed.packages).bodies,
      new Set(changed.packages).size,
    );
    const held = inventories.of(12, 'another-name');
    t.notSame(held.digest(), inventories.digest(device), 'the name is part of the inventory');
    const before = held.offer();
    held.drift();
    t.not(held.offer().root, before.root);
    t.ok(inventories.bundle(before.packages.slice(0, 3)).length > 0);
  },
);

t.test('processes are counted by open files and processors, and options name every fault', async (t) => {
  t.equal(countProcesses(100, 20_000, 2), 1);
  t.equal(countProcesses(20_000, 20_000, 2), 2);
  t.equal(countProcesses(50_000, 20_000, 2), 3, 'open files demand more than there are processors');
  t.match(
    readFleetOptions(['--token-file', 'x', '--devices', '20000', '--profile', 'mw1', '--chunk-every', '60']),
    {
      devices: 20_000,
      profile: { ...profiles.mw1, chunkEveryMs: 60_000 },
    },
  );
  t.match(readFleetOptions(['--token-file', 'x', '--idle'])?.profile, profiles.idle);
  t.equal(readFleetOptions(['--help']), null);
  t.match(sayWhyEnded('{"level":"info"}\nProcess 7 uses it. (E_DATA_LOCKED)\n', 1), /^A demo runs already/);
  t.equal(sayWhyEnded('{"level":"info"}\nNo. (E_PORT)\n', 1), 'The server ended with 1: No. (E_PORT)');
  t.throws(
    () =>
      readFleetOptions([
        '--devices',
        '1.5',
        '--url',
        'example',
        '--faults',
        'mood',
        '--profile',
        'none',
        '--beat-ms',
        'x',
      ]),
    /--profile must be one of.*; --url must be.*; --devices must be a whole number.*--faults: there is no fault mood.*; --token-file is needed/,
  );
});
