// Check `secret-canary`: forty secrets are handed to a server, and looked for in its logs, audit, exports, answers and backup.
import { createHmac, randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { createOrders } from '../support/orders.ts';
import { runNode, serverProgram } from '../support/processes.ts';
import { ask } from '../support/routes.ts';
import { makeFolder } from '../support/server.ts';
import { prepareServer, type ServerProcess } from '../support/server-process.ts';
import { until } from '../support/wait.ts';
import type { Check, CheckContext, Verdict } from './check.ts';

/** A secret that was given to the server, and where it went in. */
interface Secret {
  readonly name: string;
  /** The part that nobody else may see. */
  readonly text: string;
}

const random = (bytes: number) => randomBytes(bytes).toString('base64url');

/** One that a server cannot know: it is refused, and must not be remembered either. */
function planter(server: ServerProcess, secrets: Secret[]) {
  const plant = (name: string, text: string) => {
    secrets.push({ name, text });
    return text;
  };
  return {
    plant,
    /** Sends something with headers of one's own; whatever comes back. */
    async send(path: string, init: { method?: string; headers?: Record<string, string>; body?: unknown }) {
      const { method = 'GET', headers = {}, body } = init;
      const json = body === undefined ? {} : { body: JSON.stringify(body) };
      const type = body === undefined ? {} : { 'content-type': 'application/json' };
      await ask(server.url, { method, path: `/api/v1${path}`, headers: { ...type, ...headers }, ...json });
    },
  };
}

/** Real ones: tokens of the API, of enrollment, and of the host. */
async function plantReal(server: ServerProcess, secrets: Secret[]): Promise<void> {
  const secretOf = (text: string) => text.split('.')[2] ?? '';
  const person = await server.call<{ id: string }>('/api/v1/persons', {
    method: 'POST',
    body: { name: 'Canary' },
  });
  for (let at = 0; at < 8; at++) {
    const body = { name: `token ${at}`, permissions: ['devices.read'] };
    const made = await server.call<{ token: string }>(`/api/v1/persons/${person.body.id}/tokens`, {
      method: 'POST',
      body,
    });
    secrets.push({ name: 'API token', text: secretOf(made.body.token) });
    await server.call('/api/v1/devices', { token: made.body.token });
    await server.call('/api/v1/roles', {
      method: 'POST',
      token: made.body.token,
      body: { name: 'x', grants: [] },
    });
  }
  for (let at = 0; at < 6; at++) {
    const made = await server.call<{ text: string }>('/api/v1/enrollment-tokens', {
      method: 'POST',
      body: { name: `enrollment ${at}` },
    });
    secrets.push({ name: 'seed of an enrollment token', text: secretOf(made.body.text) });
  }
  for (const name of ['server', 'signer', 'root']) {
    const pem = await readFile(join(server.dataDir, 'keys', `${name}.pem`), 'utf8');
    secrets.push({ name: `${name} key`, text: pem.split('\n')[1] ?? '' });
  }
}

/** Made up ones, in every place where a person or program could hand one in. */
async function plantMadeUp(server: ServerProcess, secrets: Secret[]): Promise<void> {
  const { plant, send } = planter(server, secrets);
  const id = 'a'.repeat(26);
  for (let at = 0; at < 4; at++) {
    const bearer = `Bearer mat1.${id}.${plant('token that is none', random(32))}`;
    await send('/devices', { headers: { authorization: bearer } });
    await send('/persons', { method: 'POST', headers: { authorization: bearer }, body: { name: 'x' } });
  }
  for (let at = 0; at < 4; at++) {
    const cookie = `__Host-muster=mss1.${id}.${plant('cookie', random(32))}`;
    await send('/me/sessions', { headers: { cookie } });
    await send('/session', { method: 'DELETE', headers: { cookie, origin: server.url } });
  }
  for (let at = 0; at < 5; at++)
    await send('/signin/password', {
      method: 'POST',
      headers: { origin: server.url },
      body: { name: 'canary', password: plant('password', `pw ${random(18)}`), totp: '123456' },
    });
  for (let at = 0; at < 3; at++)
    await send('/signin/password', {
      method: 'POST',
      headers: { origin: server.url },
      body: {
        name: 'canary',
        password: 'wrong password',
        recoveryCode: plant('recovery code', `rc-${random(12)}`),
      },
    });
  for (let at = 0; at < 3; at++)
    await send('/setup', { method: 'POST', body: { secret: plant('secret of a set-up link', random(32)) } });
  for (let at = 0; at < 2; at++)
    await server.call('/api/v1/notifications/ways', {
      method: 'POST',
      body: {
        name: `way ${at}`,
        kind: 'webhook',
        url: `https://hooks.example.com/${plant('URL of a webhook', random(24))}`,
        secret: `whsec_${plant('key of a webhook', randomBytes(32).toString('base64'))}`,
      },
    });
  for (let at = 0; at < 2; at++) {
    const body = { key: random(32), name: 'k', proof: plant('proof that does not hold', random(64)) };
    await server.call(`/api/v1/persons/per_${id}/keys`, { method: 'POST', body });
  }
}

/** Everything that the server lets out, by name. */
async function collect(context: CheckContext, server: ServerProcess): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const format of ['json', 'syslog', 'ocsf'])
    found.set(`audit as ${format}`, (await server.call(`/api/v1/audit/export?format=${format}`)).text);
  const paths = [
    'audit?limit=500',
    'persons',
    'enrollment-tokens?limit=500',
    'devices',
    'roles',
    'trust',
    'whoami',
    'jobs',
    'notifications/ways',
  ];
  for (const path of paths) found.set(`answer of ${path}`, (await server.call(`/api/v1/${path}`)).text);
  found.set('answer of metrics', (await server.call('/metrics')).text);
  const backup = join(await makeFolder(context, 'canary'), 'backup.sql.gz');
  await runNode(context, serverProgram('db', 'backup', backup, '--data-dir', server.dataDir));
  found.set('backup', gunzipSync(await readFile(backup)).toString('latin1'));
  found.set('log of the server', server.output());
  const folder = join(server.dataDir, 'postgres');
  for (const name of (await readdir(folder)).filter((one) => one.startsWith('postgres.log')))
    found.set('log of PostgreSQL', await readFile(join(folder, name), 'utf8'));
  return found;
}

