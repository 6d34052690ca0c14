// Puts a hostile text into every field that the API takes, as the people and programs who may do so.
import { createHash, randomBytes } from 'node:crypto';
import { encodeBase32, TRUST_TYPE, type TrustDocument } from '@muster/protocol';
import { CONTENT_TYPE, type Command, HALT_TYPE } from '@muster/protocol/commands';
import { checkPolicy } from '@muster/protocol/policy';
import { createOrders, type Orders } from '../../support/orders.ts';
import { makePolicy, signPolicies } from '../../support/policies.ts';
import type { ServerProcess } from '../../support/server-process.ts';
import { proveNewKey, readKey, seal } from '../../support/signed.ts';
import { isVisible, type Planter } from './payloads.ts';
import { PLANTED } from './standing.ts';

/** Where the texts go. */
export interface Field {
  readonly server: ServerProcess;
  readonly planter: Planter;
  /** How many of each kind of thing. */
  readonly count: number;
  /** Address of a receiver of webhooks that answers with hostile words. */
  readonly receiver: string;
  /** Sends something as the person whose browser looks at the pages. @throws where it is refused */
  asPerson(call: PersonCall): Promise<string>;
}

/** What a person sends. */
export interface PersonCall {
  readonly method: string;
  /** Below /api/v1. */
  readonly path: string;
  readonly text: string;
  /** JSON unless said otherwise. */
  readonly type?: string;
}

/** What was made, for addresses that name it. */
export interface Made {
  readonly persons: readonly string[];
  readonly groups: readonly string[];
  readonly content: readonly string[];
  readonly jobs: readonly string[];
  /** Names of policies in force. */
  readonly policies: readonly string[];
}

interface WithId {
  readonly id: string;
}

/** Sends what must be taken; a refusal would hide a field from the check. */
async function give<T = WithId>({ server }: Field, path: string, body: unknown, method = 'POST'): Promise<T> {
  const answer = await server.call<T>(`/api/v1${path}`, { method, body });
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
  return answer.body;
}

/** Sends what need not be taken; what is refused cannot be shown. */
async function offer(field: Field, path: string, body: unknown): Promise<void> {
  const answer = await field.server.call(`/api/v1${path}`, { method: 'POST', body });
  if (answer.status >= 300) field.planter.refused(JSON.stringify(body));
}

const times = async (count: number, work: (at: number) => Promise<void>) => {
  for (let at = 0; at < count; at++) await work(at);
};

/** A hostile text as an expression holds it; the language refuses what cannot be seen. */
const expressor =
  ({ make }: Planter) =>
  (field: string, maxChars: number) =>
    JSON.stringify(make(field, maxChars, isVisible));

/** A key for a person, with a hostile name. */
async function plantKey(field: Field, person: string, org: string): Promise<void> {
  const name = field.planter.make('person.key', 128);
  await give(field, `/persons/${person}/keys`, { ...proveNewKey(org), name });
}

async function plantPeople(field: Field, org: string): Promise<string[]> {
  const { make } = field.planter;
  const expressed = expressor(field.planter);
  const ids: string[] = [];
  await times(field.count, async () => {
    const { id } = await give(field, '/persons', { name: make('person.name', 128) });
    const where = `label("site") == ${expressed('role.where', 200)}`;
    const grants = [{ permission: 'devices.read', where, kinds: null, contents: null }];
    const role = await give(field, '/roles', {
      ...{ name: make('role.name', 64), description: make('role.description', 256), grants },
    });
    const limit = `hostname.contains(${expressed('person.role.where', 200)})`;
    await give(field, `/persons/${id}/roles/${role.id}`, { where: limit }, 'PUT');
    await give(field, `/persons/${id}/tokens`, {
      ...{ name: make('person.token', 128), permissions: ['devices.read'], where: limit },
    });
    await plantKey(field, id, org);
    await offer(field, '/persons', { name: 'x', id: make('person.handle', 64) });
    ids.push(id);
  });
  return ids;
}

async function plantEnrollment(field: Field): Promise<void> {
  const { make } = field.planter;
  await times(field.count, async () => {
    const labels = { site: make('enrollment.label', 128) };
    await give(field, '/enrollment-tokens', { name: make('enrollment.name', 64), labels });
    await offer(field, '/enrollment-tokens', { name: 'x', labels: { [make('label.key', 64)]: 'x' } });
  });
}

async function plantGroups(field: Field, devices: readonly string[]): Promise<string[]> {
  const { make } = field.planter;
  const expressed = expressor(field.planter);
  const ids: string[] = [];
  await times(field.count, async () => {
    // Everybody is a member, so that why he is one can be asked of any.
    const expression = `hostname != ${expressed('group.expression', 300)}`;
    const described = { name: make('group.name', 64), description: make('group.description', 500) };
    ids.push((await give(field, '/groups', { ...described, expression })).id);
    ids.push((await give(field, '/groups', { name: make('group.picked', 64), devices })).id);
  });
  return ids;
}

