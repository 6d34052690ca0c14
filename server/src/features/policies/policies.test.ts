// Bounds of plans and applies: what one question may cost the server, whatever somebody writes into policies.
import { encodeBase64url, encodeUtf8 } from '@muster/protocol';
import { formatPolicy, formatSecond, type Policy } from '@muster/protocol/policy';
import t, { type Test } from 'tap';
import { systemClock } from '../../core/clock.ts';
import { nodeCrypto } from '../../core/crypto.ts';
import { openTestDatabase } from '../../core/testing/database.ts';
import { createTenants } from '../inventory/testing/fleet.ts';
import { MAX_PLAN_CASES, MAX_PLAN_CONDITIONS, MAX_WAITING_PLANS } from './limits.ts';
import { findEffects } from './plan.ts';
import type { PoliciesDeps } from './present.ts';
import { createPoliciesService } from './service.ts';
import { createApply, createTestTrust, makeTestPolicy as make } from './testing/signing.ts';

// Signs and verifies some hundred large documents, on a machine that may be busy.
t.setTimeout(120_000);

/** Condition n holds where bit n of a device's number is set: so many conditions, twice as many cases with each. */
function createBitFleet(devices: number): Pick<PoliciesDeps['fleet'], 'sets'> {
  return {
    async sets(_tenant, all) {
      return all.map(({ expression }) => {
        const bit = Number(/bit-(\d+)/.exec(expression?.text ?? '')?.[1] ?? -1);
        const bytes = new Uint8Array(devices / 8);
        if (expression?.text === 'false') return bytes;
        for (let at = 0; at < devices; at++)
          if (bit < 0 || (at >> bit) & 1) bytes[at >> 3] = (bytes[at >> 3] ?? 0) | (1 << (at & 7));
        return bytes;
      });
    },
  };
}

const onBit = (bit: number) => ({ on: `hostname == "bit-${bit}"` });

t.test('a plan that would cost too much is refused, and says what to do', async (t) => {
  const ask = (after: readonly Policy[], devices = 4_096) => {
    const deps = { fleet: createBitFleet(devices), trust: { tenant: 1 } };
    return findEffects(deps, { before: [], after, nowMs: 0 }, new Set(after.map(({ name }) => name)));
  };
  const bits = (count: number, rules = 1) =>
    Array.from({ length: count }, (_, at) => make(`p${at}`, rules, onBit(at)));
  const found = await ask(bits(12));
  t.match(found, { devices: 4_096, touched: 4_095, cases: 4_096, effectCount: 4_095 });
  t.equal(found.effects.length, 50);
  const refused = (after: readonly Policy[], what: RegExp, devices?: number) =>
    t.rejects(ask(after, devices), { code: 'E_LIMIT', message: what });
  await refused(bits(MAX_PLAN_CONDITIONS), /asks 502 different conditions, and 500 are the most/);
  t.ok(2 ** 13 > MAX_PLAN_CASES);
  await refused(bits(13), /into 8192 cases, and 5000 are the most/, 8_192);
  await refused(
    bits(12, 1_000).concat(Array.from({ length: 13 }, (_, at) => make(`all${at}`, 1_000))),
    /weighs 25000 rules in 4096 cases/,
  );
  // Every case is another effect, of more than 2,000 items each.
  await refused(
    [...bits(12), make('many', 1_000), make('more', 1_000)],
    /changes of items in \d+ effects, and 5000000 /,
  );
});

/** The service over a database of its own, with somebody who may sign. */
async function openService(t: Test, fleet = createBitFleet(8)) {
  const { sql } = await openTestDatabase(t);
  await createTenants(sql, [1]);
  const signing = createTestTrust();
  const devices = { name: async () => new Map(), find: async () => ({ idx: 0 }) };
  const service = createPoliciesService({
    ...{ sql, clock: systemClock, crypto: nodeCrypto, trust: signing.trust, fleet, devices },
  });
  return { service, apply: createApply(service, signing), sql };
}

