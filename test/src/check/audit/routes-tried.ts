// A valid call of every route that changes something: what has to be there first, and the call.
import { randomBytes } from 'node:crypto';
import { type Envelope, encodeBase32, TRUST_TYPE, type TrustDocument } from '@muster/protocol';
import { HALT_TYPE, LIFT_TYPE } from '@muster/protocol/commands';
import { enrollDevice, openDevice } from '../../fleet/device.ts';
import { createOrders, type Orders } from '../../support/orders.ts';
import { makePolicy, signPolicies } from '../../support/policies.ts';
import { makeAlert } from '../../support/report.ts';
import type { TestServer } from '../../support/server.ts';
import { proveNewKey, readKey, seal } from '../../support/signed.ts';
import { until } from '../../support/wait.ts';

/** A call that is right. */
export interface ValidCall {
  readonly path: string;
  readonly body?: unknown;
  /** Sent as they are. */
  readonly bytes?: Uint8Array;
}

/** What the calls are made of. */
export interface Bench {
  readonly server: TestServer;
  readonly orders: Orders;
  /** Makes something by the API; its answer. @throws where it is refused */
  make<T>(path: string, body: unknown, method?: string): Promise<T>;
}

/** Prepares one call; each time a new one, since a call that succeeds may not be right twice. */
export type Prepare = (bench: Bench) => Promise<ValidCall>;

interface WithId {
  readonly id: string;
}

const counter = { count: 0 };

function unique(word: string): string {
  counter.count += 1;
  return `${word} ${counter.count}`;
}

/** Opens the bench. */
export async function openBench(server: TestServer): Promise<Bench> {
  return {
    server,
    orders: await createOrders(server),
    async make<T>(path: string, body: unknown, method = 'POST') {
      const answer = await server.call<T>(`/api/v1${path}`, { method, body });
      if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
      return answer.body;
    },
  };
}

/** A set with a policy that never was before. */
async function signPolicy(server: TestServer) {
  const name = unique('policy')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '-');
  return signPolicies(server, [makePolicy(name)]);
}

const readTrust = async ({ server }: Bench) =>
  (await server.call<{ document: TrustDocument }>('/api/v1/trust')).body.document;

async function makeDevice({ server }: Bench, autoApprove: boolean): Promise<string> {
  const token = await server.enrollmentToken({ autoApprove });
  return (await enrollDevice(server.url, token, { hostname: unique('host').replace(' ', '-') })).id;
}

/** An open alert of a new device that is gone again; all that follows from it is stored. */
async function makeAlertOf({ server, make }: Bench): Promise<number> {
  const token = await server.enrollmentToken({ autoApprove: true });
  const device = await enrollDevice(server.url, token, { hostname: unique('host').replace(' ', '-') });
  const wire = await openDevice(server.url, device);
  // One that is not known to be here yet would be later, and gone after that.
  await server.device(device.id, ({ presence }) => presence === 'online');
  wire.send(makeAlert(1, 'system.filesystem.utilization{/}'));
  const find = () =>
    make<{ items: readonly { id: number }[] }>(`/alerts?device=${device.id}`, undefined, 'GET');
  const id = await until('the alert is stored', async () => (await find()).items[0]?.id);
  wire.socket.terminate();
  await until('the device is gone and the alert was told', async () => {
    const { presence } = await make<{ presence: string }>(`/devices/${device.id}`, undefined, 'GET');
    const [news] = await server.running.database.sql`SELECT 1 FROM notify_event LIMIT 1`;
    return presence !== 'online' && news === undefined;
  });
  return id;
}

async function makeHalt(bench: Bench): Promise<{ id: string; envelope: Envelope }> {
  const { org, version } = await readTrust(bench);
  const haltId = `hlt_${encodeBase32(randomBytes(16))}`;
  const at = Date.now();
  const halt = {
    ...{ v: 1, org, haltId, scope: { what: 'kind', kind: 'user.lock' }, at: new Date(at).toISOString() },
    ...{
      until: new Date(at + 3_600_000).toISOString(),
      requester: 'admin',
      reason: 'A check.',
      trustVersion: version,
    },
  };
  return { id: haltId, envelope: seal(HALT_TYPE, halt, await readKey(bench.server.dataDir, 'signer')) };
}

