// Proves groups against a real database: members are what the language says, within what the caller may see, live, and with reasons.
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { systemClock } from '../../core/clock.ts';
import { createHttp } from '../../core/http/server.ts';
import { silentLog } from '../../core/log.ts';
import { openTestDatabase } from '../../core/testing/database.ts';
import { makePrincipal } from '../../core/testing/principal.ts';
import { until } from '../../core/testing/until.ts';
import { createDeviceNames, createFleetRows } from '../devices/index.ts';
import { createFleet } from '../fleet/index.ts';
import { createFactReader } from '../inventory/index.ts';
import { addDevices, createTenants } from '../inventory/testing/fleet.ts';
import { createGroups } from './index.ts';

interface Part {
  readonly text: string;
  readonly holds: boolean;
  readonly depth: number;
  readonly reads: readonly { readonly name: string; readonly value: unknown }[];
}

interface Answer {
  readonly status: number;
  readonly body: {
    readonly id: string;
    readonly count: number;
    readonly next: string | null;
    readonly detail?: string;
    readonly items: readonly { readonly hostname: string; readonly picked: boolean; readonly id: string }[];
    readonly groups: readonly { readonly name: string; readonly count: number }[];
    readonly parts: readonly Part[];
    readonly expression: { readonly parts: readonly Part[] } | null;
  };
}

const permissions = ['groups.read', 'groups.write', 'devices.read'];