t.test('a plan says for how many devices an exception is added or ends', async (t) => {
  const { service, apply } = await openService(t);
  const plain = make('one', 1);
  const until = formatSecond(Date.now() + 86_400_000);
  const about = { rule: plain.rules[0]?.id ?? '', item: plain.rules[0]?.item ?? '' };
  const exceptions = [{ ...about, ...onBit(0), reason: 'r', approvedBy: 'anna', until }];
  await apply([plain]);
  const ask = (policy: Policy) => service.plan({ policies: [formatPolicy(policy)], maySeeDevices: false });
  t.match(await ask({ ...plain, exceptions }), {
    touched: 4,
    effects: [{ devices: 4, items: [{ before: { exemptUntil: null }, after: { exemptUntil: until } }] }],
  });
  await apply([{ ...plain, exceptions }]);
  t.match(await ask(plain), {
    touched: 4,
    effects: [{ devices: 4, items: [{ before: { exemptUntil: until }, after: { exemptUntil: null } }] }],
  });
});

t.test('plans are made one at a time, and few may wait', async (t) => {
  let open: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    open = resolve;
  });
  const bits = createBitFleet(8);
  let atOnce = 0;
  const { service } = await openService(t, {
    async sets(tenant, all) {
      atOnce += 1;
      t.equal(atOnce, 1, 'alone');
      await held;
      atOnce -= 1;
      return bits.sets(tenant, all);
    },
  });
  const wish = { policies: [formatPolicy(make('one', 1))], maySeeDevices: false };
  const waiting = Array.from({ length: MAX_WAITING_PLANS }, () => service.plan(wish));
  await t.rejects(service.plan(wish), { code: 'E_BUSY' });
  open();
  for (const one of await Promise.all(waiting)) t.match(one, { touched: 8, effects: [{ devices: 8 }] });
  t.match(await service.plan(wish), { touched: 8 }, 'there is room again');
});

t.test('what is taken out of force makes room for what comes', async (t) => {
  const { service, apply } = await openService(t);
  const long = { why: `${'w'.repeat(60)}\n`.repeat(64) };
  /** Policies of some 110 KiB. */
  const large = (name: string, count: number) =>
    Array.from({ length: count }, (_, at) => {
      const rules = Array.from({ length: 28 }, (__, n) => ({
        ...{ id: `r${n}`, title: 'R', ...long },
        sysctl: { key: `${name}.k${at}_${n}`, value: '1' },
      }));
      return make(`${name}-${at}`, 0, { rules });
    });
  const [old, next] = [large('old', 60), large('next', 60)];
  t.match(await apply(old), { version: 1, policies: 60, isInForce: true });
  await t.rejects(apply([...old, ...next]), { code: 'E_LIMIT', message: /more than 16 MiB/ });
  t.match(await apply(next), { version: 2, policies: 60 }, 'instead of the others');
  t.equal((await service.present()).members.length, 60);
});

t.test('a history is told though nobody can read what an old revision says', async (t) => {
  const { service, apply, sql } = await openService(t);
  await apply([make('one', 1)]);
  await apply([make('one', 2)]);
  const [first] = (await service.present()).members;
  t.equal((await service.present()).members[0]?.opened, first?.opened, 'verified once');
  const [old] = await sql<{ envelope: string }[]>`SELECT envelope FROM policy_revision WHERE version = 1`;
  const { payload, ...rest } = JSON.parse(old?.envelope ?? '');
  const document = JSON.parse(Buffer.from(payload, 'base64url').toString());
  document.policy.unheard = 'of a later version';
  const changed = { ...rest, payload: encodeBase64url(encodeUtf8(JSON.stringify(document))) };
  await sql`UPDATE policy_revision SET envelope = ${JSON.stringify(changed)} WHERE version = 1`;
  const { revisions } = await service.history('one');
  t.match(revisions, [
    { version: 2, isInForce: true, reason: 'A test.' },
    { version: 1, isInForce: false, reason: 'A test.' },
  ]);
  const [, last] = revisions;
  await t.rejects(service.revision('one', last?.digest ?? ''), { code: 'E_POLICY' });
});