/** A command for later, so that the job stays open. */
async function makeJob(bench: Bench): Promise<string> {
  return bench.orders.order('id != ""', { notBefore: new Date(Date.now() + 600_000).toISOString() });
}

async function makePerson(bench: Bench): Promise<string> {
  return (await bench.make<WithId>('/persons', { name: unique('Person') })).id;
}

const grants = [{ permission: 'devices.read', where: null, kinds: null, contents: null }];

async function makeRole(bench: Bench): Promise<string> {
  return (await bench.make<WithId>('/roles', { name: unique('Role'), grants })).id;
}

const pause = { reason: 'A check.', on: null, lastsMs: 600_000 };
const ruleOf = (name: string) => ({
  ...{ name, on: null, severities: ['critical'], ways: [], tellEnds: false },
  ...{ waitSeconds: 0, everySeconds: 10, quiet: null, enabled: false },
});
const wayOf = (name: string) => ({ name, kind: 'webhook', url: 'https://hooks.example.com/hook' });

const viewOf = (name: string) => ({ page: 'devices', name, search: 'sort=-seen' });

async function makeWay({ make }: Bench, enabled: boolean): Promise<string> {
  const { way } = await make<{ way: WithId }>('/notifications/ways', wayOf(unique('Way')));
  if (!enabled) await make(`/notifications/ways/${way.id}`, { enabled }, 'PATCH');
  return way.id;
}

