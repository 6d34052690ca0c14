// The core's relay of policies over a real outbox: what is signed goes to whoever listens, what is held is told once, and nothing is started in vain.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentMessage, PolicySetMessage } from '@muster/protocol';
import t, { type Test } from 'tap';
import { createOutbox } from '../connection/outbox.ts';
import type { ToExecutor } from '../executor/local/messages.ts';
import { policyOf, policySetOf } from '../executor/testing/documents.ts';
import { createStorage } from '../platform/storage.ts';
import { createPolicyRelay } from './policies.ts';

const one = policyOf('one');
const set = policySetOf(1, [one]);
const shown: PolicySetMessage = { type: 'policy.set', envelope: set.envelope, selected: [] };
const nothing = { type: 'policies', held: null, code: null, selected: [] } as const;
const held = { epoch: 1, version: 1, digest: set.digest, policies: 1, unsigned: 0 };

async function createRelay(t: Test) {
  const folder = mkdtempSync(join(tmpdir(), 'muster-relay-'));
  const outbox = createOutbox(createStorage(folder), Date.now);
  await outbox.load();
  t.teardown(async () => {
    // What was put meanwhile is still being written.
    await outbox.flush();
    rmSync(folder, { recursive: true, force: true });
  });
  const down: ToExecutor[] = [];
  const up: AgentMessage[] = [];
  const counts = { knocks: 0, nudges: 0 };
  const server = { capability: 7 };
  let isThere = false;
  const relay = createPolicyRelay({
    looksRestMs: 0,
    ...{ outbox, now: () => 0, log: { warn: () => undefined } },
    sendUp: (message) => void up.push(message),
    capability: () => server.capability,
    send: (message) => isThere && down.push(message) > 0,
    knock() {
      counts.knocks += 1;
    },
    nudge() {
      counts.nudges += 1;
    },
  });
  return {
    ...{ relay, down, up, counts, server },
    listen(isNow: boolean) {
      isThere = isNow;
      if (isNow) relay.ready();
    },
    async told() {
      await outbox.flush();
      const bodies = outbox.waiting(100, new Set()).map(({ seq }) => outbox.body(seq));
      return (await Promise.all(bodies)).map((body) => JSON.parse(Buffer.from(body ?? []).toString()));
    },
  };
}

t.test('a change in what is watched is told to whoever listens, or to whoever comes', async (t) => {
  const { relay, down, counts, listen } = await createRelay(t);
  const folder = mkdtempSync(join(tmpdir(), 'muster-relay-'));
  t.teardown(() => {
    relay.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const file = join(folder, 'app.conf');
  const isTold = async (isIt: () => boolean) => {
    for (let tries = 0; tries < 3_000 && !isIt(); tries++) await new Promise((done) => setTimeout(done, 20));
    t.ok(isIt());
  };
  listen(true);
  relay.said({ type: 'policy.watch', files: [file] });
  writeFileSync(file, 'a');
  await isTold(() => down.length === 1);
  t.same([down, counts.knocks, relay.isPending(false)], [[{ type: 'policy.look' }], 0, false]);
  listen(false);
  writeFileSync(file, 'b');
  await isTold(() => counts.knocks === 1);
  t.equal(relay.isPending(false), true, 'with the server gone too');
  listen(true);
  t.same([down.length, relay.isPending(false)], [2, false]);
});

t.test('a set starts an executor until one has said that it holds it, and not again', async (t) => {
  const { relay, down, up, counts, listen } = await createRelay(t);
  relay.handle(shown);
  t.same([down, counts.knocks, relay.isPending(true)], [[], 1, true]);
  listen(true);
  t.same(down, [], 'it says first what it has');
  relay.said(nothing);
  t.same([down, relay.isPending(true)], [[shown], true], 'what was sent is not taken yet');
  // That executor ends without a word; the next one has nothing either.
  listen(false);
  listen(true);
  relay.said(nothing);
  t.same(down, [shown, shown]);
  relay.said({ ...nothing, held });
  t.equal(relay.isPending(true), false);
  listen(false);
  relay.handle(shown);
  t.equal(counts.knocks, 1, 'as with every connection');
  const other = { ...shown, selected: [one.digest] };
  relay.handle(other);
  t.equal(counts.knocks, 2, 'it is for this device now');
  listen(true);
  relay.said({ ...nothing, held });
  t.same(down, [shown, shown, other]);
  relay.said({ ...nothing, held, code: 'E_DISK_FULL' });
  t.equal(relay.isPending(true), false, 'there is no sense in starting another for that');
  relay.handle(other);
  t.same(down, [shown, shown, other, other], 'but it is tried again with each showing');
  relay.said({ ...nothing, held, selected: [one.digest] });
  relay.handle(other);
  t.equal(down.length, 4);
  listen(false);
  listen(true);
  relay.said({ ...nothing, code: 'E_STATE' });
  t.same(down.at(-1), other, 'an executor that has lost it gets it again');
  relay.said({ type: 'policy.want', digest: one.digest });
  t.same(up, [{ type: 'policy.want', digest: one.digest }]);
  const put = { type: 'policy.put', envelope: one.envelope } as const;
  relay.handle(put);
  listen(false);
  relay.handle({ type: 'policy.none', digest: one.digest });
  t.same(down.at(-1), put, 'an answer is for who asked, and for nobody else');
  t.equal(counts.knocks, 2);
});

t.test('what is held is told once, and the newest word replaces one that waits', async (t) => {
  const { relay, counts, told } = await createRelay(t);
  relay.said(nothing);
  relay.said({ ...nothing, code: 'E_NOKEY' });
  relay.said({ ...nothing, held });
  relay.said({ ...nothing, held, selected: [one.digest] });
  // Each is durable before anybody is nudged.
  await told();
  t.equal(counts.nudges, 2);
  t.same(await told(), [{ at: '1970-01-01T00:00:00.000Z', held, code: null }]);
});

t.test('what became of policies is confirmed once it is on this disk, and told to the server', async (t) => {
  const { relay, down, counts, listen, told, server } = await createRelay(t);
  listen(true);
  const body = {
    at: '2026-11-24T00:00:00.000Z',
    set: set.digest,
    reset: true,
    items: [],
    gone: ['sysctl.a'],
  };
  relay.said({ type: 'policy.items', n: 3, body });
  t.same(down, [], 'not before');
  await told();
  t.same(down, [{ type: 'policy.kept', n: 3 }]);
  relay.said({ type: 'policy.items', n: 4, body: { ...body, reset: false } });
  t.same(await told(), [body, { ...body, reset: false }], 'none takes the place of another');
  t.equal(counts.nudges, 2);
  server.capability = 6;
  relay.said({ type: 'policy.items', n: 5, body });
  t.equal((await told()).length, 2, 'an older server would not know what to do with it');
  t.equal(down.length, 2, 'so the executor keeps it');
});
