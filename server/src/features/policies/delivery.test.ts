// Proves the way of policies to devices against the real database and the real index: who is told what, once, and what a device gets that asks.
import type { ServerMessage } from '@muster/protocol';
import { compileExpression } from '@muster/protocol/language';
import { formatSecond, MAX_SELECTED, nameException, type Policy } from '@muster/protocol/policy';
import t, { type Test } from 'tap';
import { createAnswerDurable } from '../../core/agents/durable.ts';
import type { AgentRoutes, Session } from '../../core/agents/session.ts';
import { systemClock } from '../../core/clock.ts';
import { nodeCrypto } from '../../core/crypto.ts';
import { silentLog } from '../../core/log.ts';
import { openTestDatabase } from '../../core/testing/database.ts';
import { until } from '../../core/testing/until.ts';
import { fail } from '../../errors.ts';
import { createDeviceNames, createFleetRows, fenceSessions } from '../devices/index.ts';
import { createFleet } from '../fleet/index.ts';
import { createFactReader } from '../inventory/index.ts';
import { addDevices, createTenants } from '../inventory/testing/fleet.ts';
import { createDelivery } from './delivery.ts';
import { GATHER_MS, MAX_OTHERS, POLICIES_CAPABILITY } from './limits.ts';
import { createReadPresent, type Present } from './present.ts';
import { createPoliciesService } from './service.ts';
import { createShelf } from './shelf.ts';
import { createStates } from './states.ts';
import { countStandings, selectState } from './store-states.ts';
import { createApply, createTestTrust, makeTestPolicy as make } from './testing/signing.ts';

t.setTimeout(240_000);

/** A device that is connected. */
interface Connected extends Session {
  readonly sent: ServerMessage[];
}

function connect(idx: number, change: Partial<Session> = {}): Connected {
  const sent: ServerMessage[] = [];
  const session = { tenant: 1, idx, epoch: 1, capability: POLICIES_CAPABILITY, clockOffsetMs: 0, open: true };
  return {
    ...session,
    send: (message: ServerMessage) => void sent.push(message),
    sent,
    ...change,
  } as Connected;
}

/** What is selected, of each telling. */
const selections = ({ sent }: Connected) =>
  sent.flatMap((message) => (message.type === 'policy.set' ? [message.selected] : []));

async function openStage(t: Test, devices = 4) {
  const { sql, statements } = await openTestDatabase(t);
  await createTenants(sql, [1]);
  await addDevices(sql, 1, devices);
  const watched = { count: 0, isHeld: false };
  const index = createFleet({
    ...{ clock: systemClock, log: silentLog },
    source: { ...createFleetRows(sql), facts: createFactReader(sql) },
  });
  index.start();
  const held: (() => void)[] = [];
  const fleet: typeof index = {
    ...index,
    watch(tenant, expression, listener) {
      const end = index.watch(tenant, expression, (moved) => {
        if (watched.isHeld) held.push(() => listener(moved));
        else listener(moved);
      });
      watched.count += 1;
      return () => {
        watched.count -= 1;
        end();
      };
    },
  };
  /** The index tells what it knew. */
  function release(): void {
    watched.isHeld = false;
    for (const tell of held.splice(0)) tell();
  }
  t.teardown(() => index.stop());
  const signing = createTestTrust();
  // What is read while the database is away.
  const reads = { isAway: false, count: 0, last: null as Present | null };
  const base = { sql, clock: systemClock, log: silentLog, crypto: nodeCrypto, trust: signing.trust, fleet };
  const read = createReadPresent(base);
  // Counted when it is over: who looks in another turn then finds what the delivery made of it.
  const readPresent: typeof read = async (...args) => {
    try {
      if (reads.isAway) throw fail('E_UNAVAILABLE');
      reads.last = await read(...args);
      return reads.last;
    } finally {
      reads.count += 1;
    }
  };
  const delivery = createDelivery(base, readPresent);
  t.teardown(() => delivery.stop());
  const service = createPoliciesService(
    { ...base, devices: createDeviceNames(sql) },
    { readPresent: read, delivery },
  );
  async function label(idx: number, labels: object) {
    await sql`UPDATE device SET labels = ${JSON.stringify(labels)}::text::jsonb WHERE tenant = 1 AND idx = ${idx}`;
    index.note('device', 1, idx);
  }
  return {
    ...signing,
    base,
    sql,
    statements,
    index,
    watched,
    held,
    release,
    reads,
    delivery,
    service,
    label,
    apply: createApply(service, signing),
  };
}

