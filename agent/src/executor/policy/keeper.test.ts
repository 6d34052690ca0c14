// The keeper of signed policies on a simulated disk: a set is held whole or not at all, whatever a server shows and whenever the power fails.
import {
  applyTrustUpdate,
  type Envelope,
  isTrustDocument,
  openTrustGenesis,
  type TrustState,
  trustHash,
} from '@muster/protocol';
import t from 'tap';
import { nodeCrypto } from '../../identity/crypto.ts';
import type { Disk } from '../disk.ts';
import type { FromExecutor } from '../local/messages.ts';
import { bob, eve, kim, policyOf, policySetOf, sealTrust } from '../testing/documents.ts';
import { createSimulatedDisk, type SimulatedDisk } from '../testing/simulated-disk.ts';
import { openKeeper, type PolicyKeeper } from './keeper.ts';

const genesis = openTrustGenesis(sealTrust(1), {
  ...{ crypto: nodeCrypto, validate: isTrustDocument },
  expectedHash: trustHash(Buffer.from(sealTrust(1).payload, 'base64url'), nodeCrypto),
});

function trustAt(version: number): TrustState {
  let state = genesis;
  for (let next = 2; next <= version; next++)
    state = applyTrustUpdate(state, sealTrust(next), { crypto: nodeCrypto, validate: isTrustDocument });
  return state;
}

/** A keeper with a server that has these revisions and answers at once. */
async function createPlace(disk: Disk, known: readonly { digest: string; envelope: Envelope }[] = []) {
  const said: FromExecutor[] = [];
  const refused: string[] = [];
  const faults: unknown[] = [];
  let trust = trustAt(1);
  let changes = 0;
  const revisions = new Map(known.map(({ digest, envelope }) => [digest, envelope]));
  const keeper: PolicyKeeper = await openKeeper({
    disk,
    crypto: nodeCrypto,
    words: { trust: () => trust },
    now: Date.now,
    openFacts: async () => ({ facts: { values: { 'os.family': 'debian' }, nowMs: Date.now() } }),
    send: (message) => void said.push(message),
    refused: (what, code) => void refused.push(`${what} ${code}`),
    fatal: (error) => void faults.push(error),
    frozen: { set: () => undefined },
    changed: () => {
      changes += 1;
    },
  });
  const wants = () => said.flatMap((one) => (one.type === 'policy.want' ? [one.digest] : []));
  /** Answers what is asked until nothing is. */
  async function serve(): Promise<void> {
    for (let answered = 0; answered < wants().length; ) {
      for (const digest of wants().slice(answered)) {
        answered += 1;
        const envelope = revisions.get(digest);
        await keeper.handle(
          envelope === undefined ? { type: 'policy.none', digest } : { type: 'policy.put', envelope },
        );
      }
    }
  }
  return {
    ...{ keeper, said, refused, faults, wants, serve, revisions },
    changes: () => changes,
    last: () => said.findLast((one) => one.type === 'policies'),
    async show(set: { envelope: Envelope }, selected: readonly string[] = []) {
      await keeper.handle({ type: 'policy.set', envelope: set.envelope, selected: [...selected] });
      await serve();
    },
    async follow(version: number) {
      trust = trustAt(version);
      await keeper.trustChanged();
      await serve();
    },
  };
}

const [one, two, three] = [policyOf('one'), policyOf('two'), policyOf('three')];
const first = policySetOf(1, [one, two]);
const second = policySetOf(2, [two, three]);
/** Draws that a failing run can repeat: MUSTER_SEED=<the number that it printed>. */
const seed = Number(process.env.MUSTER_SEED ?? Date.now() % 2_147_483_647) || 1;
let drawn = seed;
function random(): number {
  drawn = (drawn * 48_271) % 2_147_483_647;
  return drawn / 2_147_483_647;
}
const newDisk = () => createSimulatedDisk({ random });
const heldOf = (set: { digest: string }, version: number, selected: readonly string[] = []) => ({
  type: 'policies',
  held: { epoch: 1, version, digest: set.digest, policies: 2, unsigned: 0 },
  code: null,
  selected,
});

