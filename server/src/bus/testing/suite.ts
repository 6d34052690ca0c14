// What every implementation of the bus must do: one suite, run in each of the houses that members can live in.
import fc from 'fast-check';
import type { Test } from 'tap';
import { until } from '../../core/testing/until.ts';
import type { BusAddress, BusBody } from '../bus.ts';
import { type House, type Peer, TEST_LIMIT_BYTES } from './house.ts';
import type { Behavior, Heard, Order, Outcome } from './peer.ts';

/** Longest wait for what must come, ms. */
const PATIENCE_MS = 20_000;
/** Pause between two looks, ms. */
const _LOOK_MS = 5;
/** Time after which a request that nobody answers ends, where that is what is tested, ms. */
const SHORT_MS = 100;

const everyone: BusAddress = { everyone: true };

/** A member with words instead of orders. */
class Speaker {
  readonly id: string;
  readonly peer: Peer;

  constructor(peer: Peer) {
    this.peer = peer;
    this.id = peer.id;
  }

  get address(): BusAddress {
    return { gateway: this.id };
  }

  send(to: BusAddress, topic: string, ...bodies: readonly BusBody[]): Promise<unknown> {
    return this.peer.tell({ act: 'send', to, topic, bodies });
  }

  async ask(to: BusAddress, topic: string, question: { body?: BusBody; timeoutMs?: number } = {}) {
    const { body, timeoutMs = PATIENCE_MS } = question;
    const outcome = await this.peer.tell({ act: 'request', to, topic, body, timeoutMs });
    return outcome as Outcome;
  }

  handle(topic: string, behavior: Behavior): Promise<unknown> {
    return this.peer.tell({ act: 'handle', topic, behavior });
  }

  tell(order: Order): Promise<unknown> {
    return this.peer.tell(order);
  }

  async heard(): Promise<readonly Heard[]> {
    return (await this.peer.tell({ act: 'heard' })) as readonly Heard[];
  }

  /** Messages of a topic, once there are so many. */
  async untilHeard(topic: string, count: number): Promise<readonly (Heard & { what: 'message' })[]> {
    const find = async () =>
      (await this.heard()).filter((one) => one.what === 'message').filter((one) => one.topic === topic);
    await until(`${count} messages of ${topic}`, async () => (await find()).length >= count);
    return find();
  }

  async untilTold(what: 'joined' | 'gone' | 'missed' | 'succeeded', id: string): Promise<void> {
    await until(`${what} ${id}`, async () =>
      (await this.heard()).some((one) => one.what === what && one.id === id),
    );
  }

  async members(): Promise<readonly string[]> {
    return (await this.peer.tell({ act: 'members' })) as readonly string[];
  }
}

/** The members of most tests. */
type Trio = readonly [Speaker, Speaker, Speaker];

function codeOf(outcome: Outcome): string {
  return 'code' in outcome ? outcome.code : `an answer: ${JSON.stringify(outcome.body)}`;
}

/** Three members that know each other. */
async function joinThree(house: House): Promise<Trio> {
  const join = async () => new Speaker(await house.join());
  const all: Trio = await Promise.all([join(), join(), join()]);
  for (const one of all) await until('all know each other', async () => (await one.members()).length === 2);
  return all;
}

async function leaveAll(all: readonly Speaker[]): Promise<void> {
  for (const one of all) await one.tell({ act: 'stop' });
}

/** Runs the suite. Tests that let members die bring their own. */
export async function testBus(t: Test, createHouse: () => House): Promise<void> {
  const house = createHouse();
  t.teardown(() => house.end());
  await t.test('knows who is here, and tells who comes, leaves and dies', (t) => testMembers(t, house));
  await t.test('finds the owner of a name', (t) => testOwners(t, house));
  await t.test('answers requests, or says why not', (t) => testRequests(t, house));
  const all = await joinThree(house);
  await t.test('brings a message to whom it is for, once and in order', (t) => testMessages(t, all));
  await t.test('brings bodies whole', (t) => testBodies(t, all));
  await t.test('keeps what waits within its limit and tells who missed something', (t) =>
    testOverflow(t, all),
  );
  await t.test('keeps the order between any two, whatever is sent', (t) => testOrder(t, all));
}