const PROD = { on: 'label("env") == "prod"' };

/** Longer than devices are gathered that moved. */
const afterGathering = () => new Promise((resolve) => setTimeout(resolve, GATHER_MS + 500));

t.test('a device that connects is told the set and what of it is for it', async (t) => {
  const { delivery, service, label, apply, watched, held, release } = await openStage(t);
  await label(1, { env: 'prod' });
  await label(2, { env: 'prod', role: 'bastion' });
  const early = connect(1);
  delivery.opened(early);
  watched.isHeld = true;
  delivery.start();
  await apply([
    make('everywhere', 1),
    make('prod', 1, { ...PROD, except: 'label("role") == "bastion"' }),
    make('not-bastions', 1, { except: 'label("role") == "bastion"' }),
  ]);
  await until('the index knows', () => held.length === 2);
  const between = connect(1);
  delivery.opened(between);
  t.same([early.sent, between.sent], [[], []], 'nobody is told before every condition has told its members');
  delivery.opened(early);
  release();
  await until('it is told', () => early.sent.length);
  const { members, set } = await service.present();
  const digests = new Map(members.map(({ name, digest }) => [name, digest]));
  const named = (names: readonly string[]) => names.flatMap((name) => digests.get(name) ?? []).toSorted();
  t.match(early.sent, [{ type: 'policy.set', envelope: JSON.parse(set?.row.envelope ?? '') }]);
  t.same(selections(early), [named(['prod', 'not-bastions'])]);
  const late = [0, 2].map((idx) => connect(idx));
  const old = connect(1, { capability: POLICIES_CAPABILITY - 1 });
  const foreign = connect(1, { tenant: 2 });
  for (const session of [...late, old, foreign]) delivery.opened(session);
  t.same(late.map(selections), [[named(['not-bastions'])], [[]]], 'at once');
  t.same([...old.sent, ...foreign.sent], []);
});

t.test('exceptions that only the server can place are told as policies are', async (t) => {
  const { delivery, service, label, apply } = await openStage(t);
  await label(1, { env: 'prod' });
  delivery.start();
  const plain = make('one', 1);
  const [{ id: rule, item } = { id: '', item: '' }] = plain.rules;
  const end = formatSecond(Date.now() + 86_400_000);
  const fair = { rule, item, reason: 'It is old.', approvedBy: 'anna', until: end };
  const exceptions = [
    { ...fair, on: 'hostname == "old"' },
    { ...fair, ...PROD },
  ];
  await apply([{ ...plain, exceptions }, make('prod', 1, PROD)]);
  const [stranger, meant] = [0, 1].map((idx) => connect(idx)) as [Connected, Connected];
  for (const session of [stranger, meant]) delivery.opened(session);
  await until('both are told', () => stranger.sent.length === 1 && meant.sent.length === 1);
  const digestOf = async (name: string) =>
    (await service.present()).members.find((one) => one.name === name)?.digest ?? '';
  const [one, prod] = [await digestOf('one'), await digestOf('prod')];
  t.same(selections(stranger), [[]]);
  t.same(
    selections(meant),
    [[nameException(one, 1, nodeCrypto), prod].toSorted()],
    'not the one that devices judge themselves',
  );
  await label(1, { env: 'test' });
  await until('it is told of the move', () => meant.sent.length === 2);
  t.same(selections(meant).at(-1), []);
});

t.test('who joins or leaves is told once, and only then', async (t) => {
  const { delivery, service, label, apply, reads } = await openStage(t);
  delivery.start();
  await apply([make('prod', 1, PROD), make('staging', 1, { on: 'label("env") != "prod"' })]);
  const all = [0, 1, 2].map((idx) => connect(idx));
  for (const session of all) delivery.opened(session);
  await until('all are told', () => all.every(({ sent }) => sent.length === 1));
  const { members } = await service.present();
  const [prod = '', staging = ''] = ['prod', 'staging'].map(
    (name) => members.find((one) => one.name === name)?.digest ?? '',
  );
  const [other, mover, witness] = all as [Connected, Connected, Connected];
  // It leaves one and joins the other.
  await label(1, { env: 'prod' });
  await until('it is told of the move', () => mover.sent.length === 2);
  await label(1, { env: 'prod', owner: 'somebody' });
  // Who moves later is told later, or together with the others.
  await label(2, { env: 'prod' });
  await until('the witness is told', () => witness.sent.length === 2);
  t.same(
    selections(mover),
    [[staging], [prod]],
    'one telling of its move, none where nothing changed for it',
  );
  t.same(selections(other), [[staging]]);
  const { count } = reads;
  delivery.renew();
  await until('it was read again', () => reads.count > count);
  await label(2, {});
  await until('the witness is told again', () => witness.sent.length === 3);
  t.same([other.sent.length, mover.sent.length], [1, 2], 'the same set is not told again');
  delivery.closed(mover);
  const again = connect(1);
  delivery.opened(again);
  t.same(selections(again), [[prod]], 'a new session hears it');
  await label(1, {});
  await until('the new session is told', () => again.sent.length === 2);
  t.equal(mover.sent.length, 2);
});

