// Something of everything that can be asked about on a server with devices, and the address of a route that names it.
import { documentDigest } from '@muster/protocol/commands';
import { crypto } from './crypto.ts';
import { createOrders } from './orders.ts';
import { makePolicy, signPolicies } from './policies.ts';
import type { Route } from './routes.ts';
import type { TestServer } from './server.ts';
import { until } from './wait.ts';

/** A route's address with ids that exist. */
export type AddressOf = (route: Route) => string;

/** Nothing listens there, so the message waits; the server must let webhooks go to its own machine. */
const NOWHERE = 'http://127.0.0.1:9/';

/** Makes what is missing; the first of the devices has everything, the second is what it is compared with. */
export async function makeExisting(
  server: TestServer,
  [first = '', second = '']: readonly string[],
): Promise<AddressOf> {
  async function post<Body>(path: string, body: object = {}): Promise<Body> {
    const { status, text, body: made } = await server.call<Body>(`/api/v1${path}`, { method: 'POST', body });
    if (status >= 300) throw new Error(`${path}: ${status} ${text}`);
    return made;
  }
  const orders = await createOrders(server);
  const targets = await orders.find('id != ""');
  const { id: job, envelope } = orders.sign(targets);
  await post('/jobs', { envelope, snapshot: targets.snapshot });
  const digest = await orders.addContent(Buffer.from('true\n'));
  const wish = { name: 'A group', expression: 'os.family == "debian"', devices: [first] };
  const group = await post<{ id: string }>('/groups', wish);
  await post('/views', { page: 'devices', name: 'A view', search: 'sort=seen', shared: true });
  const { way } = await post<{ way: { id: string } }>('/notifications/ways', {
    ...{ name: 'A way', kind: 'webhook', url: NOWHERE },
  });
  const { message } = await post<{ message: string }>(`/notifications/ways/${way.id}/test`);
  const { body: persons } = await server.call('/api/v1/persons');
  const { body: alerts } = await server.call('/api/v1/alerts?limit=1');
  const signed = await signPolicies(server, [makePolicy('a-policy')]);
  await post('/policies/sets', signed);
  const revision = signed.policies[0] === undefined ? '' : documentDigest(signed.policies[0], crypto);
  const size = await sealAudit(server);
  return ({ path, pattern }) =>
    path
      .replace(/alerts\/dev_a{26}/, `alerts/${alerts.items?.[0]?.id}`)
      .replace(/dev_a{26}/, first)
      .replace('processes', 'os_version')
      .replace('name=x', 'name=openssl')
      .replace(
        'from=x&to=x',
        pattern.includes('/policies/') ? `from=${revision}&to=${revision}` : 'from=x&to=x',
      )
      .replace('on=x', `on=${encodeURIComponent(wish.expression)}`)
      .replace('from=x&to=x', `from=1&to=${size}`)
      .replace(/cmd_a{26}/, job)
      .replace(/grp_a{26}/, group.id)
      .replace(/nms_a{26}/, message)
      .replace(/per_a{26}/, String(persons.items?.[0]?.id))
      .replace(/snp_a{26}/, targets.snapshot)
      .replace(/A{43}/, pattern.includes('/policies/') ? revision : digest) +
    (pattern.endsWith('{id}/diff') ? `?with=${second}` : '');
}

/** An export has a checkpoint signed over what is sealed, so that nobody waits for the next one; its size. */
async function sealAudit({ call }: TestServer): Promise<number> {
  // While an older transaction of the server holds up the first events there is nothing to sign.
  await until('the audit is exported', async () => {
    const { status, text, body } = await call('/api/v1/audit/export');
    if (status !== 200 && body.code !== 'E_RANGE') throw new Error(`the audit is not exported: ${text}`);
    return status === 200;
  });
  return (await call<{ size: number }>('/api/v1/audit/checkpoint')).body.size;
}