async function testMembers(t: Test, house: House): Promise<void> {
  const [a, b, c] = await joinThree(house);
  t.equal(new Set([a.id, b.id, c.id]).size, 3, 'each has an id of its own');
  t.same([...(await c.members())].toSorted(), [a.id, b.id].toSorted(), 'the last one knows the others');
  t.same([...(await a.members())].toSorted(), [b.id, c.id].toSorted(), 'and they know it');
  await a.handle('last words', 'keep');
  await c.send(a.address, 'last words', 1);
  await a.untilHeard('last words', 1);
  await c.peer.kill();
  await a.untilTold('gone', c.id);
  await b.untilTold('gone', c.id);
  t.same(await a.members(), [b.id], 'who died is not there any more');
  await b.send(a.address, 'last words', 2, 3);
  await b.tell({ act: 'stop' });
  await a.untilTold('gone', b.id);
  const said = (await a.heard()).map((one) => (one.what === 'message' ? one.body : `${one.what} ${one.id}`));
  t.same(said.slice(-3), [2, 3, `gone ${b.id}`], 'what it said before it left comes before that');
  await b.send(a.address, 'last words', 4);
  t.equal(codeOf(await b.ask(a.address, 'last words')), 'E_UNAVAILABLE', 'who has left asks nobody');
  const d = new Speaker(await house.join());
  t.same(await d.members(), [a.id], 'who comes later knows only those that are here');
  await leaveAll([a, d]);
}

async function testMessages(t: Test, all: Trio): Promise<void> {
  const [a, b, c] = all;
  for (const one of [a, b, c]) await one.handle('news', 'keep');
  const numbers = Array.from({ length: 500 }, (_, index) => index);
  await Promise.all([a.send(b.address, 'news', ...numbers), c.send(b.address, 'news', ...numbers)]);
  const got = await b.untilHeard('news', 1_000);
  for (const from of [a.id, c.id]) {
    const bodies = got.filter((one) => one.from === from).map((one) => one.body);
    t.same(bodies, numbers, 'everything once, in its order, with the sender');
  }
  await b.send({ gateway: 'nobody' }, 'news', 'lost');
  await b.send(everyone, 'news', 'to all');
  await b.send(b.address, 'news', 'to myself');
  t.same(
    (await a.untilHeard('news', 1)).map(({ body }) => body),
    ['to all'],
  );
  t.same(
    (await c.untilHeard('news', 1)).map(({ body }) => body),
    ['to all'],
  );
  const own = (await b.untilHeard('news', 1_001)).slice(1_000);
  t.same(
    own.map(({ body, from }) => [body, from === b.id]),
    [['to myself', true]],
    'and not what went to all',
  );
  await t.rejects(a.handle('news', 'keep'), /handler already/, 'a second handler is a fault');
  await a.tell({ act: 'unhandle', topic: 'news' });
  await b.send(a.address, 'news', 'nobody listens');
  t.equal(codeOf(await b.ask(a.address, 'news')), 'E_UNAVAILABLE', 'nobody answers either');
  await a.handle('news', 'keep');
  await b.send(a.address, 'news', 'here again');
  t.same(
    (await a.untilHeard('news', 2)).map(({ body }) => body),
    ['to all', 'here again'],
  );
}

async function testBodies(t: Test, all: Trio): Promise<void> {
  const [a, b] = all;
  await b.handle('echo', 'echo');
  const bodies: readonly BusBody[] = [
    null,
    0,
    -1.5,
    'text with ü and \u{1f600}',
    true,
    [],
    { list: [1, [2]], nothing: null, big: 2 ** 52 },
  ];
  for (const body of bodies) t.same(await a.ask(b.address, 'echo', { body }), { body });
  t.same(await a.ask(b.address, 'echo', {}), { body: undefined }, 'nothing at all');
  const bytes = new Uint8Array(100_001).map((_, index) => index * 7);
  const answer = await a.ask(b.address, 'echo', { body: { bytes: bytes.subarray(1), at: 3 } });
  const { bytes: back } = ('body' in answer ? answer.body : {}) as { bytes?: unknown };
  t.ok(
    back instanceof Uint8Array && Buffer.compare(back, bytes.subarray(1)) === 0,
    'bytes, also a part of some',
  );
}