t.test(
  'another set reaches everybody, in slices, and what is not asked any more is not watched',
  async (t) => {
    const { delivery, apply, watched } = await openStage(t, 400);
    delivery.start();
    await apply([make('prod', 1, PROD), make('web', 1, { on: 'label("role") == "web"', except: PROD.on })]);
    const all = Array.from({ length: 400 }, (_, idx) => connect(idx));
    for (const session of all) delivery.opened(session);
    await until('all are told', () => all.every(({ sent }) => sent.length === 1));
    t.equal(watched.count, 3);
    let turns = 0;
    let isOver = false;
    const count = () => {
      turns += all.some(({ sent }) => sent.length === 2) ? 1 : 0;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    await apply([make('web', 1, { on: 'label("role") == "web"' }), make('plain', 1)]);
    await until('all are told again', () => all.every(({ sent }) => sent.length === 2));
    isOver = true;
    t.ok(turns >= 3, `others had ${turns} turns meanwhile`);
    t.equal(watched.count, 1);
    await apply([make('plain', 1)]);
    await until('all are told once more', () => all.every(({ sent }) => sent.length === 3));
    t.equal(watched.count, 0);
    t.equal(new Set(all.map(({ sent }) => sent[2])).size, 1, 'one message, made once');
  },
);

t.test('a void set is told to nobody, and one that counts again is told anew', async (t) => {
  const { delivery, apply, change, document, reads } = await openStage(t);
  delivery.start();
  const session = connect(0);
  delivery.opened(session);
  await apply([make('one', 1)]);
  await until('it is told', () => session.sent.length === 1);
  const { signers } = document();
  change({ signers: [] });
  await until('it was read', () => reads.last?.set?.isVoid);
  const late = connect(1);
  delivery.opened(late);
  t.same([session.sent.length, late.sent.length], [1, 0]);
  change({ signers });
  await until('both are told', () => session.sent.length === 2 && late.sent.length === 1);
  change({ policyEpoch: 2 });
  await until('it was read', () => reads.last?.set === null);
  const last = connect(2);
  delivery.opened(last);
  t.same([session.sent.length, last.sent.length], [2, 0], 'of another epoch nothing is in force');
});

t.test('a policy whose group is gone is for nobody, also where the group was the exception', async (t) => {
  const { delivery, service, apply, index } = await openStage(t);
  const group = { id: 'grp_x', name: 'pilots', expression: 'true', picked: [] };
  let groups = [group];
  index.groupsFrom(async () => groups);
  index.note('group', 1, 0);
  delivery.start();
  const session = connect(0);
  delivery.opened(session);
  await apply([
    make('members', 1, { on: 'group("pilots")' }),
    make('others', 1, { on: 'label("env") == ""', except: '!group("pilots")' }),
  ]);
  const both = (await service.present()).members.map(({ digest }) => digest).toSorted();
  await until('it is told', () => session.sent.length === 1);
  groups = [];
  index.note('group', 1, 0);
  await until('it is told again', () => session.sent.length === 2);
  t.same(selections(session), [both, []]);
  delivery.renew();
  groups = [group];
  index.note('group', 1, 0);
  await until('it is told once more', () => session.sent.length === 3);
  t.same(selections(session).at(-1), both);
});

t.test('a database that is away is asked again', async (t) => {
  const { delivery, apply, reads } = await openStage(t);
  await apply([make('one', 1)]);
  reads.isAway = true;
  delivery.start();
  const session = connect(0);
  delivery.opened(session);
  await until('it was asked twice', () => reads.count > 1);
  t.equal(session.sent.length, 0);
  reads.isAway = false;
  await until('it is told', () => session.sent.length === 1);
  const { count } = reads;
  await afterGathering();
  t.equal(reads.count, count, 'and then no more');
});

t.test('what is wanted in whatever moment is read', async (t) => {
  const { base } = await openStage(t);
  const counts: number[] = [];
  // After so many small steps: one of these moments is when the last look is over, and the reading is not.
  for (let steps = 1; steps <= 40; steps++) {
    let count = 0;
    const delivery = createDelivery(base, async () => {
      count += 1;
      if (count === 1) void wantAfter(steps);
      return { epoch: 1, set: null, members: [] };
    });
    async function wantAfter(left: number): Promise<void> {
      for (let step = 0; step < left; step++) await null;
      delivery.renew();
    }
    delivery.start();
    await new Promise((resolve) => setTimeout(resolve));
    await delivery.stop();
    counts.push(count);
  }
  t.same(new Set(counts), new Set([2]));
});

t.test('a set with more policies than the server follows is refused', async (t) => {
  const { apply } = await openStage(t);
  const many = (count: number, change: object) =>
    Array.from({ length: count }, (_, at) => make(`p${at}`, 1, change));
  const others = Array.from({ length: 3 }, (_, at) => make(`q${at}`, 1));
  await t.rejects(apply([...many(MAX_SELECTED + 1, PROD), ...others]), {
    code: 'E_LIMIT',
    message: /201 policies ask .* 200 are the most/,
  });
  const [first = make('p0', 1, PROD), ...rest] = many(MAX_SELECTED, PROD);
  const exception = {
    ...{ rule: first.rules[0]?.id ?? '', item: first.rules[0]?.item ?? '', ...PROD },
    ...{ reason: 'r', approvedBy: 'anna', until: formatSecond(Date.now() + 86_400_000) },
  };
  await t.rejects(apply([{ ...first, exceptions: [exception] }, ...rest]), {
    code: 'E_LIMIT',
    message: /200 policies and 1 exceptions ask .* 200 are the most/,
  });
  const fitting: Policy[] = [...many(MAX_SELECTED, PROD), ...others];
  t.match(await apply(fitting), { policies: MAX_SELECTED + 3, isInForce: true });
});

t.test('revisions are answered from memory, and read once for all who ask', async (t) => {
  const { base, apply, service, statements, sql } = await openStage(t);
  await apply([make('one', 1), make('two', 1)]);
  const ofOne = async (name: string) =>
    (await service.present()).members.find((member) => member.name === name);
  const [one, two] = [await ofOne('one'), await ofOne('two')];
  const warned: unknown[] = [];
  const log = { ...silentLog, error: (...said: unknown[]) => void warned.push(said) } as typeof silentLog;
  const shelf = createShelf({ ...base, log });
  t.teardown(() => shelf.stop());
  const all = Array.from({ length: 200 }, (_, idx) => connect(idx));
  const before = statements();
  for (const session of all) shelf.want(session, one?.digest ?? '');
  await until('all are answered', () => all.every(({ sent }) => sent.length === 1));
  t.match(all.at(7)?.sent, [{ type: 'policy.put', envelope: JSON.parse(one?.row.envelope ?? '') }]);
  for (const session of all) shelf.want(session, two?.digest ?? '');
  t.ok(
    all.every(({ sent }) => sent.length === 2),
    'at once',
  );
  t.equal(statements() - before, 2, 'the set and its revisions');
  const stranger = connect(0);
  shelf.want(stranger, 'A'.repeat(43));
  await until('it is answered', () => stranger.sent.length);
  t.same(stranger.sent, [{ type: 'policy.none', digest: 'A'.repeat(43) }]);
  t.equal(statements() - before, 4, 'the set is the same, and no other has it');
  await apply([make('one', 1), make('two', 2)]);
  const [three, late] = [await ofOne('two'), connect(1)];
  const between = statements();
  shelf.want(late, three?.digest ?? '');
  shelf.want(stranger, one?.digest ?? '');
  await until('it is answered', () => late.sent.length);
  t.match(late.sent, [{ type: 'policy.put', envelope: JSON.parse(three?.row.envelope ?? '') }]);
  t.equal(statements() - between, 2);
  t.match(stranger.sent.at(-1), { type: 'policy.put' });
  const slow = connect(4);
  shelf.want(slow, two?.digest ?? '');
  await until('it is answered', () => slow.sent.length);
  t.match(slow.sent, [{ type: 'policy.put' }], 'who still fetches the set before takes nothing for withheld');
  await sql`ALTER TABLE policy_set RENAME TO away`;
  const waiting = connect(2);
  const gone = connect(3, { open: false });
  for (const session of [waiting, gone]) shelf.want(session, 'B'.repeat(43));
  await until('it was tried', () => warned.length);
  t.same(waiting.sent, []);
  await sql`ALTER TABLE away RENAME TO policy_set`;
  await until('it is answered', () => waiting.sent.length);
  t.same([waiting.sent.length, gone.sent.length], [1, 0]);
});

t.test('what is damaged is none, of others nothing is told, and too many others wait', async (t) => {
  const { base, apply, service, sql } = await openStage(t);
  const many = Array.from({ length: MAX_OTHERS + 20 }, (_, at) => make(`p${at}`, 1));
  await apply(many);
  const before = (await service.present()).members;
  await apply([make('damaged', 1), make('sound', 1)]);
  const [damaged, sound] = (await service.present()).members;
  await sql`UPDATE policy_revision SET envelope = '{}' WHERE name = 'damaged'`;
  const failed: unknown[] = [];
  const log = { ...silentLog, error: (...said: unknown[]) => void failed.push(said) } as typeof silentLog;
  const shelf = createShelf({ ...base, log });
  t.teardown(() => shelf.stop());
  const sessions = [0, 1].map((idx) => connect(idx));
  const [first, second] = sessions as [Connected, Connected];
  shelf.want(first, damaged?.digest ?? '');
  shelf.want(second, sound?.digest ?? '');
  await until('both are answered', () => sessions.every(({ sent }) => sent.length === 1));
  t.same(first.sent, [{ type: 'policy.none', digest: damaged?.digest }]);
  t.match(second.sent, [{ type: 'policy.put' }], 'the others are answered');
  t.match(failed.at(-1), [{ digest: damaged?.digest }]);
  const foreign = connect(0, { tenant: 2 });
  shelf.want(foreign, sound?.digest ?? '');
  t.same(foreign.sent, [{ type: 'policy.none', digest: sound?.digest }]);
  const late = before.map((_, idx) => connect(idx));
  for (const [at, session] of late.entries()) shelf.want(session, before[at]?.digest ?? '');
  await until('all are answered', () => late.every(({ sent }) => sent.length === 1));
  t.ok(
    late.every(({ sent }) => sent[0]?.type === 'policy.put'),
    'none is told that it is not there',
  );
});

/** What a device says. */
function say(seq: number, change: object = {}) {
  const held = { epoch: 1, version: 2, digest: 'D'.repeat(43), policies: 3, unsigned: 0 };
  return {
    type: 'policy.state',
    seq,
    at: new Date(1_700_000_000_000 + seq).toISOString(),
    held,
    code: null,
    ...change,
  } as const;
}

t.test('what devices hold is stored, the newest of each, and counted', async (t) => {
  const { base, sql, statements } = await openStage(t, 300);
  const answerDurable = createAnswerDurable(base);
  const states = createStates({ ...base, answerDurable });
  t.teardown(() => states.stop());
  const first = connect(0);
  const before = statements();
  await states.take(first, say(5));
  const one = statements() - before;
  t.same(first.sent, [{ type: 'ack', seqs: [5] }]);
  t.match(await selectState(sql, 1, 0), {
    ...{ seq: 5, code: null, at: new Date(1_700_000_000_005) },
    held: { epoch: 1, version: 2, digest: 'D'.repeat(43), policies: 3, unsigned: 0 },
  });
  await states.take(first, say(4, { held: null, code: 'E_NOKEY' }));
  t.match(first.sent.at(-1), { type: 'ack', seqs: [4] });
  t.match(await selectState(sql, 1, 0), { seq: 5, code: null }, 'an older message changes nothing');
  await states.take(first, say(6, { held: null, code: 'E_WITHHELD' }));
  t.match(await selectState(sql, 1, 0), { seq: 6, code: 'E_WITHHELD', held: null });

  const between = statements();
  const others = Array.from({ length: 200 }, (_, at) => connect(at + 1));
  await Promise.all(
    others.flatMap((session) => [
      states.take(session, say(2, { held: null })),
      states.take(session, say(1)),
      states.take(
        session,
        say(3, session.idx % 2 === 0 ? { held: { ...say(1).held, version: 1, digest: 'C'.repeat(43) } } : {}),
      ),
    ]),
  );
  t.ok(
    statements() - between <= 3 * one,
    `${statements() - between} statements for 600 messages, ${one} for one`,
  );
  const all = { digest: 'D'.repeat(43), within: null };
  const counts = await countStandings(sql, 1, all);
  t.same(
    new Map(counts.map(({ standing, count }) => [standing, count])),
    new Map([
      ['current', 100],
      ['behind', 100],
      ['refused', 1],
    ]),
  );
  const some = { bytes: () => Uint8Array.of(0b110) };
  t.same(
    (await countStandings(sql, 1, { ...all, within: some })).toSorted((a, b) =>
      a.standing < b.standing ? -1 : 1,
    ),
    [
      { standing: 'behind', count: 1 },
      { standing: 'current', count: 1 },
    ],
    'of those that may be seen',
  );
  await states.forget(1, 0);
  t.equal(await selectState(sql, 1, 0), undefined);
});

t.test('it is told how devices stand to what is in force, and what one holds', async (t) => {
  const { base, service, apply, change, index, sql } = await openStage(t, 6);
  const states = createStates({ ...base, answerDurable: createAnswerDurable(base) });
  t.teardown(() => states.stop());
  await apply([make('one', 1)]);
  const present = await service.present();
  const held = { ...say(1).held, version: 1, digest: present.set?.row.digest ?? '' };
  await states.take(connect(0), say(1, { held }));
  await states.take(connect(1), say(1));
  await states.take(connect(2), say(1, { held: null }));
  await states.take(connect(3), say(1, { code: 'E_ROLLBACK' }));
  await states.take(connect(4), say(1, { held }));
  await sql`UPDATE device SET state = 'retired' WHERE idx = 4`;
  index.note('device', 1, 4);
  t.same(await service.standings(present, null), { current: 1, behind: 1, none: 2, refused: 1 });
  const limits = [compileExpression('hostname == "host-0" || hostname == "host-5"', { for: 'server' })];
  t.same(await service.standings(present, limits), { current: 1, behind: 0, none: 1, refused: 0 });
  t.same(await service.standings(present, []), { current: 0, behind: 0, none: 0, refused: 0 });
  const [rows] = [await sql<{ id: string }[]>`SELECT id FROM device ORDER BY idx`];
  const ids = rows.map(({ id }) => id);
  t.match(await service.held(1, ids[0] ?? ''), { held, isCurrent: true, code: null, at: /^2023-/ });
  t.match(await service.held(1, ids[3] ?? ''), {
    held: { version: 2 },
    isCurrent: false,
    code: 'E_ROLLBACK',
  });
  t.same(await service.held(1, ids[5] ?? ''), { held: null, isCurrent: false, code: null, at: null });
  await t.rejects(service.held(2, ids[0] ?? ''), { code: 'E_NOT_FOUND' }, 'not of others');
  await t.rejects(service.held(1, `dev_${'a'.repeat(26)}`), { code: 'E_NOT_FOUND' });
  change({ signers: [] });
  t.match(await service.held(1, ids[0] ?? ''), { held, isCurrent: false }, 'a void set is not in force');
  const busy = { ...base.fleet, sets: () => Promise.reject(fail('E_BUSY')) };
  const asked = createPoliciesService({ ...base, devices: createDeviceNames(sql), fleet: busy });
  t.equal(await asked.standings(present, null), null, 'what is in force is told all the same');
});

t.test('with several processes the older session of a device stores nothing', async (t) => {
  const { base, sql } = await openStage(t);
  const states = createStates({ ...base, answerDurable: createAnswerDurable(base), fence: fenceSessions });
  t.teardown(() => states.stop());
  await sql`UPDATE device SET epoch = 2 WHERE tenant = 1 AND idx = 0`;
  const [old, newer] = [connect(0, { epoch: 1 }), connect(0, { epoch: 2 })];
  await states.take(old, say(9));
  t.same(old.sent, [], 'the device says it again over its new session');
  t.equal(await selectState(sql, 1, 0), undefined);
  await states.take(newer, say(9));
  t.same(newer.sent, [{ type: 'ack', seqs: [9] }]);
});

t.test('the messages go where they are handled', async (t) => {
  const { base, sql } = await openStage(t);
  const { createPolicies } = await import('./index.ts');
  const policies = createPolicies({
    ...{ ...base, devices: createDeviceNames(sql), answerDurable: createAnswerDurable(base) },
  });
  const placed: string[] = [];
  const routes = (place: string) =>
    new Proxy({} as AgentRoutes, {
      get: (_routes, kind) => (type: unknown) =>
        void placed.push(`${place} ${String(kind)} ${typeof type === 'string' ? type : ''}`.trim()),
    });
  policies.register(routes('here'), routes('controller'));
  t.same(placed, [
    'here message policy.want',
    'here message policy.state',
    'controller opened',
    'controller closed',
  ]);
  await policies.stop();
});
