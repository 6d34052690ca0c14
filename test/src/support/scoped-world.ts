// A server whose labeled devices have everything that can be asked about, with jobs over some of them and persons with roles.

import { enrollDevice, openDevice, type Wire } from '../fleet/device.ts';
import { evaluateOn } from './labels.ts';
import { createOrders, type Orders } from './orders.ts';
import { reportAll } from './report.ts';
import { startTestServer, type TestLike, type TestServer } from './server.ts';
import { until } from './wait.ts';

/** A device of the world. */
export interface ScopedDevice {
  readonly id: string;
  readonly hostname: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** A job of the world. */
export interface ScopedJob {
  readonly id: string;
  /** Expression that found its devices. */
  readonly on: string;
  /** Canceled before it began, so that it is read from the database. */
  readonly isOver: boolean;
}

/** The world. */
export interface ScopedWorld {
  readonly server: TestServer;
  readonly orders: Orders;
  readonly devices: readonly ScopedDevice[];
  readonly jobs: readonly ScopedJob[];
  /** A token of a new person with that role, on these devices only where a limit is given. */
  tokenOf(role: string, where?: string): Promise<string>;
  /** A token of the person of the host with a limit of its own. */
  limitedToken(where: string): Promise<string>;
}

const HALF_HOUR_MS = 1_800_000;
/** So many calls a second are not what people do. */
const flags = ['--tls', 'off', '--handshakes-per-second', '1000', '--handshake-burst', '1000'];

/** Builds it; `expressions` are those that jobs are ordered for, one open and one that is over each. */
export async function buildWorld(
  t: TestLike,
  {
    labels,
    expressions,
  }: {
    readonly labels: readonly Readonly<Record<string, string>>[];
    readonly expressions: readonly string[];
  },
): Promise<ScopedWorld> {
  const server = await startTestServer(t, { flags });
  const { devices, wires } = await addDevices(server, labels);
  t.teardown(async () => {
    for (const { socket } of wires) socket.terminate();
  });
  const orders = await createOrders(server);
  const jobs: ScopedJob[] = [];
  for (const on of expressions) {
    if (!devices.some((device) => evaluateOn(on, device))) continue;
    for (const isOver of [false, true]) {
      const notBefore = new Date(Date.now() + HALF_HOUR_MS).toISOString();
      const id = await orders.order(on, { notBefore });
      if (isOver) await post(server, `/api/v1/jobs/${id}/cancel`, { reason: 'A test.' });
      jobs.push({ id, on, isOver });
    }
  }
  let persons = 0;
  const { body: me } = await server.call<{ items: readonly { readonly id: string }[] }>('/api/v1/persons');
  const hostPerson = me.items[0]?.id ?? '';
  return {
    ...{ server, orders, devices, jobs },
    async tokenOf(role, where) {
      persons += 1;
      const person = await post<{ id: string }>(server, '/api/v1/persons', { name: `Person ${persons}` });
      const limit = where === undefined ? {} : { where };
      await post(server, `/api/v1/persons/${person.id}/roles/${role}`, limit, 'PUT');
      return makeToken(server, person.id, {});
    },
    limitedToken: (where) => makeToken(server, hostPerson, { where }),
  };
}

async function addDevices(server: TestServer, labels: readonly Readonly<Record<string, string>>[]) {
  const wires: Wire[] = [];
  const devices: ScopedDevice[] = [];
  for (const [at, own] of labels.entries()) {
    const hostname = `host-${String(at).padStart(3, '0')}`;
    const token = await server.enrollmentToken({ labels: own });
    const device = await enrollDevice(server.url, token, { hostname });
    const wire = await openDevice(server.url, device);
    wires.push(wire);
    await reportAll(wire, hostname);
    devices.push({ id: device.id, hostname, labels: own });
  }
  await until('all are in the index', async () => {
    const { body } = await server.call<{ count: number | null }>(
      '/api/v1/devices?on=presence%20%3D%3D%20%22online%22',
    );
    return body.count === labels.length;
  });
  return { wires, devices };
}

async function makeToken(server: TestServer, person: string, limit: object): Promise<string> {
  const path = `/api/v1/persons/${person}/tokens`;
  return (await post<{ token: string }>(server, path, { name: 'test', ...limit })).token;
}

/** Sends it; what is refused is a fault of the test. */
async function post<Body>(server: TestServer, path: string, body: object, method = 'POST'): Promise<Body> {
  const answer = await server.call<Body>(path, { method, body });
  if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${answer.text}`);
  return answer.body;
}
