// Proves who gets in when too many come: shares for each address, and room for people while a fleet comes back.
import t from 'tap';
import { createLoopDelay } from '../core/loop-delay.ts';
import { createTestClock } from '../core/testing/clock.ts';
import { createAddresses, groupOf } from './addresses.ts';
import { createAdmission } from './admission.ts';
import { SHED_DELAY_MS } from './limits.ts';

const limits = { handshakesPerSecond: 100, burst: 200, maxUnauthenticated: 400, maxSessions: 1 };

function openDoor() {
  const clock = createTestClock();
  const late = { ms: 0 };
  const door = createAdmission(limits, clock, () => late.ms);
  /** A connection whose handshake is done at once; false when it was cut. */
  const knock = (address: string | null) => {
    const isIn = door.mayBegin(address);
    if (isIn) door.settled(address);
    return isIn;
  };
  /** The same of an agent, which authenticates. */
  const comeAsAgent = (address: string) => {
    if (!knock(address) || !door.enter(address)) return false;
    door.release(address);
    return true;
  };
  return { clock, door, knock, comeAsAgent, late };
}

function times(count: number, attempt: (at: number) => boolean): number {
  return Array.from({ length: count }, (_, at) => attempt(at)).filter(Boolean).length;
}

t.test('addresses are networks', async (t) => {
  t.equal(groupOf('192.0.2.7'), '192.0.2.7');
  t.equal(groupOf('::ffff:192.0.2.7'), '192.0.2.7', 'IPv4 inside IPv6');
  t.equal(groupOf('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2');
  t.equal(groupOf('2001:db8:1:2::6'), '2001:db8:1:2', 'the same 64 bits');
  t.equal(groupOf('2001:db8::6'), '2001:db8:0:0');
  t.equal(groupOf('fe80::1%eth0'), 'fe80:0:0:0');
  for (const own of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) t.equal(groupOf(own), null, 'this host');
});

t.test('an address has its share, however often it comes', async (t) => {
  const { clock, knock, door } = openDoor();
  t.equal(
    times(1_000, () => knock('office')),
    50,
    'a quarter at once',
  );
  t.equal(
    times(1_000, () => knock('other')),
    50,
    'and so has the next',
  );
  t.equal(
    times(1_000, () => knock(null)),
    100,
    'what is left is anybody’s, this host has no share',
  );
  t.equal(door.counts().refusedRate, 2_800);
  t.equal(door.counts().connecting, 0);
  let isIn = 0;
  for (let second = 0; second < 40; second++) {
    await clock.advance(1_000);
    isIn += times(100, () => knock('office'));
    t.ok(knock('visitor'), 'others come in all the while');
  }
  t.equal(isIn, 1_000, 'a thousand devices behind one address are in after 40 s');
});

t.test('what has proven nothing has places, and an address its share of them', async (t) => {
  const { clock, door } = openDoor();
  /** Connects and stays silent. */
  const linger = async (count: number, address: string) => {
    let isIn = 0;
    for (let at = 0; at < count; at++) {
      await clock.advance(50);
      if (door.mayBegin(address)) isIn += 1;
    }
    return isIn;
  };
  t.equal(await linger(150, 'a'), 100);
  t.equal(await linger(150, 'b'), 100);
  t.same([await linger(120, 'c'), await linger(120, 'd')], [100, 100]);
  t.equal(await linger(10, 'e'), 0, 'then there is no place for anybody');
  door.settled('a');
  t.equal(await linger(10, 'e'), 1);
  t.equal(door.counts().connecting, 400);
  t.equal(
    times(150, () => door.enter('a')),
    100,
    'agents that have not authenticated are counted apart',
  );
  door.release('a');
  t.equal(
    times(5, () => door.enter('a')),
    1,
  );
});

t.test('people get in while a fleet comes back', async (t) => {
  const { clock, knock, comeAsAgent, door } = openDoor();
  const fleet = Array.from({ length: 300 }, (_, at) => `agent-${at}`);
  const storm = () => times(fleet.length, (at) => comeAsAgent(fleet[at] ?? ''));
  t.equal(storm(), 200, 'who is not known yet uses up everything');
  for (let second = 0; second < 10; second++) {
    await clock.advance(1_000);
    storm();
  }
  await clock.advance(1_000);
  storm();
  t.equal(knock('agent-7'), false, 'agents stop before the end');
  t.equal(
    times(30, () => knock('admin')),
    20,
    'which is left for others',
  );
  for (let second = 0; second < 10; second++) {
    await clock.advance(200);
    storm();
    t.ok(knock('admin'), 'at any moment of the storm');
  }
  t.equal(knock('agent-7'), false);
  door.personAt('agent-7');
  t.equal(knock('agent-7'), true, 'an address with agents and people behind it is one of people');
  await clock.advance(25 * 3_600_000);
  storm();
  t.equal(knock('agent-7'), false, 'for a day');
});

t.test('who is late with what he has lets no more agents in', async (t) => {
  const { clock, knock, comeAsAgent, door, late } = openDoor();
  t.ok(comeAsAgent('agent'));
  t.ok(comeAsAgent('office'));
  door.personAt('office');
  late.ms = SHED_DELAY_MS + 1;
  t.notOk(knock('agent'), 'it comes again');
  t.ok(knock('office'), 'an address with people behind it waits with them');
  t.ok(knock('stranger'), 'and so does one that is not known');
  t.ok(knock(null), 'and this host, or whoever comes through a proxy');
  late.ms = 0;
  await clock.advance(1_000);
  t.ok(knock('agent'));
  t.equal(door.counts().refusedLate, 1);
});

t.test('the delay of the event loop is that of the last second, and the longest is kept', async (t) => {
  const clock = createTestClock();
  /** Holds timers up for so long, as work that does not end does. */
  const held = { ms: 0 };
  const delay = createLoopDelay({ ...clock, after: (ms, act) => clock.after(ms + held.ms, act) });
  t.equal(delay.recentMs(), 0);
  delay.start();
  await clock.advance(1_000);
  t.equal(delay.recentMs(), 0);
  held.ms = 400;
  await clock.advance(50);
  held.ms = 0;
  await clock.advance(450);
  t.equal(delay.recentMs(), 400);
  await clock.advance(2_000);
  t.same([delay.recentMs(), delay.longestMs()], [0, 400]);
  delay.stop();
  t.equal(clock.pending(), 0);
});

t.test('addresses are remembered within bounds, the quietest forgotten first', async (t) => {
  const clock = createTestClock();
  const addresses = createAddresses({ perSecond: 1, burst: 1 }, clock, 3);
  for (const address of ['a', 'b', 'c']) addresses.noteAgent(address);
  addresses.take('a');
  addresses.noteAgent('d');
  t.same(
    ['a', 'b', 'c', 'd'].map((address) => addresses.isOfAgents(address)),
    [true, false, true, true],
  );
});
