// A server for tests of signing in: its routes on a real database, with a person, a clock that stands still, and browsers.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyRequest } from 'fastify';
import { fromHost } from '../../../core/audit/audit.ts';
import { createHttp } from '../../../core/http/server.ts';
import { describeSite } from '../../../core/http/site.ts';
import { newId } from '../../../core/ids.ts';
import { silentLog } from '../../../core/log.ts';
import { createTestClock } from '../../../core/testing/clock.ts';
import { openTestDatabase, type TestLike } from '../../../core/testing/database.ts';
import { allPermissions, authenticate, makeApiToken, registerAccessRoutes } from '../../access/index.ts';
import { makeHostLink } from '../links.ts';
import type { Provider } from '../provider.ts';
import type { SessionView } from '../schema.ts';
import { authenticateSession } from '../sessions.ts';
import { createSignin, endSignIn } from '../signin.ts';
import { createAuthenticator } from './authenticator.ts';

/** The console's address in these tests. */
export const ORIGIN = 'https://muster.example';

/** What is sent besides address and body. */
export interface Sent {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What tests look at in answers. */
export interface AnyAnswer extends Partial<SessionView> {
  readonly code?: string;
  readonly detail?: string;
  readonly url?: string;
  readonly challengeId?: string;
  readonly secret?: string;
  readonly codes?: readonly string[];
  readonly ended?: number;
  readonly left?: number;
  readonly passkeys?: readonly { readonly id: string; readonly name: string }[];
  readonly items?: readonly { readonly id: string; readonly isCurrent?: boolean; readonly method?: string }[];
}

/** Opens it. Roles are left as they are given: the first person is admin. */
export async function openStage(t: TestLike, { provider = null }: { provider?: Provider | null } = {}) {
  const { sql, address } = await openTestDatabase(t);
  const keyFolder = await mkdtemp(join(tmpdir(), 'muster-signin-'));
  t.teardown(() => rm(keyFolder, { recursive: true, force: true }));
  const clock = createTestClock(Date.now());
  const site = describeSite(ORIGIN);
  await sql`INSERT INTO organization (tenant, id, name) VALUES (1, 'org_a', 'Test')`;

  async function addPerson(handle: string, role: string | null): Promise<string> {
    const id = newId('per');
    await sql`INSERT INTO person (tenant, id, handle, name) VALUES (1, ${id}, ${handle}, ${`Name of ${handle}`})`;
    if (role !== null)
      await sql`INSERT INTO person_role (tenant, person, role, given_at) VALUES (1, ${id}, ${role}, now())`;
    return id;
  }

  const { app } = await createHttp({
    log: silentLog,
    tls: undefined,
    site,
    permissions: new Set(allPermissions),
    now: () => clock.now(),
    authenticate: (request) =>
      request.headers.authorization === undefined
        ? authenticateSession(sql, clock, request)
        : authenticate(sql, request.headers.authorization),
  });
  createSignin({ sql, clock, tenant: 1, organization: 'Test', site, keyFolder, provider }).serve(app);
  const seen: FastifyRequest[] = [];
  app.addHook('preHandler', async (request) => void seen.push(request));
  const signers: { id: string; keys: { key: string }[] }[] = [];
  const trust = () => ({ signers }) as never;
  registerAccessRoutes(app, { sql, clock, org: 'org_a', site, trust, endSignIn });
  await app.ready();
  t.teardown(async () => void (await app.close()));

  /** A browser: keeps its cookie, states its origin, and has passkeys. */
  function openBrowser(address = '198.51.100.7') {
    const jar = new Map<string, string>();
    const cookies = () => [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    async function send(url: string, { method, body, headers = {} }: Sent = {}) {
      const response = await app.inject({
        method: method ?? (body === undefined ? 'GET' : 'POST'),
        url,
        remoteAddress: address,
        headers: {
          origin: ORIGIN,
          'user-agent': 'test',
          ...(jar.size === 0 ? {} : { cookie: cookies() }),
          ...headers,
        },
        ...(body === undefined ? {} : { payload: body }),
      });
      for (const set of [response.headers['set-cookie'] ?? []].flat()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
        if (value === '') jar.delete(name);
        else jar.set(name, value);
      }
      const answer: AnyAnswer = response.body === '' ? {} : response.json();
      return { status: response.statusCode, body: answer, headers: response.headers };
    }
    return {
      send,
      post: (url: string, body: object = {}) =>
        send(url, { method: 'POST', ...(Object.keys(body).length > 0 && { body }) }),
      remove: (url: string) => send(url, { method: 'DELETE' }),
      authenticator: createAuthenticator(ORIGIN),
      cookie: () => `__Host-muster=${jar.get('__Host-muster') ?? ''}`,
      setCookie: (text: string) => void jar.set('__Host-muster', text.slice(text.indexOf('=') + 1)),
    };
  }

  /** A link as the host makes it; its secret. */
  async function makeSecret(person: string): Promise<string> {
    const { url } = await makeHostLink({ sql, clock }, { tenant: 1, person }, { site, origin: fromHost });
    return new URL(url).hash.slice(1);
  }

  /** An API token of a person, as a program sends it: a browser without a cookie. */
  async function openProgram(person: string | null, permissions: readonly string[]) {
    const request = {
      tenant: 1,
      name: 'program',
      permissions: permissions as ['*'],
      expiresInMs: 3_600_000,
      person,
    };
    const headers = { authorization: `Bearer ${await makeApiToken(sql, clock, request)}` };
    const { send } = openBrowser('198.51.100.99');
    return (url: string, sent: Sent = {}) => send(url, { ...sent, headers });
  }

  /** Asks who is behind the last request, as the streams do that it has opened. */
  async function recheck() {
    const request = seen.at(-1);
    return request === undefined ? null : app.authenticate(request);
  }

  return { sql, address, clock, app, signers, recheck, addPerson, openBrowser, openProgram, makeSecret };
}

/** The stage of a test. */
export type Stage = Awaited<ReturnType<typeof openStage>>;
/** A browser of it. */
export type Browser = ReturnType<Stage['openBrowser']>;
