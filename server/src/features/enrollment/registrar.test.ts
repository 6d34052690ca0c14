// Proves that enrollments in batches are each decided as if they came alone, against a real database.
import { randomBytes } from 'node:crypto';
import { isMusterError } from '@muster/protocol';
import t, { type Test } from 'tap';
import { systemClock } from '../../core/clock.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { openTestDatabase } from '../../core/testing/database.ts';
import { createTenants } from '../inventory/testing/fleet.ts';
import { createRegistrar, type Registrar } from './registrar.ts';

const TENANT = 1;

interface TokenWish {
  readonly uses?: number;
  readonly autoApprove?: boolean;
  readonly labels?: Readonly<Record<string, string>>;
  readonly state?: 'revoked' | 'expired';
}

async function openHouse(t: Test, max = 8) {
  const { sql, statements } = await openTestDatabase(t, { max });
  await createTenants(sql, [TENANT, 2]);
  const openRegistrar = (over: RawSql = sql) => {
    const registrar = createRegistrar({ sql: over, clock: systemClock, tenant: TENANT });
    t.teardown(() => registrar.stop());
    return registrar;
  };
  async function makeToken(id: string, { uses = 1, autoApprove = true, labels = {}, state }: TokenWish = {}) {
    await sql`INSERT INTO enrollment_token (tenant, id, name, public_key, uses_total, uses_left, auto_approve, labels, trust_version,
        created_by, expires_at, revoked_at)
      VALUES (${TENANT}, ${id}, 'x', ${randomBytes(32)}, ${uses}, ${uses}, ${autoApprove}, ${sql.json(labels)}, 1, 'x',
        now() + make_interval(hours => ${state === 'expired' ? -1 : 1}::integer), CASE WHEN ${state === 'revoked'} THEN now() END)`;
    return id;
  }
  async function usesLeft(id: string): Promise<number | undefined> {
    const [row] = await sql<
      { uses: number }[]
    >`SELECT uses_left AS uses FROM enrollment_token WHERE id = ${id}`;
    return row?.uses;
  }
  /** Numbers are 0, 1, 2 … without a gap. */
  async function countDense(t: Test): Promise<number> {
    const [row] = await sql<{ count: number; next: number }[]>`
      SELECT count(*), coalesce(max(idx) + 1, 0) AS next FROM device WHERE tenant = ${TENANT}`;
    const [counter] = await sql<{ next: number }[]>`SELECT next FROM device_counter WHERE tenant = ${TENANT}`;
    t.equal(row?.next, row?.count, 'numbers are dense');
    t.equal(counter?.next ?? 0, row?.count, 'and so is what comes next');
    return row?.count ?? 0;
  }
  return { sql, statements, openRegistrar, makeToken, usesLeft, countDense };
}

function describe(tokenId: string, deviceKey: Uint8Array = randomBytes(32), hostname = 'web-01') {
  const device = { tokenId, deviceKey, hostname, sealKey: randomBytes(32) };
  return { ...device, platform: 'Linux', agentVersion: '1.0.0' };
}

/** The state of the device, or the code that kept it out. */
async function outcomeOf(registering: ReturnType<Registrar['register']>): Promise<string> {
  try {
    return (await registering).state;
  } catch (error) {
    if (isMusterError(error)) return error.code;
    throw error;
  }
}

function countOf(outcomes: readonly string[], wanted: string): number {
  return outcomes.filter((one) => one === wanted).length;
}

t.test('three hundred at once get exactly the hundred uses that are left, the first who came', async (t) => {
  const house = await openHouse(t);
  const token = await house.makeToken('tok_a', { uses: 100 });
  const registrar = house.openRegistrar();
  const before = house.statements();
  const outcomes = await Promise.all(
    Array.from({ length: 300 }, () => outcomeOf(registrar.register(describe(token)))),
  );
  t.equal(house.statements() - before, 3, 'one statement a hundred');
  t.equal(countOf(outcomes.slice(0, 100), 'active'), 100);
  t.equal(countOf(outcomes.slice(100), 'E_TOKEN_SPENT'), 200);
  t.equal(await house.usesLeft(token), 0);
  t.equal(await house.countDense(t), 100);
});

t.test('processes that spend the same tokens at the same time spend no use twice', async (t) => {
  const house = await openHouse(t);
  const tokens = [await house.makeToken('tok_b', { uses: 90 }), await house.makeToken('tok_a', { uses: 40 })];
  const registrars = Array.from({ length: 3 }, () => house.openRegistrar());
  const outcomes = await Promise.all(
    Array.from({ length: 600 }, async (_, at) => {
      // In several waves, so that batches of all of them meet.
      await new Promise((resolve) => setTimeout(resolve, (at % 10) * 4));
      const registrar = registrars[at % 3] ?? house.openRegistrar();
      return outcomeOf(registrar.register(describe(tokens[(at >> 1) % 2] ?? '')));
    }),
  );
  t.equal(countOf(outcomes, 'active'), 130);
  t.equal(countOf(outcomes, 'E_TOKEN_SPENT'), 470);
  t.same([await house.usesLeft('tok_a'), await house.usesLeft('tok_b')], [0, 0]);
  t.equal(await house.countDense(t), 130);
});