async function testOwners(t: Test, house: House): Promise<void> {
  const [a, b, c] = await joinThree(house);
  const owner: BusAddress = { owner: 'block 7' };
  for (const one of [a, b, c]) {
    await one.handle('who', 'echo');
    await one.handle('wait', 'silent');
  }
  const countOf = async (one: Speaker) =>
    (await one.heard()).filter((entry) => entry.what === 'message' && entry.topic === 'who').length;
  t.equal(codeOf(await a.ask(owner, 'who')), 'E_UNAVAILABLE', 'nobody has it yet');
  await b.tell({ act: 'own', name: 'block 7' });
  await until('it is known', async () => 'body' in (await a.ask(owner, 'who', { body: 1 })));
  t.same(await b.ask(owner, 'who', { body: 2 }), { body: 2 }, 'the owner finds himself');
  const [ofB, ofC] = [await countOf(b), await countOf(c)];
  await c.tell({ act: 'own', name: 'block 7' });
  await until('the last to say so has it', async () => {
    await a.ask(owner, 'who');
    return (await countOf(c)) > ofC;
  });
  await b.untilTold('succeeded', 'block 7');
  const before = await countOf(b);
  t.ok(before >= ofB);
  await until('the former one knows it too', async () => {
    await b.ask(owner, 'who');
    return (await countOf(b)) === before;
  });
  await b.tell({ act: 'disown', name: 'block 7' });
  t.ok('body' in (await a.ask(owner, 'who')), 'what the former one gives up is not his');
  await c.tell({ act: 'disown', name: 'block 7' });
  await c.tell({ act: 'own', name: 'block 7' });
  await until('taken again', async () => 'body' in (await a.ask(owner, 'who')));
  const waiting = a.ask(owner, 'wait');
  await c.untilHeard('wait', 1);
  await c.peer.kill();
  t.equal(codeOf(await waiting), 'E_UNAVAILABLE', 'the owner died while he was asked');
  t.equal(codeOf(await a.ask(owner, 'who')), 'E_UNAVAILABLE', 'and nobody has it');
  await leaveAll([a, b]);
}

async function testRequests(t: Test, house: House): Promise<void> {
  const [a, b, c] = await joinThree(house);
  for (const behavior of ['echo', 'slow echo', 'refuse', 'fault', 'silent'] as const) {
    await b.handle(behavior, behavior);
    await a.handle(behavior, behavior);
  }
  for (const to of [b.address, a.address]) {
    const [slow, fast] = await Promise.all([
      a.ask(to, 'slow echo', { body: 'slow' }),
      a.ask(to, 'echo', { body: 'fast' }),
    ]);
    t.same([slow, fast], [{ body: 'slow' }, { body: 'fast' }], 'each question gets its own answer');
    t.same(await a.ask(to, 'refuse'), { code: 'E_CONFLICT', message: 'Not like this.', retryable: false });
    t.match(await a.ask(to, 'fault'), { code: 'E_INTERNAL', message: /^(?!.*fault of the program)/ });
    t.match(await a.ask(to, 'silent', { timeoutMs: SHORT_MS }), { code: 'E_TIMEOUT', retryable: true });
    t.equal(codeOf(await a.ask(to, 'unheard of')), 'E_UNAVAILABLE', 'nobody handles it');
  }
  t.equal(codeOf(await a.ask({ gateway: 'nobody' }, 'echo')), 'E_UNAVAILABLE', 'nobody there');
  t.equal(codeOf(await a.ask(everyone, 'echo')), 'E_UNAVAILABLE', 'a question is for one');
  const many = await Promise.all(
    Array.from({ length: 200 }, (_, body) => (body % 2 === 0 ? a : c).ask(b.address, 'echo', { body })),
  );
  t.same(
    many,
    Array.from({ length: 200 }, (_, body) => ({ body })),
  );
  const waiting = [a.ask(b.address, 'silent'), c.ask(b.address, 'silent')];
  await b.untilHeard('silent', 3);
  await b.peer.kill();
  for (const one of waiting) t.equal(codeOf(await one), 'E_UNAVAILABLE', 'he died while he was asked');
  await leaveAll([a, c]);
}