/** A secret, as it is and in the forms in which one lets it slip. */
function formsOf(text: string): string[] {
  const bytes = Buffer.from(text);
  // A key is stored as its bytes, which a backup writes as hex.
  const key = Buffer.from(text, 'base64').toString('hex');
  return [text, bytes.toString('base64'), bytes.toString('base64url'), bytes.toString('hex'), key];
}

async function run(context: CheckContext): Promise<Verdict> {
  const server = await prepareServer(context, { flags: ['--log-level', 'debug'] });
  await server.start();
  const secrets: Secret[] = [];
  await plantReal(server, secrets);
  await plantMadeUp(server, secrets);
  await (await createOrders(server)).find('id != ""').catch(() => undefined);
  // One that is let slip: in a name, which is there to be seen.
  const leak = `leak ${createHmac('sha256', 'canary').update(String(context.seed)).digest('base64url')}`;
  await server.call('/api/v1/enrollment-tokens', { method: 'POST', body: { name: leak } });
  // An export has what is sealed; an older transaction of the server may hold that up.
  await until('all that was done is sealed', () =>
    server.query(async (sql) => (await sql`SELECT 1 FROM audit_pending LIMIT 1`).length === 0),
  );
  const places = await collect(context, server);
  const faults: string[] = [];
  for (const secret of secrets)
    for (const [where, text] of places)
      if (formsOf(secret.text).some((form) => text.includes(form)))
        faults.push(`${secret.name} stands in the ${where}`);
  if (secrets.length < 40) faults.push(`only ${secrets.length} secrets were planted`);
  if (secrets.some(({ text }) => text.length < 12))
    faults.push('a planted secret is too short to be looked for');
  const leaked = [...places].filter(([, text]) => text.includes(leak)).map(([where]) => where);
  for (const where of ['audit as json', 'audit as syslog', 'audit as ocsf', 'backup'])
    if (!leaked.includes(where))
      faults.push(`the deliberate leak is not found in the ${where}: this check could not fail`);
  return {
    evidence: [
      `${faults.length === 0 ? 0 : 'some'} of ${secrets.length} secrets found, in ${places.size} places with ${[...places.values()].reduce((sum, text) => sum + text.length, 0).toLocaleString('en-US')} characters`,
      `the deliberate leak was found in: ${leaked.join(', ')}`,
    ],
    faults,
  };
}

export const secretCanary: Check = {
  id: 'secret-canary',
  claims: 'No secret that people or programs hand in is found in logs, audit, exports, answers or backups',
  group: 'access',
  run,
};