async function openGroups(t: Test, devices: number) {
  const { sql, statements } = await openTestDatabase(t, { max: 8 });
  await createTenants(sql, [1, 2]);
  const refs = [...(await addDevices(sql, 1, devices)), ...(await addDevices(sql, 2, 1))];
  const source = { ...createFleetRows(sql), facts: createFactReader(sql) };
  const fleet = createFleet({ source, clock: systemClock, log: silentLog });
  t.teardown(() => fleet.stop());
  const devicesOf = createDeviceNames(sql);
  const { app } = await createHttp({
    scopes: { ...fleet.scopes, find: (tenant, id) => devicesOf.find(tenant, id) },
    log: silentLog,
    tls: undefined,
    permissions: new Set(permissions),
    authenticate: async ({ headers }) => {
      const { where, reads } = headers;
      const all = makePrincipal(permissions, { tenant: Number(headers.tenant ?? 1) });
      const limit = (isLimited: (permission: string) => boolean, text: string) =>
        all.grants.map((grant) => (isLimited(grant.permission) ? { ...grant, where: text } : grant));
      if (typeof where === 'string') return { ...all, grants: limit(() => true, where) };
      if (typeof reads === 'string') return { ...all, grants: limit((one) => one.endsWith('.read'), reads) };
      return all;
    },
    now: () => Date.now(),
  });
  const deps = { sql, clock: systemClock, log: silentLog, devices: devicesOf, fleet };
  const groups = createGroups(deps);
  groups.serve(app);
  t.teardown(() => groups.stop());
  await app.listen({ host: '127.0.0.1', port: 0 });
  t.teardown(() => app.close());
  fleet.start();
  await until('the index is built', () => fleet.isReady());
  const { port } = app.server.address() as AddressInfo;
  const idOf = (at: number) => refs[at]?.deviceId ?? '';
  async function ask(
    method: 'GET' | 'PATCH' | 'POST' | 'DELETE',
    url: string,
    { body, headers = {} }: { readonly body?: object; readonly headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    const payload = body === undefined ? {} : { payload: body };
    const answer = await app.inject({ method, url: `/api/v1/${url}`, headers, ...payload });
    return { status: answer.statusCode, body: JSON.parse(answer.body || '{}') };
  }
  async function label(at: number, labels: object) {
    await sql`UPDATE device SET labels = ${JSON.stringify(labels)}::text::jsonb WHERE id = ${idOf(at)}`;
    fleet.note('device', 1, refs[at]?.idx ?? -1);
  }
  return { sql, statements, ask, label, idOf, url: `http://127.0.0.1:${port}/api/v1` };
}

const PROD = 'label("env") == "prod"';

t.test(
  'a group has exactly the devices for which its expression holds, and those that were picked',
  async (t) => {
    const { ask, label, idOf, sql, statements } = await openGroups(t, 300);
    for (const at of [3, 4, 5]) await label(at, { env: 'prod' });
    const made = await ask('POST', 'groups', {
      body: {
        name: 'Production',
        description: 'What earns money',
        expression: PROD,
        devices: [idOf(5), idOf(9)],
      },
    });
    t.match(made, { status: 201, body: { count: 4, picked: 2, expression: PROD, createdBy: 'tester' } });
    const url = `groups/${made.body.id}`;
    const members = await ask('GET', `${url}/members?limit=3`);
    t.same(
      members.body.items.map(({ hostname, picked }) => [hostname, picked]),
      [
        ['host-3', false],
        ['host-4', false],
        ['host-5', true],
      ],
    );
    const rest = await ask('GET', `${url}/members?limit=3&cursor=${members.body.next}`);
    t.match(rest.body, {
      items: [{ hostname: 'host-9', picked: true, presence: 'never' }],
      next: null,
      count: 4,
    });

    await label(4, { env: 'test' });
    t.equal((await ask('GET', url)).body.count, 3, 'who changes a label and asks then sees it');
    const before = statements();
    await ask('GET', `${url}/members?limit=2`);
    const few = statements() - before;
    await ask('PATCH', url, { body: { expression: 'state == "active"' } });
    const between = statements();
    t.equal((await ask('GET', `${url}/members?limit=200`)).body.count, 300);
    t.equal(statements() - between, few, 'as many statements for 300 members as for three');

    const changed = await ask('PATCH', url, {
      body: { expression: null, add: [idOf(1)], remove: [idOf(5)] },
    });
    t.match(changed, { status: 200, body: { count: 2, picked: 2, expression: null, name: 'Production' } });
    t.equal((await ask('DELETE', url)).status, 204);
    t.equal((await ask('GET', url)).status, 404);
    const acts = await sql<{ body: string }[]>`SELECT body FROM audit_pending ORDER BY position`;
    t.match(
      acts.map(({ body }) => JSON.parse(body)),
      [
        { act: 'group.make', actor: { kind: 'token' }, subject: { name: 'Production' } },
        { act: 'group.change' },
        { act: 'group.change', detail: { added: 1, removed: 1 } },
        { act: 'group.remove' },
      ],
      'each change stands in the audit',
    );
  },
);

t.test('why a device is a member is told with each leaf and the value that was read', async (t) => {
  const { ask, label, idOf } = await openGroups(t, 4);
  await label(2, { env: 'prod' });
  const expression = `${PROD} && !(state == "retired" || seen("7d")) && has(os.name)`;
  const { body: group } = await ask('POST', 'groups', {
    body: { name: 'A', expression, devices: [idOf(1)] },
  });
  const why = async (at: number) => (await ask('GET', `devices/${idOf(at)}/groups/${group.id}`)).body;
  const third = await why(2);
  t.match(third, { member: false, picked: false, group: { name: 'A' } });
  t.match(third.expression?.parts, [
    { depth: 0, kind: 'all', holds: false },
    { depth: 1, kind: 'leaf', holds: true, text: PROD, reads: [{ name: 'label("env")', value: 'prod' }] },
    { depth: 1, kind: 'not', holds: true },
    { depth: 2, kind: 'any', holds: false },
    { depth: 3, text: 'state == "retired"', reads: [{ name: 'state', value: 'active' }] },
    { depth: 3, text: 'seen("7d")', holds: false, reads: [{ name: 'seen_at', value: null }] },
    { depth: 1, text: 'has(os.name)', holds: false, reads: [{ name: 'os.name', value: null }] },
  ]);
  t.match(await why(1), { member: true, picked: true });
  t.same((await ask('GET', `devices/${idOf(1)}/groups`)).body.groups, [
    { id: group.id, name: 'A', picked: true },
  ]);
  t.same((await ask('GET', `devices/${idOf(2)}/groups`)).body.groups, []);
  const tried = await ask('GET', `devices/${idOf(2)}/explain?on=${encodeURIComponent(PROD)}`);
  t.match(tried, { status: 200, body: { holds: true, parts: [{ reads: [{ value: 'prod' }] }] } });
  const wrong = await ask('GET', `devices/${idOf(2)}/explain?on=os.famly`);
  t.match(wrong, { status: 400, body: { code: 'E_EXPRESSION', detail: /perhaps "os.family"/ } });
});

t.test('what cannot be a group is refused, and nothing of it is kept', async (t) => {
  const { ask, idOf, sql } = await openGroups(t, 2);
  const make = (body: object) => ask('POST', 'groups', { body });
  t.match(await make({ name: 'A', expression: 'os.famly == "x"' }), {
    status: 400,
    body: { code: 'E_EXPRESSION' },
  });
  t.match(await make({ name: 'A', expression: 'virtual && group("B")' }), {
    status: 400,
    body: {
      code: 'E_EXPRESSION',
      detail: 'There is no group "B".\n1:18 | virtual && group("B")\n                        ^',
    },
  });
  t.match(await make({ name: 'A', devices: [idOf(2)] }), { status: 404 }, 'a device of another organization');
  t.match(await make({ name: '' }), { status: 400 });
  t.match(await make({ name: 'A', more: 1 }), { status: 400 });
  t.equal((await make({ name: 'A' })).status, 201, 'a group may be empty');
  const taken = await make({ name: 'A' });
  t.match(taken, { status: 409, body: { detail: /called "A"/ } });
  const { body: other } = await make({ name: 'B' });
  t.match(await ask('PATCH', `groups/${other.id}`, { body: { name: 'A' } }), { status: 409 });
  t.match(await ask('GET', `groups/${other.id}`, { headers: { tenant: '2' } }), { status: 404 });
  t.match(await ask('DELETE', `groups/${other.id}`, { headers: { tenant: '2' } }), { status: 404 });
  t.equal((await sql`SELECT 1 FROM device_group`).length, 2);
  t.equal((await sql`SELECT 1 FROM audit_pending`).length, 2, 'nor in the audit');
});

t.test('a group may name groups; what they name stays, and none contains itself', async (t) => {
  const { ask, label, idOf, sql } = await openGroups(t, 12);
  const make = async (name: string, expression: string | null, more: object = {}) =>
    ask('POST', 'groups', { body: { name, ...(expression === null ? {} : { expression }), ...more } });
  const sentence = ({ body }: Answer) => body.detail?.split('\n')[0];
  for (const at of [3, 4, 5]) await label(at, { env: 'prod' });
  const { body: prod } = await make('prod', PROD);
  const { body: hand } = await make('by hand', null, { devices: [idOf(5), idOf(9)] });
  const both = await make('both', `group("prod") || group("${hand.id}")`);
  t.match(both, { status: 201, body: { count: 4 } });
  const without = await make('without', 'group("both") && !group("by hand")');
  t.match(without.body, { count: 2 });
  const members = await ask('GET', `groups/${without.body.id}/members`);
  t.same(
    members.body.items.map(({ hostname }) => hostname),
    ['host-3', 'host-4'],
  );
  t.match(await ask('GET', `devices/${idOf(5)}/groups/${without.body.id}`), {
    body: {
      member: false,
      expression: {
        parts: [
          { kind: 'all' },
          { text: 'group("both")', holds: true, reads: [{ name: 'group("both")', value: true }] },
          { text: '!(group("by hand"))', holds: false },
          { text: 'group("by hand")', holds: true },
        ],
      },
    },
  });
  t.same(
    (await ask('GET', `devices/${idOf(5)}/groups`)).body.groups.map(({ name }) => name),
    ['both', 'by hand', 'prod'],
  );

  await label(4, { env: 'test' });
  t.match((await ask('GET', `groups/${without.body.id}`)).body, { count: 1 }, 'a label counts two levels up');
  await ask('PATCH', `groups/${hand.id}`, { body: { add: [idOf(3)] } });
  t.match((await ask('GET', `groups/${without.body.id}`)).body, { count: 0 }, 'so does a pick');

  const change = (id: string, body: object) => ask('PATCH', `groups/${id}`, { body });
  const circle = await change(prod.id, { expression: `${PROD} || group("without")` });
  t.equal(circle.status, 400);
  t.equal(sentence(circle), 'A group cannot contain itself: "prod" → "without" → "both" → "prod".');
  t.match(circle.body.detail, /\n1:33 \| /, 'with the place');
  t.equal(
    sentence(await change(prod.id, { expression: `group("${prod.id}")` })),
    'A group cannot contain itself: "prod" → "prod".',
  );
  t.match(await change(prod.id, { name: 'production' }), {
    status: 409,
    body: { detail: /named by "both"; let them name the id grp_/ },
  });
  t.equal((await change(hand.id, { name: 'chosen' })).status, 409, '"without" names it by its name');
  t.match(await ask('DELETE', `groups/${hand.id}`), {
    status: 409,
    body: { detail: 'The group is named by "both", "without"; change them first.' },
  });
  t.match(await make(hand.id, null), { status: 409, body: { detail: /cannot look like the id/ } });
  await change(without.body.id, { expression: `group("both") && !group("${hand.id}")` });
  t.equal((await change(hand.id, { name: 'chosen' })).status, 200, 'an id stays whatever the name is');
  t.match((await ask('GET', `groups/${both.body.id}`)).body, { count: 3 });

  for (let level = 4; level <= 8; level++)
    t.equal(
      (await make(`level ${level}`, `group("${level === 4 ? 'without' : `level ${level - 1}`}")`)).status,
      201,
    );
  const deep = await make('level 9', 'group("level 8")');
  t.match(sentence(deep), 'Groups lie within each other deeper than 8 levels, from "level 8" on.');
  const { body: low } = await make('low', 'virtual');
  const below = await change(prod.id, { expression: `group("${low.id}")` });
  t.match(
    sentence(below),
    '"level 8", which names it, would be nested too deep; let one of them name fewer levels.',
  );

  // A later version refuses what an earlier one took: here as in the index.
  await sql`UPDATE device_group SET expression = 'os.nam == "x"' WHERE id = ${low.id}`;
  const outer = await make('outer', 'virtual || group("low")');
  t.equal(outer.status, 400);
  t.equal(sentence(outer), 'The expression of "low" cannot be read; change it.');
  t.equal((await make('outer', 'virtual')).status, 201, 'other groups are not refused for it');
  t.equal((await change(low.id, { expression: 'virtual' })).status, 200, 'nor what mends it');

  // By hand in the database: what names it holds for nobody, and says so to whoever asks.
  await sql`UPDATE device_group SET name = 'gone' WHERE name = 'prod'`;
  await ask('POST', 'groups', { body: { name: 'other' } });
  t.match(await ask('GET', `groups/${without.body.id}`), {
    status: 400,
    body: { code: 'E_EXPRESSION', detail: /^There is no group "prod", which "both" names\./ },
  });
});

t.test('who may see some devices only sees these as members, and counts these', async (t) => {
  const { ask, label } = await openGroups(t, 10);
  for (const at of [1, 2, 3]) await label(at, { env: 'prod', team: at === 2 ? 'b' : 'a' });
  const { body: group } = await ask('POST', 'groups', { body: { name: 'P', expression: PROD } });
  const headers = { where: 'label("team") == "a"' };
  t.match((await ask('GET', 'groups', { headers })).body.groups, [{ name: 'P', count: 2 }]);
  const { body } = await ask('GET', `groups/${group.id}/members`, { headers });
  t.match(body, { count: 2, items: [{ hostname: 'host-1' }, { hostname: 'host-3' }] });
  t.match(await ask('PATCH', `groups/${group.id}`, { body: { name: 'Q' }, headers }), { status: 403 });
});

t.test('who may change groups learns nothing by that of devices that he does not see', async (t) => {
  const { ask, label, idOf, sql } = await openGroups(t, 10);
  for (const at of [1, 2, 3]) await label(at, { env: 'prod', team: at === 2 ? 'b' : 'a' });
  // He writes groups of the whole organization, and reads what is his.
  const headers = { reads: 'label("team") == "a"' };
  const made = await ask('POST', 'groups', {
    headers,
    body: { name: 'P', expression: PROD, devices: [idOf(1)] },
  });
  t.match(made, { status: 201, body: { count: 2, picked: 1 } }, 'counts no others');
  const url = `groups/${made.body.id}`;
  t.match(await ask('PATCH', url, { headers, body: { expression: 'state == "active"' } }), {
    body: { count: 2 },
  });
  t.match(await ask('PATCH', url, { body: { add: [idOf(2), idOf(7)] } }), { body: { count: 10, picked: 3 } });
  t.match((await ask('GET', url, { headers })).body, { count: 2, picked: 1 });
  t.match((await ask('GET', 'groups', { headers })).body.groups, [{ count: 2, picked: 1 }]);
  const nowhere = `dev_${'a'.repeat(26)}`;
  for (const change of ['add', 'remove'])
    for (const id of [idOf(2), nowhere]) {
      const { status, body } = await ask('PATCH', url, { headers, body: { [change]: [idOf(3), id] } });
      const expected = { status: 404, body: { detail: `There is no device with the id ${id}.` } };
      t.match({ status, body }, expected, 'one that is hidden is as one that is not there');
    }
  t.match(await ask('POST', 'groups', { headers, body: { name: 'Q', devices: [idOf(2)] } }), { status: 404 });
  t.equal((await sql`SELECT 1 FROM group_device`).length, 3, 'nothing was picked or left out');
});

t.test('a live view is told of a new count when a fact changes, and of changes of the group', async (t) => {
  const { ask, label, url } = await openGroups(t, 10);
  const { body: group } = await ask('POST', 'groups', { body: { name: 'P', expression: PROD } });
  const stop = new AbortController();
  const response = await fetch(`${url}/groups/events`, { signal: stop.signal });
  let heard = '';
  const reading = (async () => {
    for await (const chunk of response.body ?? []) heard += Buffer.from(chunk).toString();
  })().catch(() => undefined);
  const hears = (what: string) => until(what, () => heard.includes(what));
  await hears(`event: group\ndata: ${JSON.stringify({ id: group.id, count: 0 })}`);
  await label(7, { env: 'prod' });
  await hears(`data: ${JSON.stringify({ id: group.id, count: 1 })}`);
  await ask('PATCH', `groups/${group.id}`, { body: { expression: 'state == "active"' } });
  await hears(`data: ${JSON.stringify({ id: group.id, count: 10 })}`);
  const { body: outer } = await ask('POST', 'groups', { body: { name: 'Q', expression: '!group("P")' } });
  await hears(`data: ${JSON.stringify({ id: outer.id, count: 0 })}`);
  await ask('PATCH', `groups/${group.id}`, { body: { expression: PROD } });
  await hears(`data: ${JSON.stringify({ id: outer.id, count: 9 })}`);
  await label(2, { env: 'prod' });
  await hears(`data: ${JSON.stringify({ id: outer.id, count: 8 })}`);
  await ask('DELETE', `groups/${outer.id}`);
  await ask('DELETE', `groups/${group.id}`);
  await hears(`event: removed\ndata: ${JSON.stringify({ id: group.id })}`);
  stop.abort();
  await reading;
});