t.test('one batch with every outcome: each gets its own, and only who comes in spends', async (t) => {
  const house = await openHouse(t);
  const { sql } = house;
  const registrar = house.openRegistrar();
  const good = await house.makeToken('tok_good', { uses: 10, labels: { site: 'north' } });
  const asking = await house.makeToken('tok_asking', { uses: 2, autoApprove: false });
  const spent = await house.makeToken('tok_spent', { uses: 1 });
  await house.makeToken('tok_revoked', { state: 'revoked' });
  await house.makeToken('tok_expired', { state: 'expired' });
  const [knownKey, retiredKey] = [randomBytes(32), randomBytes(32)];
  const known = await registrar.register(describe(good, knownKey));
  const retired = await registrar.register(describe(spent, retiredKey));
  await sql`UPDATE device SET state = 'retired' WHERE idx = ${retired.idx}`;
  const before = house.statements();
  const outcomes = await Promise.all(
    [
      describe(good),
      describe('tok_revoked'),
      describe('tok_expired'),
      describe(spent),
      describe('tok_nobody'),
      describe(good, knownKey),
      describe('tok_revoked', knownKey),
      describe(good, retiredKey),
      describe(asking),
      describe(good, undefined, '   '),
    ].map((device) => outcomeOf(registrar.register(device))),
  );
  t.equal(house.statements() - before, 1);
  t.same(outcomes, [
    'active',
    'E_TOKEN_REVOKED',
    'E_TOKEN_EXPIRED',
    'E_TOKEN_SPENT',
    'E_TOKEN',
    'active',
    'active',
    'retired',
    'pending',
    'active',
  ]);
  t.same([await house.usesLeft(good), await house.usesLeft(asking)], [7, 1]);
  t.equal(await house.countDense(t), 5);
  const again = await registrar.register(describe('tok_nobody', knownKey));
  t.same(again, { ...known, isNew: false }, 'a known key needs no token');
  const rows = await sql<{ hostname: string; id: string; site: string; isApproved: boolean }[]>`
    SELECT hostname, id, labels->>'site' AS site, approved_at IS NOT NULL AS "isApproved" FROM device
    WHERE token_id IN ('tok_good', 'tok_asking') ORDER BY idx`;
  t.match(rows, [
    { site: 'north', isApproved: true },
    { site: 'north', isApproved: true },
    { site: null, isApproved: false },
    { hostname: rows[3]?.id },
  ]);
});

t.test('the same key twice at once is one device and one use, in one process or in two', async (t) => {
  const house = await openHouse(t);
  const token = await house.makeToken('tok_a', { uses: 50 });
  const [one, other] = [house.openRegistrar(), house.openRegistrar()];
  const key = randomBytes(32);
  const twins = await Promise.all([1, 2, 3].map(() => one.register(describe(token, key))));
  t.equal(new Set(twins.map(({ deviceId }) => deviceId)).size, 1);
  t.equal(twins.filter(({ isNew }) => isNew).length, 1, 'it is new once');
  t.equal(await house.usesLeft(token), 49);
  const races = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const racing = randomBytes(32);
      return Promise.all([one, other].map((registrar) => registrar.register(describe(token, racing))));
    }),
  );
  for (const [first, second] of races) t.equal(first?.deviceId, second?.deviceId);
  t.equal(races.flat().filter(({ isNew }) => isNew).length, 20);
  t.equal(await house.usesLeft(token), 29);
  t.equal(await house.countDense(t), 21);
});

t.test('a key that is refused with one token comes in with another of the same batch', async (t) => {
  const house = await openHouse(t);
  const good = await house.makeToken('tok_good');
  const registrar = house.openRegistrar();
  const key = randomBytes(32);
  const outcomes = await Promise.all(
    ['tok_nobody', 'tok_nobody', good, 'tok_other'].map((token) =>
      outcomeOf(registrar.register(describe(token, key))),
    ),
  );
  t.same(outcomes, ['E_TOKEN', 'E_TOKEN', 'active', 'active']);
  t.equal(await house.countDense(t), 1);
});

t.test('a row that the database does not take is refused alone', async (t) => {
  const house = await openHouse(t);
  const token = await house.makeToken('tok_a', { uses: 50 });
  const registrar = house.openRegistrar();
  const outcomes = await Promise.allSettled(
    Array.from({ length: 20 }, (_, at) =>
      registrar.register(describe(token, randomBytes(at === 7 ? 31 : 32))),
    ),
  );
  t.same(
    outcomes.flatMap(({ status }, at) => (status === 'rejected' ? [at] : [])),
    [7],
  );
  t.equal(await house.usesLeft(token), 31);
  t.equal(await house.countDense(t), 19);
});

t.test(
  'an answer that was lost after the commit costs nothing, and nobody waits for a database that is away',
  async (t) => {
    const house = await openHouse(t);
    const token = await house.makeToken('tok_a', { uses: 5 });
    const { sql } = house;
    let losing = true;
    // Carries the statement out, and loses what came of it.
    const lossy = new Proxy(sql, {
      apply(target, self, args: unknown[]) {
        const made = Reflect.apply(target, self, args);
        const [parts] = args;
        const isWhole = Array.isArray(parts) && String(parts[0]).includes('WITH asked');
        if (!isWhole || !losing) return made;
        return made.then(() => {
          throw Object.assign(new Error('gone'), { code: 'CONNECTION_CLOSED' });
        });
      },
    });
    const registrar = house.openRegistrar(lossy);
    const device = describe(token);
    t.equal(await outcomeOf(registrar.register(device)), 'E_UNAVAILABLE');
    losing = false;
    const again = await registrar.register(device);
    t.match(again, { idx: 0, state: 'active' });
    t.equal(await house.usesLeft(token), 4);
    t.equal(await house.countDense(t), 1);
  },
);
