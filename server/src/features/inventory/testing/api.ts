// A REST server for tests, with everybody signed in as the tenant the header names.

import type { Connections, Session } from '../../../core/agents/session.ts';
import { createHttp, type HttpApp } from '../../../core/http/server.ts';
import { silentLog } from '../../../core/log.ts';
import { makePrincipal } from '../../../core/testing/principal.ts';

/** Sessions that a test says are connected. */
export function createTestConnections(): Connections & {
  add(session: Session): void;
  remove(session: Session): void;
} {
  const sessions = new Map<string, Session>();
  const keyOf = (tenant: number, idx: number) => `${tenant}/${idx}`;
  return {
    add: (session) => void sessions.set(keyOf(session.tenant, session.idx), session),
    remove: (session) => void sessions.delete(keyOf(session.tenant, session.idx)),
    find: (tenant, idx) => sessions.get(keyOf(tenant, idx)),
    count: () => sessions.size,
  };
}

export interface TestApi {
  readonly app: HttpApp;
  /** Answer of a GET as a reader of tenant 1, or of another. */
  get(
    url: string,
    tenant?: number,
  ): Promise<{ status: number; body: never; text: string; headers: Record<string, unknown> }>;
}

export async function createTestApi(
  t: { teardown(work: () => unknown): unknown },
  register: (app: HttpApp) => void,
): Promise<TestApi> {
  const permissions = new Set(['inventory.read', 'metrics.read', 'alerts.read']);
  const { app } = await createHttp({
    log: silentLog,
    tls: undefined,
    permissions,
    authenticate: async (request) =>
      makePrincipal(permissions, { tenant: Number(request.headers['x-tenant']) }),
    now: () => Date.now(),
  });
  let failure: unknown;
  app.addHook('onError', async (_request, _reply, error) => {
    failure = error;
  });
  register(app);
  await app.ready();
  t.teardown(() => app.close());
  return {
    app,
    async get(url, tenant = 1) {
      const response = await app.inject({ method: 'GET', url, headers: { 'x-tenant': String(tenant) } });
      // What nobody expected is a fault of the server, not an answer to be tested.
      if (response.statusCode === 500) throw failure;
      const isJson = String(response.headers['content-type']).includes('json');
      return {
        status: response.statusCode,
        body: (isJson ? response.json() : null) as never,
        text: response.body,
        headers: response.headers,
      };
    },
  };
}
