// Several workers of one server in one process: a bus and listeners of their own, one database, nothing pretended but the process border.
import { chmod } from 'node:fs/promises';
import {
  allPermissions,
  attachDatabase,
  createLocalHub,
  type LocalHub,
  loadConfig,
  type MusterServer,
  makeApiToken,
  prepareDatabase,
  silentLog,
  startServer,
  systemClock,
} from '@muster/server';
import { enrollDevice, type SimulatedDevice } from '../fleet/device.ts';
import { type Answer, type AnyBody, type Call, makeFolder, send, type TestLike } from './server.ts';

/** One of them. */
export interface CrewMember {
  /** Its id on the bus. */
  readonly id: string;
  readonly url: string;
  readonly running: MusterServer;
  call<Body = AnyBody>(path: string, call?: Call): Promise<Answer<Body>>;
}

/** All of them. */
export interface Crew {
  readonly hub: LocalHub;
  readonly token: string;
  readonly dataDir: string;
  /** The first to start is the controller. */
  readonly members: readonly CrewMember[];
  enroll(hostname: string): Promise<SimulatedDevice>;
  /** One more. */
  join(): Promise<CrewMember>;
}

/** What of a crew is not as usual. */
export interface CrewWish {
  /** Messages that may wait for one worker, bytes. */
  readonly limitBytes?: number;
  readonly clock?: typeof systemClock;
}

/** Starts so many workers and stops them with the test. */
export async function startCrew(t: TestLike, count: number, wish: CrewWish = {}): Promise<Crew> {
  const { limitBytes, clock = systemClock } = wish;
  const dataDir = await makeFolder(t, 'crew');
  await chmod(dataDir, 0o755);
  const log = silentLog;
  const engine = await prepareDatabase({ dataDir, databaseUrl: undefined, clock, log });
  t.teardown(() => engine.stop());
  const hub = createLocalHub({ clock, log, ...(limitBytes === undefined ? {} : { limitBytes }) });
  const members: CrewMember[] = [];
  let token = '';

  async function join(): Promise<CrewMember> {
    const bus = hub.join();
    const argv = ['--data-dir', dataDir, '--port', '0', '--tls', 'off', '--public-url', 'http://127.0.0.1:1'];
    const config = loadConfig({ argv, env: {}, folder: dataDir, readFile: () => undefined });
    const running = await startServer(config, {
      ...{ clock, log, bus },
      worker: members.length + 1,
      openDatabase: () =>
        attachDatabase({ address: engine.address, clock, log, poolMax: 4, gateway: bus.id }),
    });
    t.teardown(() => running.stop());
    const { url } = running;
    const member: CrewMember = {
      ...{ id: bus.id, url, running },
      call: <Body>(path: string, request: Call = {}) => send<Body>(url + path, { token, ...request }),
    };
    members.push(member);
    return member;
  }

  const first = await join();
  const { tenant, database } = first.running;
  const asked = { tenant, name: 'test', permissions: allPermissions, expiresInMs: 3_600_000 };
  token = await makeApiToken(database.sql, clock, asked);
  while (members.length < count) await join();
  const made = await first.call('/api/v1/enrollment-tokens', {
    method: 'POST',
    body: { name: 'test', uses: 1_000, autoApprove: true },
  });
  const text = made.body.text ?? '';
  return {
    ...{ hub, token, dataDir, members, join },
    enroll: (hostname) => enrollDevice(members.at(-1)?.url ?? '', text, { hostname }),
  };
}
