// A real server for a test: its own data folder, its own PostgreSQL, a port of its own, an API token with all permissions.
import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  allPermissions,
  choosePipeFolder,
  loadConfig,
  type MusterServer,
  makeApiToken,
  silentLog,
  startServer,
  systemClock,
} from '@muster/server';
import { until } from './wait.ts';

/** What is needed of a test: tap's `t` fits. */
export interface TestLike {
  teardown(work: () => Promise<void>): unknown;
}

/** What most tests look at in a body; a body that is no JSON has nothing. */
export interface AnyBody {
  readonly code?: string;
  readonly text?: string;
  readonly items?: readonly Readonly<Record<string, unknown>>[];
  readonly next?: string | null;
}

/** An answer of the API; who asks knows what body to expect. */
export interface Answer<Body = AnyBody> {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly body: Body;
}

/** A request to the API. */
export interface Call {
  readonly method?: string;
  readonly body?: unknown;
  /** Another token than the one with all permissions; null sends none. */
  readonly token?: string | null;
  /** As a browser would send it; whoever signs in by it sends no token. */
  readonly cookie?: string;
}

/** How an enrollment token is made. */
export interface TokenWish {
  readonly uses?: number;
  readonly autoApprove?: boolean;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A running server and what a test does with it. */
export interface TestServer {
  readonly url: string;
  readonly dataDir: string;
  readonly running: MusterServer;
  call<Body = AnyBody>(path: string, call?: Call): Promise<Answer<Body>>;
  /** Text of a new enrollment token; one use and approved at once unless said otherwise. */
  enrollmentToken(wish?: TokenWish): Promise<string>;
  /** An API token with these permissions. */
  apiToken(permissions: readonly (typeof allPermissions)[number][]): Promise<string>;
  /** The device as the API shows it, once `fits` says yes. */
  device(id: string, fits?: (device: DeviceView) => boolean): Promise<DeviceView>;
  /** Approves, releases or retires. */
  decide(id: string, decision: 'approve' | 'release' | 'retire'): Promise<Answer>;
  stop(): Promise<void>;
}

/** What tests look at in a device. */
export interface DeviceView {
  readonly id: string;
  readonly hostname: string;
  readonly state: string;
  readonly stateReason: string;
  readonly presence: string;
  readonly clockOffsetMs: number;
  readonly facts: { readonly packages: number | null } | null;
}

/** A folder that is gone after the test. */
export async function makeFolder(t: TestLike, name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `muster-e2e-${name}-`));
  t.teardown(() => removeDataFolder(folder));
  return folder;
}

/** Removes a server's folder, and the one for sockets that it has elsewhere when its own lies too deep. */
export async function removeDataFolder(folder: string): Promise<void> {
  // A process that was killed may leave others behind that write there for a moment longer.
  const patiently = { recursive: true, force: true, maxRetries: 10, retryDelay: 100 };
  for (const path of [folder, choosePipeFolder(folder)]) await rm(path, patiently);
}

/** Sends one request, on a connection of its own, whatever certificate the server shows. */
export function send<Body = AnyBody>(
  url: string,
  call: Call & { readonly token: string | null },
): Promise<Answer<Body>> {
  const { method = 'GET', body, token, cookie } = call;
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers = {
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    ...(cookie === undefined ? {} : { cookie }),
    ...(text === undefined ? {} : { 'content-type': 'application/json' }),
  };
  const options = { method, headers, rejectUnauthorized: false, agent: false };
  return new Promise((resolve, reject) => {
    const request = (url.startsWith('https:') ? httpsRequest : httpRequest)(url, options, (response) => {
      response.setEncoding('utf8');
      let received = '';
      response.on('data', (piece: string) => {
        received += piece;
      });
      response.on('error', reject);
      response.on('end', () => {
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: received,
          body: parse<Body>(received),
        });
      });
    });
    request.on('error', reject);
    request.end(text);
  });
}

function parse<Body>(text: string): Body {
  try {
    return JSON.parse(text);
  } catch {
    return JSON.parse('{}');
  }
}

/** Where a server of a test lies, and its flags. */
export interface ServerWish {
  /** A folder of an earlier server; a new one when absent. */
  readonly dataDir?: string;
  readonly flags?: readonly string[];
}

/** Starts a server and stops it when the test ends. */
export async function startTestServer(t: TestLike, wish: ServerWish = {}): Promise<TestServer> {
  const dataDir = wish.dataDir ?? (await makeFolder(t, 'server'));
  const tls = wish.flags?.join(' ').includes('--tls off') === true ? 'http' : 'https';
  const argv = ['--data-dir', dataDir, '--port', '0', '--public-url', `${tls}://127.0.0.1:1`];
  const config = loadConfig({
    // A flag that comes again replaces the one before.
    argv: [...argv, ...(wish.flags ?? [])],
    env: {},
    folder: dataDir,
    readFile: () => undefined,
  });
  const running = await startServer(config, { clock: systemClock, log: silentLog });
  let stopping: Promise<void> | null = null;
  const stop = () => {
    stopping ??= running.stop();
    return stopping;
  };
  t.teardown(stop);
  return describe(running, { dataDir, stop });
}

async function describe(
  running: MusterServer,
  { dataDir, stop }: Pick<TestServer, 'dataDir' | 'stop'>,
): Promise<TestServer> {
  const { tenant, database, url } = running;
  const apiToken: TestServer['apiToken'] = (permissions) =>
    makeApiToken(database.sql, systemClock, { tenant, name: 'test', permissions, expiresInMs: 3_600_000 });
  const admin = await apiToken(allPermissions);
  function call<Body>(path: string, wish: Call = {}): Promise<Answer<Body>> {
    return send<Body>(url + path, { token: admin, ...wish });
  }
  return {
    url,
    dataDir,
    running,
    call,
    apiToken,
    async enrollmentToken({ uses = 1, autoApprove = true, labels } = {}) {
      const body = { name: 'test', uses, autoApprove, ...(labels === undefined ? {} : { labels }) };
      const answer = await call<AnyBody>('/api/v1/enrollment-tokens', { method: 'POST', body });
      if (answer.body.text === undefined) throw new Error(`no token: ${answer.text}`);
      return answer.body.text;
    },
    device: (id, fits = () => true) =>
      until(`device ${id} fits`, async () => {
        const { body } = await call<DeviceView>(`/api/v1/devices/${id}`);
        return fits(body) ? body : undefined;
      }),
    decide: (id, decision) => call(`/api/v1/devices/${id}/decisions`, { method: 'POST', body: { decision } }),
    stop,
  };
}