t.test('a set is held once all of it is here, and told once', async (t) => {
  const { disk } = newDisk();
  const place = await createPlace(disk, [one, two, three]);
  place.keeper.retell();
  const nothing = { type: 'policies', held: null, code: null, selected: [] };
  t.same(place.said, [nothing], 'the core hears what it found');
  await place.keeper.handle({ type: 'policy.set', envelope: first.envelope, selected: [] });
  t.same(place.wants(), [[one.digest, two.digest].toSorted()[0]], 'one after the other');
  t.same(place.last(), nothing, 'and nothing is held before it is whole');
  await place.serve();
  t.same(place.last(), heldOf(first, 1));
  t.equal(place.changes(), 1, 'what is wanted is another');
  await place.show(first, [one.digest, three.digest]);
  t.same(place.last(), heldOf(first, 1, [one.digest]), 'a choice beyond the set is none');
  await place.keeper.refresh();
  t.equal(
    place.changes(),
    1,
    'a choice that changes nothing here, and the same resolved again, are no other',
  );

  const again = await createPlace(disk, [one, two, three]);
  again.keeper.retell();
  t.same(again.last(), heldOf(first, 1, [one.digest]), 'the next executor knows');
  await again.keeper.online();
  await again.show(first, [one.digest]);
  t.same(again.wants(), [], 'and asks for nothing');
  await again.show(second);
  t.same(again.wants(), [three.digest], 'of another set only for what is new');
  t.same(again.last(), heldOf(second, 2));
  const files = (await disk.list('policies')).toSorted();
  const wanted = [second.digest, two.digest, three.digest].map((digest) => `${digest}.json`);
  t.same(files, [...wanted, 'state.json', 'wanted.json'].toSorted(), 'what went is removed');
  await again.show(policySetOf(3, []));
  t.match(again.last(), { held: { version: 3, policies: 0 }, code: null }, 'a set of none is one too');
  t.same([...place.refused, ...place.faults, ...again.refused, ...again.faults], []);
});

t.test('what does not pass is refused by its code, and what is held stays', async (t) => {
  const place = await createPlace(newDisk().disk, [one, two, three]);
  await place.show(second);
  const cut = { ...second.envelope, signatures: [{ keyid: 'a'.repeat(16), sig: 'A'.repeat(86) }] };
  const foreign = policySetOf(3, [one], { change: { org: `org_${'b'.repeat(26)}` } });
  const older = policySetOf(3, [one], { change: { epoch: 2 } });
  for (const [code, envelope] of [
    ['E_ROLLBACK', first.envelope],
    ['E_ROLLBACK', policySetOf(2, [one]).envelope],
    ['E_NOKEY', cut],
    ['E_ORG', foreign.envelope],
    ['E_TRUST', older.envelope],
    ['E_TYPE', one.envelope],
    ['E_SHAPE', {}],
  ] as const) {
    await place.keeper.handle({ type: 'policy.set', envelope: envelope as Envelope, selected: [] });
    t.match(place.last(), { held: { digest: second.digest }, code });
    t.equal(place.refused.at(-1), `policy set ${code}`);
  }
  await place.show(second);
  t.match(place.last(), { held: { digest: second.digest }, code: null }, 'the good one mends it');
  t.same(place.faults, []);
});

t.test('a revision that is withheld keeps the set from being held, and is asked for again', async (t) => {
  const place = await createPlace(newDisk().disk, [one, two]);
  await place.show(first);
  await place.show(second);
  t.match(place.last(), { held: { digest: first.digest }, code: 'E_WITHHELD' });
  await place.keeper.handle({ type: 'policy.put', envelope: one.envelope });
  await place.keeper.handle({ type: 'policy.none', digest: two.digest });
  t.equal(place.refused.length, 1, 'what nobody asked for is passed over');
  place.revisions.set(three.digest, three.envelope);
  await place.keeper.online();
  await place.serve();
  t.same(place.last(), heldOf(second, 2));
  const twins = [policyOf('one', {}, { version: 2 }), one];
  for (const twin of twins) place.revisions.set(twin.digest, twin.envelope);
  await place.show(policySetOf(3, twins));
  t.match(
    place.last(),
    { held: { digest: second.digest }, code: 'E_WITHHELD' },
    'two revisions of one policy are no set',
  );
});

t.test('trust goes first: a set waits for its signer, and is void when he has gone', async (t) => {
  const byEve = policyOf('eves', {}, { by: eve, trustVersion: 2 });
  const byBob = policyOf('bobs', {}, { by: bob });
  const place = await createPlace(newDisk().disk, [one, byBob, byEve]);
  const early = policySetOf(1, [byEve, byBob], { by: eve, trustVersion: 2 });
  await place.show(early);
  t.match(place.last(), { held: null, code: 'E_NOKEY' });
  await place.follow(2);
  t.same(place.last(), heldOf(early, 1));
  await place.follow(4);
  const rest = { held: { digest: early.digest, policies: 2, unsigned: 1 }, code: 'E_NOKEY' };
  t.match(place.last(), rest, 'what one signed who has gone says nothing in it');

  const other = await createPlace(newDisk().disk, [one, byBob]);
  const bobs = policySetOf(1, [one, byBob], { by: bob });
  await other.show(bobs);
  t.match(other.last(), { held: { unsigned: 0 } });
  await other.follow(4);
  t.match(other.last(), { held: null, code: 'E_NOKEY' }, 'the set of one who has gone is held no more');
  t.same([...place.faults, ...other.faults], []);
});