async function testOverflow(t: Test, all: Trio): Promise<void> {
  const [a, b, c] = all;
  await b.handle('flood', 'keep');
  await c.handle('flood', 'keep');
  const filler = 'x'.repeat(8 * 1024);
  const size = 4 * Math.ceil(TEST_LIMIT_BYTES / filler.length);
  const goOn = await b.peer.stall();
  // In small portions, so that the sender's own queue is not what overflows.
  for (let count = 0; count < size; count += 8) {
    const portion = Array.from({ length: 8 }, (_, index) => ({ number: count + index, filler }));
    await a.send(everyone, 'flood', ...portion);
    await c.untilHeard('flood', count + 8);
  }
  t.equal(
    codeOf(await a.ask(b.address, 'flood', { body: { number: -1, filler } })),
    'E_UNAVAILABLE',
    'he takes no question either',
  );
  goOn();
  await b.untilTold('missed', a.id);
  await a.send(b.address, 'flood', { number: size });
  await until('the last one arrives', async () => numbersOf('flood', await b.heard()).includes(size));
  const got = numbersOf('flood', await b.heard());
  t.ok(got.length < size, 'some were dropped');
  t.same(
    got,
    [...new Set(got)].toSorted((x, y) => x - y),
    'the others came once and in order',
  );
  t.same(
    numbersOf('flood', await c.heard()),
    Array.from({ length: size }, (_, index) => index),
    'who kept up got all',
  );
  const told = (await c.heard()).filter((one) => one.what === 'missed');
  t.same(told, [], 'and was told nothing');
  // All at once: what does not fit into the sender's own queue.
  const burst = Array.from({ length: size }, (_, index) => ({ number: size + 1 + index, filler }));
  await b.send(c.address, 'flood', ...burst);
  await c.untilTold('missed', b.id);
  t.ok(Number(await b.tell({ act: 'dropped' })) > 0, 'the sender has counted them');
  await b.send(c.address, 'flood', { number: 3 * size });
  await until('the last one arrives', async () => numbersOf('flood', await c.heard()).includes(3 * size));
}

function numbersOf(topic: string, heard: readonly Heard[]): number[] {
  return heard
    .filter((one) => one.what === 'message')
    .filter((one) => one.topic === topic)
    .map(({ body }) => (body as { number: number }).number);
}

/** Sends of three members in any order and size: each receiver has each sender's in their order, all of them, once. */
async function testOrder(t: Test, all: Trio): Promise<void> {
  for (const one of all) await one.handle('order', 'keep');
  const send = fc.record({
    from: fc.nat(2),
    to: fc.nat(3),
    sizes: fc.array(fc.nat(2_000), { minLength: 1, maxLength: 5 }),
  });
  let number = 0;
  const expected = new Map<string, number[]>();
  await fc.assert(
    fc.asyncProperty(fc.array(send, { minLength: 1, maxLength: 20 }), async (sends) => {
      const work = sends.map(({ from, to, sizes }) => {
        const [sender, target] = [all[from], all[to]];
        const bodies = sizes.map((bytes) => ({ number: number++, filler: new Uint8Array(bytes) }));
        const receivers = target ? [target] : all.filter((one) => one !== sender);
        for (const receiver of receivers) {
          const key = `${sender?.id} ${receiver.id}`;
          expected.set(key, [...(expected.get(key) ?? []), ...bodies.map((body) => body.number)]);
        }
        return sender?.send(target?.address ?? everyone, 'order', ...bodies);
      });
      await Promise.all(work);
    }),
    { numRuns: 20 },
  );
  for (const receiver of all) {
    const lists = all.map((sender) => expected.get(`${sender.id} ${receiver.id}`) ?? []);
    const got = await receiver.untilHeard('order', lists.flat().length);
    for (const [index, sender] of all.entries())
      t.same(
        numbersOf(
          'order',
          got.filter(({ from }) => from === sender.id),
        ),
        lists[index],
      );
  }
}
