// Exceptions on a device: for whom they are, that nothing exempt is repaired, and that their end makes it due, without a server.
import { chmodSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isTrustDocument, openTrustGenesis, trustHash } from '@muster/protocol';
import { nameException } from '@muster/protocol/policy';
import t from 'tap';
import { nodeCrypto } from '../../identity/crypto.ts';
import { makeRoot } from '../kinds/testing/context.ts';
import { policyOf, policySetOf, sealTrust } from '../testing/documents.ts';
import { createSimulatedDisk } from '../testing/simulated-disk.ts';
import { createPolicyFiles } from './held.ts';
import { openKeeper } from './keeper.ts';
import { parseResolved } from './resolved.ts';
import { makeDevice, wish } from './testing/machine.ts';

const genesis = sealTrust(1);
const trust = openTrustGenesis(genesis, {
  ...{ crypto: nodeCrypto, validate: isTrustDocument },
  expectedHash: trustHash(Buffer.from(genesis.payload, 'base64url'), nodeCrypto),
});

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Signed for tomorrow, the day after, and so on. */
const inDays = (days: number) => new Date(Math.floor(Date.now() / DAY_MS + days) * DAY_MS);
const untilOf = (days: number) => `${inDays(days).toISOString().slice(0, 19)}Z`;

const keys = ['vm.a', 'vm.b', 'vm.c', 'vm.d'];
const rules = keys.map((key) => ({ id: key.replace('.', '-'), title: 'R', sysctl: { key, value: '1' } }));
const exception = (key: string, on: string, days = 1) => ({
  ...{ rule: key.replace('.', '-'), on, reason: `${key} is old.`, approvedBy: 'anna', until: untilOf(days) },
});

t.test('each for whom it is, until it ends, however lately was resolved', async (t) => {
  const { disk } = createSimulatedDisk({ random: Math.random });
  const one = policyOf('one', {
    ...{ mode: 'enforce', rules },
    exceptions: [
      exception('vm.a', 'os.family == "debian"', 2),
      exception('vm.b', 'os.family == "rhel"'),
      exception('vm.c', 'label("env") == "old"'),
      exception('vm.d', 'label("env") == "old" && os.family == "rhel"'),
    ],
  });
  const set = policySetOf(1, [one]);
  const at = { nowMs: Date.now(), changes: 0 };
  const open = () =>
    openKeeper({
      ...{ disk, crypto: nodeCrypto, now: () => at.nowMs, send: () => undefined },
      words: { trust: () => trust },
      // Facts come with a moment of their own: the keeper's counts.
      openFacts: async () => ({ facts: { values: { 'os.family': 'debian' }, nowMs: 0 } }),
      refused: (what, code) => t.fail(`${what} ${code}`),
      fatal: (error) => t.fail(String(error)),
      frozen: { set: () => undefined },
      changed: () => {
        at.changes += 1;
      },
    });
  const keeper = await open();
  const [c = '', d = ''] = [2, 3].map((place) => nameException(one.digest, place, nodeCrypto));
  const show = async (selected: readonly string[]) => {
    await keeper.handle({ type: 'policy.set', envelope: set.envelope, selected: [...selected] });
    await keeper.handle({ type: 'policy.put', envelope: one.envelope });
  };
  const read = async () =>
    JSON.parse(Buffer.from((await disk.readRange('policies/wanted.json', 0, 1_000_000)) ?? []).toString());
  const modes = async () =>
    (await read()).items.map((item: { item: string; mode: string; exception?: object }) =>
      item.exception === undefined ? item.mode : `exempt ${item.mode}`,
    );
  await show([]);
  t.same(await modes(), ['exempt audit', 'enforce', 'enforce', 'enforce'], 'by its own facts');
  t.equal((await read()).changesAt, untilOf(2));
  await show([c, d, 'A'.repeat(43)]);
  t.same(
    await modes(),
    ['exempt audit', 'enforce', 'exempt audit', 'enforce'],
    'by the word of the server, as far as the signed condition goes',
  );
  t.equal((await read()).changesAt, untilOf(1));
  const { held } = await createPolicyFiles(disk).read();
  t.same(held?.selected, [c, d], 'of the set alone');
  t.equal(held?.changesAtMs, Date.parse(untilOf(1)));

  const resolved = async (nowMs: number) => {
    at.nowMs = nowMs;
    const before = at.changes;
    const again = await open();
    await again.refresh();
    return { modes: await modes(), isNew: at.changes > before };
  };
  const end = Date.parse(untilOf(1));
  await resolved(end - MINUTE_MS);
  t.same(await resolved(end - 1), {
    modes: ['exempt audit', 'enforce', 'exempt audit', 'enforce'],
    isNew: false,
  });
  t.same(
    await resolved(end),
    { modes: ['exempt audit', 'enforce', 'enforce', 'enforce'], isNew: true },
    'a minute after it was resolved last',
  );
  t.same((await resolved(Date.parse(untilOf(2)))).modes, ['enforce', 'enforce', 'enforce', 'enforce']);
  t.equal((await read()).changesAt, null);
});

t.test('what is exempt is looked at, told, and never repaired; afterwards it is', async (t) => {
  const root = makeRoot(t as never, { 'etc/app.conf': 'x' });
  chmodSync(join(root, 'etc/app.conf'), 0o644);
  const device = await makeDevice(t, root);
  const due = wish({ file: { path: '/etc/app.conf', mode: '0600' } });
  const text = JSON.stringify([
    { ...due, mode: 'enforce', exception: { ...exception('vm.a', 'true'), item: due.item } },
  ]);
  const [exempt] = parseResolved(text, 'x');
  if (exempt === undefined) throw new Error('no item');
  t.equal(exempt.mode, 'audit', 'whatever the file says');
  t.match(await device.one(exempt), {
    ...{ state: 'exempt', code: '', found: /0644/, done: [] },
    reason: `Exempt until ${untilOf(1)}, approved by anna: vm.a is old.`,
  });
  const since = (await device.one(exempt)).sinceMs;
  device.nowMs += MINUTE_MS;
  const again = await device.cycle(exempt);
  t.match(again, { changes: [], items: [{ state: 'exempt', sinceMs: since }] }, 'told once');
  t.equal(statSync(join(root, 'etc/app.conf')).mode & 0o777, 0o644);
  t.match(await device.one(due), { state: 'repaired' });
  t.equal(statSync(join(root, 'etc/app.conf')).mode & 0o777, 0o600);
  t.match(await device.one(exempt), { state: 'exempt', found: /0600/ }, 'also where it holds');
});

t.test('a file whose exception says less than it must is refused', async (t) => {
  const due = wish({ file: { path: '/etc/app.conf', mode: '0600' } });
  for (const says of [null, 1, {}, { ...exception('vm.a', 'true') }])
    t.throws(() => parseResolved(JSON.stringify([{ ...due, exception: says }]), 'x'), {
      code: 'E_USAGE',
      message: /item 1: its exception does not say/,
    });
});