async function plantNotifications(field: Field): Promise<void> {
  const { make } = field.planter;
  const expressed = expressor(field.planter);
  await times(field.count, async () => {
    const url = `${field.receiver}/${encodeURIComponent(make('way.url', 200))}`;
    const { way } = await give<{ way: WithId }>(field, '/notifications/ways', {
      ...{ name: make('way.name', 64), kind: 'webhook', url },
    });
    for (const scheme of ['javascript:', 'data:text/html,', 'file:///'])
      await offer(field, '/notifications/ways', {
        ...{ name: 'x', kind: 'webhook', url: `${scheme}${make('way.scheme', 200)}` },
      });
    await give(field, '/notifications/rules', {
      ...{ name: make('rule.name', 64), on: `hostname != ${expressed('rule.on', 300)}` },
      ...{ severities: ['warning', 'critical'], ways: [way.id], tellEnds: true, waitSeconds: 0 },
      ...{ everySeconds: 10, quiet: null, enabled: true },
    });
    await give(field, '/notifications/pauses', {
      ...{ reason: make('pause.reason', 200), lastsMs: 600_000 },
      on: `hostname == ${expressed('pause.on', 300)}`,
    });
    await give(field, `/notifications/ways/${way.id}/test`, undefined);
  });
}

/** The signer of a quick start gets a hostile name, by the root key that lies there too. */
async function plantTrust(field: Field): Promise<TrustDocument> {
  const { body } = await field.server.call<{ document: TrustDocument }>('/api/v1/trust');
  const { document } = body;
  const next = {
    ...document,
    ...{ version: document.version + 1, issuedAt: new Date().toISOString() },
    signers: document.signers.map((one) => ({ ...one, name: field.planter.make('signer.name', 128) })),
  };
  await give(field, '/trust/updates', {
    envelope: seal(TRUST_TYPE, next, await readKey(field.server.dataDir, 'root')),
  });
  return next;
}

/** Who says something, and since when. */
const signed = ({ org, version }: TrustDocument) => ({
  ...{ v: 1, org, requester: 'admin', trustVersion: version, at: new Date().toISOString() },
});

async function plantContent(field: Field, trust: TrustDocument): Promise<string[]> {
  const { make } = field.planter;
  const signer = await readKey(field.server.dataDir, 'signer');
  const digests: string[] = [];
  await times(field.count, async (at) => {
    const body = Buffer.from(`# ${make('script.body', 300)}\n`);
    const parameters = ['string', 'integer', 'boolean'].map((type) => ({
      ...{ name: `p_${type}`, type, required: false, description: make('script.parameter', 256) },
    }));
    const isScript = at % 2 === 0;
    const place = { path: `/srv/${make('file.path', 300)}`, mode: '0644', owner: '', group: '' };
    const document = {
      ...{ ...signed(trust), use: isScript ? 'script' : 'file', name: make('script.name', 128) },
      ...{ sha256: createHash('sha256').update(body).digest('base64url'), sizeBytes: body.length },
      ...{ interpreter: isScript ? 'sh' : 'none', parameters: isScript ? parameters : [] },
      ...{ place: isScript ? null : place, runAs: [], stdin: isScript, reason: make('script.reason', 512) },
      ...{ timeoutMs: isScript ? 600_000 : 0, okExits: isScript ? [0] : [] },
    };
    const { digest } = await give<{ digest: string }>(field, '/content', {
      envelope: seal(CONTENT_TYPE, document, signer),
    });
    const path = `/content/${digest}/body?offset=0`;
    await field.asPerson({ method: 'PUT', path, text: body.toString(), type: 'application/octet-stream' });
    digests.push(digest);
  });
  return digests;
}

async function plantHalts(field: Field, trust: TrustDocument): Promise<void> {
  const signer = await readKey(field.server.dataDir, 'signer');
  await times(field.count, async () => {
    const halt = {
      ...{ ...signed(trust), haltId: `hlt_${encodeBase32(randomBytes(16))}` },
      // Of a kind that nothing else here uses.
      ...{ scope: { what: 'kind', kind: 'user.lock' }, reason: field.planter.make('halt.reason', 512) },
      until: new Date(Date.now() + 3_600_000).toISOString(),
    };
    await give(field, '/halts', { envelope: seal(HALT_TYPE, halt, signer) });
  });
}