t.test(
  'a set signed by a passkey waits until its page is listed, and is void when it is not any more',
  async (t) => {
    const byKim = policyOf('kims', {}, { by: kim, trustVersion: 6 });
    const place = await createPlace(newDisk().disk, [byKim]);
    await place.follow(5);
    const set = policySetOf(1, [byKim], { by: kim, trustVersion: 5 });
    await place.show(set);
    t.match(place.last(), { held: null, code: 'E_PAGE' }, 'she may sign, but not at that page yet');
    await place.follow(6);
    const held = { digest: set.digest, policies: 1, unsigned: 0 };
    t.match(place.last(), { held, code: null }, 'nobody showed it again');
    await place.follow(7);
    t.match(place.last(), { held: null, code: 'E_PAGE' });
    t.same(place.faults, []);
  },
);

t.test('a device resolves on its own facts, and the server decides only what no device knows', async (t) => {
  const of = (name: string, on: string, change: object = {}) => {
    const rules = [{ id: 'r', title: 'R', sysctl: { key: `vm.${name}`, value: '1' } }];
    return policyOf(name, { on, rules, ...change });
  };
  const policies = {
    mine: of('mine', 'os.family == "debian"', { mode: 'enforce' }),
    foreign: of('foreign', 'os.family == "redhat"'),
    left: of('left', 'os.family == "debian"', { except: 'os.family == "debian"' }),
    chosen: of('chosen', 'label("a") == "b"'),
    unchosen: of('unchosen', 'label("a") == "b"'),
    beyond: of('beyond', 'label("a") == "b" && os.family == "redhat"'),
  };
  const { mine, foreign, chosen, unchosen, beyond } = policies;
  const { disk } = newDisk();
  const place = await createPlace(disk, Object.values(policies));
  const set = policySetOf(1, Object.values(policies));
  const read = async () =>
    JSON.parse(Buffer.from((await disk.readRange('policies/wanted.json', 0, 1_000_000)) ?? []).toString());
  const items = async () => (await read()).items.map(({ item }: { item: string }) => item);
  await place.show(
    set,
    [foreign, chosen, beyond].map(({ digest }) => digest),
  );
  const wanted = await read();
  t.match(wanted, { set: { epoch: 1, version: 1, digest: set.digest }, at: String });
  t.same(
    wanted.policies.map(({ policy, isForDevice, judgedBy }: Record<string, unknown>) => [
      policy,
      isForDevice,
      judgedBy,
    ]),
    [
      ['beyond', false, 'server'],
      ['chosen', true, 'server'],
      ['foreign', false, 'device'],
      ['left', false, 'device'],
      ['mine', true, 'device'],
      ['unchosen', false, 'server'],
    ],
    'a server cannot widen what a device judges, nor go beyond a bound',
  );
  const [first, last] = wanted.items;
  t.match(first, { item: 'sysctl.vm.chosen', mode: 'audit' });
  t.match(last, { item: 'sysctl.vm.mine', mode: 'enforce', rule: { policy: 'mine' } });
  t.same(await items(), ['sysctl.vm.chosen', 'sysctl.vm.mine']);
  await place.show(set, [unchosen.digest]);
  t.same(await items(), ['sysctl.vm.mine', 'sysctl.vm.unchosen'], 'whom it is for may change');
  await place.show(policySetOf(2, [mine], { by: bob }));
  t.same(await items(), ['sysctl.vm.mine']);
  await place.follow(4);
  t.equal(await disk.size('policies/wanted.json'), null, 'a void set wants nothing');
  t.same(place.faults, []);
});

t.test('a server cannot take away what is held by showing its bytes with bad signatures', async (t) => {
  const place = await createPlace(newDisk().disk, [one, two]);
  await place.show(first);
  const signatures = first.envelope.signatures.map(({ keyid }) => ({ keyid, sig: 'A'.repeat(86) }));
  await place.show({ envelope: { ...first.envelope, signatures } });
  t.match(place.last(), { held: { digest: first.digest }, code: 'E_SIG' });
});