/** By method and pattern, below /api/v1. */
export const tried: Readonly<Record<string, Prepare>> = {
  'POST /enrollment-tokens': async () => ({ path: '/enrollment-tokens', body: { name: unique('token') } }),
  async 'DELETE /enrollment-tokens/{id}'({ make }) {
    const { token } = await make<{ token: WithId }>('/enrollment-tokens', { name: unique('token') });
    return { path: `/enrollment-tokens/${token.id}` };
  },
  'PATCH /devices/{id}': async (bench) => ({
    path: `/devices/${await makeDevice(bench, true)}`,
    body: { labels: { site: unique('site').replace(' ', '-') } },
  }),
  'POST /devices/{id}/decisions': async (bench) => ({
    path: `/devices/${await makeDevice(bench, false)}/decisions`,
    body: { decision: 'approve' },
  }),
  'POST /persons': async () => ({ path: '/persons', body: { name: unique('Person') } }),
  'PATCH /persons/{id}': async (bench) => ({
    path: `/persons/${await makePerson(bench)}`,
    body: { disabled: true },
  }),
  async 'POST /persons/{id}/keys'(bench) {
    const { org } = await readTrust(bench);
    return {
      path: `/persons/${await makePerson(bench)}/keys`,
      body: { ...proveNewKey(org), name: 'a key' },
    };
  },
  'POST /persons/{id}/tokens': async (bench) => ({
    path: `/persons/${await makePerson(bench)}/tokens`,
    body: { name: 'a token', permissions: [] },
  }),
  async 'DELETE /persons/{id}/tokens/{tokenId}'(bench) {
    const person = await makePerson(bench);
    const { id } = await bench.make<WithId>(`/persons/${person}/tokens`, {
      name: 'a token',
      permissions: [],
    });
    return { path: `/persons/${person}/tokens/${id}` };
  },
  'POST /roles': async () => ({ path: '/roles', body: { name: unique('Role'), grants } }),
  'PUT /roles/{id}': async (bench) => ({
    path: `/roles/${await makeRole(bench)}`,
    body: { name: unique('Role'), grants },
  }),
  'DELETE /roles/{id}': async (bench) => ({ path: `/roles/${await makeRole(bench)}` }),
  'PUT /persons/{id}/roles/{role}': async (bench) => ({
    path: `/persons/${await makePerson(bench)}/roles/${await makeRole(bench)}`,
    body: {},
  }),
  async 'DELETE /persons/{id}/roles/{role}'(bench) {
    const path = `/persons/${await makePerson(bench)}/roles/${await makeRole(bench)}`;
    await bench.make(path, {}, 'PUT');
    return { path };
  },
  'POST /trust/server-key': async () => ({ path: '/trust/server-key' }),
  async 'POST /trust/updates'(bench) {
    const document = await readTrust(bench);
    const next = { ...document, version: document.version + 1, issuedAt: new Date().toISOString() };
    return {
      path: '/trust/updates',
      body: { envelope: seal(TRUST_TYPE, next, await readKey(bench.server.dataDir, 'root')) },
    };
  },
  async 'POST /content'({ orders, server }) {
    // Handed in for another body first, so that its form is known; the call is for a new one.
    const caught: { body?: unknown } = {};
    const catching = {
      ...server,
      call: async (path: string, call: { body?: unknown } = {}) => {
        if (path !== '/api/v1/content') return server.call(path, call);
        caught.body = call.body;
        return { status: 201, headers: {}, text: '', body: {} };
      },
    };
    void orders;
    await (await createOrders(catching as never)).addContent(randomBytes(8));
    return { path: '/content', body: caught.body };
  },
  async 'PUT /content/{digest}/body'({ orders }) {
    const bytes = randomBytes(16);
    return { path: `/content/${await orders.addContent(bytes)}/body?offset=0`, bytes };
  },
  async 'POST /content/{digest}/signatures'({ orders, make }) {
    const digest = await orders.addContent(randomBytes(8));
    const { envelope } = await make<{ envelope: Envelope }>(`/content/${digest}`, undefined, 'GET');
    return { path: `/content/${digest}/signatures`, body: { envelope } };
  },
  'POST /halts': async (bench) => ({ path: '/halts', body: { envelope: (await makeHalt(bench)).envelope } }),
  async 'POST /halts/{id}/lift'(bench) {
    const { id, envelope } = await makeHalt(bench);
    await bench.make('/halts', { envelope });
    const { org, version } = await readTrust(bench);
    const lift = {
      ...{ v: 1, org, haltId: id, at: new Date().toISOString() },
      ...{ requester: 'admin', reason: 'A check.', trustVersion: version },
    };
    return {
      path: `/halts/${id}/lift`,
      body: { envelope: seal(LIFT_TYPE, lift, await readKey(bench.server.dataDir, 'signer')) },
    };
  },
  async 'POST /jobs'(bench) {
    const targets = await bench.orders.find('id != ""');
    return {
      path: '/jobs',
      body: { envelope: bench.orders.sign(targets).envelope, snapshot: targets.snapshot },
    };
  },
  async 'POST /jobs/{id}/signatures'(bench) {
    const id = await makeJob(bench);
    const { envelope } = await bench.make<{ envelope: Envelope }>(`/jobs/${id}`, undefined, 'GET');
    return { path: `/jobs/${id}/signatures`, body: { envelope } };
  },
  'POST /jobs/{id}/cancel': async (bench) => ({
    path: `/jobs/${await makeJob(bench)}/cancel`,
    body: { reason: 'A check.' },
  }),
  'POST /jobs/{id}/hold': async (bench) => ({
    path: `/jobs/${await bench.orders.order('id != ""')}/hold`,
    body: { reason: 'A check.' },
  }),
  async 'POST /jobs/{id}/continue'(bench) {
    const id = await bench.orders.order('id != ""');
    await bench.make(`/jobs/${id}/hold`, { reason: 'A check.' });
    return { path: `/jobs/${id}/continue` };
  },
  'POST /policies/sets': async ({ server }) => ({
    path: '/policies/sets',
    body: await signPolicy(server),
  }),
  async 'POST /policies/rollout'({ server, make }) {
    const waves = { shares: [50, 100], soakSeconds: 3_600, tolerance: 5 };
    const signed = await signPolicy(server);
    const { digest } = await make<{ digest: string }>('/policies/sets', { ...signed, waves });
    return { path: '/policies/rollout', body: { digest, step: 'hold' } };
  },
  'POST /groups': async () => ({ path: '/groups', body: { name: unique('Group'), expression: 'id != ""' } }),
  'PATCH /groups/{id}': async ({ make }) => ({
    path: `/groups/${(await make<WithId>('/groups', { name: unique('Group'), expression: 'id != ""' })).id}`,
    body: { name: unique('Group') },
  }),
  'DELETE /groups/{id}': async ({ make }) => ({
    path: `/groups/${(await make<WithId>('/groups', { name: unique('Group'), expression: 'id != ""' })).id}`,
  }),
  'POST /alerts/acknowledge': async (bench) => ({
    path: '/alerts/acknowledge',
    body: { alerts: [await makeAlertOf(bench)], comment: 'A check.' },
  }),
  async 'POST /alerts/give-back'(bench) {
    const id = await makeAlertOf(bench);
    await bench.make('/alerts/acknowledge', { alerts: [id] });
    return { path: '/alerts/give-back', body: { alerts: [{ id }] } };
  },
  'POST /notifications/pauses': async () => ({ path: '/notifications/pauses', body: pause }),
  'DELETE /notifications/pauses/{id}': async ({ make }) => ({
    path: `/notifications/pauses/${(await make<WithId>('/notifications/pauses', pause)).id}`,
  }),
  'POST /notifications/ways': async () => ({ path: '/notifications/ways', body: wayOf(unique('Way')) }),
  'PATCH /notifications/ways/{id}': async ({ make }) => ({
    path: `/notifications/ways/${(await make<{ way: WithId }>('/notifications/ways', wayOf(unique('Way')))).way.id}`,
    body: { name: unique('Way') },
  }),
  'DELETE /notifications/ways/{id}': async ({ make }) => ({
    path: `/notifications/ways/${(await make<{ way: WithId }>('/notifications/ways', wayOf(unique('Way')))).way.id}`,
  }),
  'POST /notifications/rules': async () => ({ path: '/notifications/rules', body: ruleOf(unique('Rule')) }),
  'PUT /notifications/rules/{id}': async ({ make }) => ({
    path: `/notifications/rules/${(await make<WithId>('/notifications/rules', ruleOf(unique('Rule')))).id}`,
    body: ruleOf(unique('Rule')),
  }),
  'DELETE /notifications/rules/{id}': async ({ make }) => ({
    path: `/notifications/rules/${(await make<WithId>('/notifications/rules', ruleOf(unique('Rule')))).id}`,
  }),
  'POST /views': async () => ({ path: '/views', body: viewOf(unique('View')) }),
  'PATCH /views/{id}': async ({ make }) => ({
    path: `/views/${(await make<WithId>('/views', viewOf(unique('View')))).id}`,
    body: { default: true },
  }),
  'DELETE /views/{id}': async ({ make }) => ({
    path: `/views/${(await make<WithId>('/views', viewOf(unique('View')))).id}`,
  }),
  // Towards the end: what is sent moves its table by itself. By a way that is switched off nothing is tried a second time.
  async 'POST /notifications/messages/{id}/retry'(bench) {
    const way = await makeWay(bench, false);
    await bench.make(`/notifications/ways/${way}/test`, undefined);
    const id = await until('the message is given up', async () => {
      const { items } = await bench.make<{ items: readonly WithId[] }>(
        '/notifications/messages?state=dead',
        undefined,
        'GET',
      );
      return items[0]?.id;
    });
    return { path: `/notifications/messages/${id}/retry` };
  },
  async 'POST /notifications/ways/{id}/test'(bench) {
    await until('nothing is on its way', async () => {
      const waiting = await bench.make<{ items: readonly WithId[] }>(
        '/notifications/messages?state=waiting',
        undefined,
        'GET',
      );
      return waiting.items.length === 0;
    });
    return { path: `/notifications/ways/${await makeWay(bench, true)}/test` };
  },
};

const nothing = 'keeps nothing, or nothing in the database';

/** Routes that are not tried here, and why. */
export const untried: Readonly<Record<string, string>> = Object.fromEntries(
  [
    'POST /policies/plan',
    ...['POST /targets', 'POST /signin/passkey/options', 'POST /session/step-up/options'],
    ...['POST /setup/options', 'POST /me/passkeys/options'],
    // What they begin is done by the way back from the provider, which is tried.
    ...['POST /setup/oidc/{id}', 'POST /me/oidc/{id}', 'POST /session/step-up/oidc/{id}'],
  ].map((route) => [route, nothing]),
);