/** Orders for every device, hostile in whatever a person may write into one. */
async function plantJobs(field: Field, orders: Orders, script: string): Promise<string[]> {
  const { make } = field.planter;
  const expressed = expressor(field.planter);
  const ids: string[] = [];
  const order = async (change: Partial<Command>, content: readonly string[] = []) => {
    const on = `hostname != ${expressed('job.on', 300)}`;
    const targets = await orders.find(on);
    const { id, envelope } = orders.sign(targets, { reason: make('job.reason', 512), ...change });
    await give(field, '/jobs', {
      ...{ envelope, snapshot: targets.snapshot, content, options: { on, dedupeKey: make('job.key', 128) } },
    });
    ids.push(id);
    return id;
  };
  await times(field.count, async () => {
    await order({ kind: 'file.fetch', args: { path: `/srv/${make('job.path', 300)}` } });
    const parameters = { p_string: make('job.parameter', 300) };
    const args = { content: script, parameters, stdin: make('job.stdin', 300), runAs: '' };
    await order({ kind: 'script.run', args }, [script]);
    const later = new Date(Date.now() + 1_800_000).toISOString();
    const off = { delayMs: 0, message: make('job.message', 256) };
    // No device answers this one, so it stays under way.
    const held = await order({ kind: 'power.reboot', args: off });
    await give(field, `/jobs/${held}/hold`, { reason: make('job.hold', 512) });
    const bound = `hostname != ${expressed('job.bound', 200)}`;
    const canceled = await order({ bound, notBefore: later });
    await give(field, `/jobs/${canceled}/cancel`, { reason: make('job.cancel', 512) });
  });
  return ids;
}

/** A policy with hostile words wherever a file takes any; in force, in several revisions. */
async function plantPolicies(field: Field): Promise<string[]> {
  const { make } = field.planter;
  const { policy: name, rule: id, key } = PLANTED;
  const rule = { id, title: 'R', sysctl: { key, value: 'x' } };
  const whole = { policy: name, title: 'T', owner: 'me' };
  const isTaken = (policy: object) => 'policy' in checkPolicy({ ...whole, rules: [rule], ...policy });
  const inPolicy = (key: string, maxChars: number) => ({
    [key]: make(`policy.${key}`, maxChars, (text) => isTaken({ [key]: text })),
  });
  const inRule = (key: string, maxChars: number, wrap: (text: string) => unknown = (text) => text) => {
    const fits = (text: string) => isTaken({ rules: [{ ...rule, [key]: wrap(text) }] });
    return { [key]: wrap(make(`policy.rule.${key}`, maxChars, fits)) };
  };
  await times(field.count, async () => {
    const expressed = expressor(field.planter);
    const policy = makePolicy(name, {
      ...{ ...inPolicy('title', 256), ...inPolicy('owner', 256) },
      except: `hostname == ${expressed('policy.except', 200)}`,
      rules: [
        {
          ...{ ...rule, ...inRule('title', 256), ...inRule('why', 512), ...inRule('remediation', 512) },
          ...inRule('references', 256, (text) => [text]),
          ...inRule('sysctl', 256, (value) => ({ ...rule.sysctl, value })),
        },
      ],
    });
    const signed = await signPolicies(field.server, [policy], { reason: make('policy.reason', 256) });
    await give(field, '/policies/sets', signed);
  });
  return [name];
}

/** What belongs to the person who looks: views of lists. */
async function plantViews({ asPerson, planter, count }: Field): Promise<void> {
  const expressed = expressor(planter);
  await times(count, async () => {
    const on = `hostname != ${expressed('view.on', 300)}`;
    const body = {
      ...{ page: 'devices', name: planter.make('view.name', 64), shared: false, default: false },
      search: new URLSearchParams({ on }).toString(),
    };
    await asPerson({ method: 'POST', path: '/views', text: JSON.stringify(body) });
  });
}

/** Requests that are refused, whose words may come back in answers and stand in the audit. */
async function plantRefused(field: Field): Promise<void> {
  const { make } = field.planter;
  await times(field.count, async () => {
    const name = make('refused.id', 120);
    await field.server.call(`/api/v1/groups/${encodeURIComponent(name)}`, { method: 'DELETE' });
    await offer(field, '/groups', { name: 'x', expression: make('refused.expression', 200) });
    await offer(field, '/signin/password', { name: make('refused.person', 64), password: 'x' });
  });
}

/** Puts something hostile everywhere; devices are connected and carry out what is ordered. */
export async function plantAll(field: Field, devices: readonly string[]): Promise<Made> {
  const { make } = field.planter;
  for (const id of devices)
    await give(field, `/devices/${id}`, { labels: { site: make('device.label', 128) } }, 'PATCH');
  const trust = await plantTrust(field);
  const persons = await plantPeople(field, trust.org);
  await plantEnrollment(field);
  const groups = await plantGroups(field, devices);
  await plantNotifications(field);
  const content = await plantContent(field, trust);
  await plantHalts(field, trust);
  const jobs = await plantJobs(field, await createOrders(field.server), content[0] ?? '');
  const policies = await plantPolicies(field);
  await plantViews(field);
  await plantRefused(field);
  return { persons, groups, content, jobs, policies };
}
