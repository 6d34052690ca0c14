// Enrollment tokens over the API on a real database: labels that decide about scopes are set by nobody who is limited.
import t from 'tap';
import { systemClock } from '../../core/clock.ts';
import { nodeCrypto } from '../../core/crypto.ts';
import { createHttp } from '../../core/http/server.ts';
import { silentLog } from '../../core/log.ts';
import { openTestDatabase } from '../../core/testing/database.ts';
import { allPermissions, authenticate, makeApiToken } from '../access/index.ts';
import { createTenants } from '../inventory/testing/fleet.ts';
import { registerEnrollmentRoutes } from './routes.ts';

t.test('labels that limits name are set by nobody who is limited, whatever his token may', async (t) => {
  const { sql, db } = await openTestDatabase(t);
  await createTenants(sql, [1]);
  const [anna, berta, role] = ['a', 'b', 'r'].map((letter) => letter.repeat(26));
  for (const [person, name] of [
    [`per_${anna}`, 'anna'],
    [`per_${berta}`, 'berta'],
  ])
    await sql`INSERT INTO person (tenant, id, handle, name) VALUES (1, ${person ?? ''}, ${name ?? ''}, 'x')`;
  await sql`INSERT INTO role (tenant, id, name) VALUES (1, ${`rol_${role}`}, 'orders')`;
  await sql`INSERT INTO role_grant (role, position, permission, where_text)
    VALUES (${`rol_${role}`}, 0, 'jobs.write', 'label("env") == "test"')`;
  await sql`INSERT INTO person_role (tenant, person, role)
    VALUES (1, ${`per_${anna}`}, 'security'), (1, ${`per_${berta}`}, 'security'), (1, ${`per_${berta}`}, ${`rol_${role}`})`;
  const { app } = await createHttp({
    log: silentLog,
    tls: undefined,
    permissions: new Set(allPermissions),
    authenticate: (request) => authenticate(sql, request.headers.authorization),
    now: () => Date.now(),
  });
  const trust = { tenant: 1, current: () => ({ document: { version: 1 }, hash: 'h' }) } as never;
  const deps = { sql, db, clock: systemClock, log: silentLog, crypto: nodeCrypto, trust };
  registerEnrollmentRoutes(app, { ...deps, registered: () => undefined }, 'https://muster.example');
  await app.ready();
  t.teardown(() => app.close());
  async function make(person: string | undefined, labels: object) {
    const request = { tenant: 1, name: 'x', permissions: ['enrollment.write'] as const, expiresInMs: 60_000 };
    const token = await makeApiToken(sql, systemClock, { ...request, person: `per_${person}` });
    const headers = { authorization: `Bearer ${token}` };
    const payload = { name: 'x', labels };
    const answer = await app.inject({ method: 'POST', url: '/api/v1/enrollment-tokens', headers, payload });
    return { status: answer.statusCode, body: answer.json() };
  }
  t.match(await make(berta, { env: 'test' }), {
    status: 403,
    body: { code: 'E_FORBIDDEN', detail: /by env/ },
  });
  t.match(await make(berta, { floor: '3' }), { status: 201 });
  t.match(await make(anna, { env: 'test' }), { status: 201 });
});
