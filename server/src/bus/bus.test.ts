// The suite of the bus over members in one process and over forked ones, and the bus of a server that is alone.
import t from 'tap';
import { systemClock } from '../core/clock.ts';
import { silentLog } from '../core/log.ts';
import { createLocalBus, createLocalHub } from './local.ts';
import { createForkedHouse, createLocalHouse } from './testing/house.ts';
import { testBus } from './testing/suite.ts';

t.test('members in one process', (t) => testBus(t, createLocalHouse));
t.test('members in processes of their own', (t) => testBus(t, createForkedHouse));

t.test('a server that is alone', async (t) => {
  const bus = createLocalBus({ clock: systemClock, log: silentLog });
  const seen: unknown[] = [];
  const body = { a: 1 };
  bus.handle('topic', (given, from) => {
    seen.push(from);
    return given === body;
  });
  t.same(bus.members(), []);
  bus.send({ everyone: true }, 'topic', body);
  t.equal(await bus.request({ gateway: bus.id }, 'topic', { body, timeoutMs: 1_000 }), true, 'not copied');
  const owner = { owner: 'controller' };
  await t.rejects(bus.request(owner, 'topic', { body, timeoutMs: 1_000 }), { code: 'E_UNAVAILABLE' });
  const giveUp = bus.own('controller');
  bus.send(owner, 'topic', body);
  t.same(seen, [bus.id], 'its handler is not called within the call that sends');
  t.equal(await bus.request(owner, 'topic', { body, timeoutMs: 1_000 }), true);
  t.same(seen, [bus.id, bus.id, bus.id]);
  giveUp();
  await t.rejects(bus.request(owner, 'topic', { body, timeoutMs: 1_000 }), { code: 'E_UNAVAILABLE' });
  t.match(bus.counts(), { sent: 6, received: 3, dropped: 0, missed: 0, queuedBytes: 0 });
  await bus.stop();
  t.equal(bus.counts().queuedBytes, 0);
});

t.test('what cannot be cloned is a fault of the sender, seen where it is sent', async (t) => {
  const hub = createLocalHub({ clock: systemClock, log: silentLog });
  const [one, other] = [hub.join(), hub.join()];
  t.throws(() => one.send({ gateway: other.id }, 'topic', () => 1), /could not be cloned/);
  const question = { body: { work: () => 1 }, timeoutMs: 1_000 };
  await t.rejects(one.request({ gateway: other.id }, 'topic', question), /could not be cloned/);
  await Promise.all([one.stop(), other.stop()]);
});