t.test('a damaged file is fetched again, and a damaged state begins from nothing', async (t) => {
  const simulated = newDisk();
  const before = await createPlace(simulated.disk, [one, two, three]);
  await before.show(first);
  simulated.damage('policies', (bytes) => bytes.map((byte) => byte ^ 1));
  const place = await createPlace(simulated.disk, [one, two, three]);
  place.keeper.retell();
  t.match(place.last(), { held: null, code: 'E_STATE' }, 'which is told');
  await place.show(second);
  t.same(place.last(), heldOf(second, 2));
  t.same(place.wants().toSorted(), [two.digest, three.digest].toSorted());
});

t.test('each damaged file of what is held is repaired when it is shown again', async (t) => {
  for (const { digest } of [first, one, two]) {
    const { disk } = newDisk();
    const before = await createPlace(disk, [one, two]);
    await before.show(first);
    const path = `policies/${digest}.json`;
    const bytes = Buffer.from((await disk.readRange(path, 0, 1_000_000)) ?? []);
    await disk.remove(path);
    const file = await disk.open(path);
    await file.append(Buffer.from(bytes.toString().replace('"payload":"e', '"payload":"f')));
    await file.close();
    const place = await createPlace(disk, [one, two]);
    await place.show(first, [one.digest]);
    t.same(place.last(), heldOf(first, 1, [one.digest]));
    t.same([place.wants(), place.refused], [digest === first.digest ? [] : [digest], []]);
  }
});

t.test('a revision with other signatures takes the place of none, and is asked for again', async (t) => {
  const spoil = (keyid: string | undefined) => {
    const signatures = one.envelope.signatures.map((own) => ({
      keyid: keyid ?? own.keyid,
      sig: 'A'.repeat(86),
    }));
    return { digest: one.digest, envelope: { ...one.envelope, signatures } };
  };
  const { disk } = newDisk();
  const place = await createPlace(disk, [spoil(undefined), two]);
  await place.show(first);
  t.match(place.last(), { held: null, code: 'E_SIG' }, 'bad ones');
  place.revisions.set(one.digest, spoil('a'.repeat(16)).envelope);
  await place.show(first);
  t.match(
    place.last(),
    { held: { unsigned: 1 }, code: 'E_NOKEY' },
    'unknown ones cannot be told from those of one who has gone',
  );
  place.revisions.set(one.digest, one.envelope);
  await place.show(first);
  t.same(place.last(), heldOf(first, 1), 'an honest server mends it');
  t.same(place.faults, []);
});

t.test('on a full disk the old set stays, and the new one comes when there is room', async (t) => {
  const simulated = newDisk();
  const place = await createPlace(simulated.disk, [one, two, three]);
  await place.show(first);
  simulated.setRoom(simulated.usedBytes());
  await place.show(second);
  t.match(place.last(), { held: { digest: first.digest }, code: 'E_DISK_FULL' });
  simulated.setRoom(Number.POSITIVE_INFINITY);
  await place.show(second);
  t.same(place.last(), heldOf(second, 2));
  t.same(place.faults, []);
});

t.test('whenever the power fails, one set is held whole, and the newer one is reached', async (t) => {
  t.comment(`seed ${seed}`);
  let cuts = 0;
  for (let at = 1; ; at++) {
    const simulated = newDisk();
    const before = await createPlace(simulated.disk, [one, two, three]);
    await before.show(first);
    let calls = 0;
    let after: SimulatedDisk | null = null;
    let fail: () => void = () => undefined;
    const failed = new Promise<void>((resolve) => {
      fail = resolve;
    });
    const counted = new Proxy(simulated.disk, {
      get(target, key) {
        const method = Reflect.get(target, key);
        if (typeof method !== 'function') return method;
        return (...args: unknown[]) => {
          if (++calls === at) {
            after = simulated.cutPower();
            fail();
          }
          return Reflect.apply(method, target, args);
        };
      },
    });
    // A disk without power answers nothing any more.
    const work = async () => (await createPlace(counted, [one, two, three])).show(second);
    await Promise.race([work(), failed]);
    if (after === null) break;
    cuts += 1;
    const place = await createPlace((after as SimulatedDisk).disk, [one, two, three]);
    place.keeper.retell();
    const last = place.last();
    const held = last?.type === 'policies' ? last.held : null;
    if (held?.digest !== first.digest && held?.digest !== second.digest)
      t.fail(`nothing is held after cut ${at}`);
    await place.keeper.online();
    await place.serve();
    await place.show(second);
    t.same(place.last(), heldOf(second, 2), `after cut ${at}`);
    t.same([...place.refused, ...place.faults], []);
  }
  t.ok(cuts > 20, `${cuts} cuts`);
});
