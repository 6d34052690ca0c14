// Check `cswsh`: what a page of another site can make a browser send, on every route and upgrade of a real server, changes nothing.
import { request } from 'node:https';
import { AGENT_PATH, SUBPROTOCOL } from '@muster/protocol';
import { openPage } from '../support/page.ts';
import { type ApiDocument, ask, listRoutes } from '../support/routes.ts';
import { prepareServer } from '../support/server-process.ts';
import { hostCommand } from '../support/workstation.ts';
import { type Check, type CheckContext, createTally, pick, type Verdict } from './check.ts';

const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
/** Bodies that a form can send without asking the server first (WHATWG Fetch, CORS-safelisted). */
const FORM_TYPES = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'];

/** Origins that look like the console's and are not. */
function foreignOrigins(origin: string, random: () => number): string[] {
  const { host, hostname, port } = new URL(origin);
  const other = `${Math.floor(random() * 1e9).toString(36)}.example`;
  return [
    ...['null', 'https://evil.example', `http://${host}`, `https://${other}:${port}`, `${origin}.${other}`],
    ...[
      `https://${hostname}`,
      `${origin}/`,
      origin.toUpperCase(),
      `https://x@${host}`,
      `${origin}, ${origin}`,
    ],
  ];
}

/** Status of an upgrade; 101 when the server took it. */
function upgrade(url: string, headers: Readonly<Record<string, string>>): Promise<number> {
  const upgrading = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    'sec-websocket-protocol': SUBPROTOCOL,
  };
  return new Promise((resolve, reject) => {
    const options = { headers: { ...upgrading, ...headers }, rejectUnauthorized: false, agent: false };
    const asked = request(url + AGENT_PATH, options, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    asked.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve(response.statusCode ?? 0);
    });
    asked.on('error', reject);
    asked.end();
  });
}

async function run(context: CheckContext): Promise<Verdict> {
  const { random, say, teardown } = context;
  const server = await prepareServer({ teardown });
  await server.start();
  const { url } = server;
  const origin = url.replace('127.0.0.1', 'localhost');
  const page = openPage({ url, origin });
  const link = await hostCommand(`setup-link --data-dir ${server.dataDir}`);
  if (link.code !== 0) throw new Error(link.err);
  await page.setUp(link.out.trim());
  const cookie = page.cookies();
  const { body } = await server.call<ApiDocument>('/api/v1/openapi.json');
  const routes = listRoutes(body).filter(({ method }) => !SAFE.has(method));
  say(`${routes.length} routes that change something`);

  const codes = createTally();
  const faults: string[] = [];
  for (const { method, path } of routes) {
    const attempts: Record<string, string>[] = foreignOrigins(origin, random).map((foreign) => ({
      origin: foreign,
      'content-type': pick([...FORM_TYPES, 'application/json'], random),
    }));
    // A browser that states no origin, as very old ones do: the session does not count then.
    attempts.push({ 'content-type': 'application/json' });
    for (const headers of attempts) {
      const text = method === 'DELETE' ? {} : { body: '{}' };
      const answer = await ask(url, { method, path, headers: { ...headers, cookie }, ...text });
      const code = /"code":"(\w+)"/.exec(answer.text)?.[1] ?? String(answer.status);
      codes.add(code);
      if (answer.status !== 403 || code !== 'E_ORIGIN')
        faults.push(
          `${method} ${path} from ${headers.origin ?? 'nowhere'} was answered ${answer.status} ${code}`,
        );
    }
  }
  const forms = createTally();
  for (const type of FORM_TYPES) {
    const headers = { origin, cookie, 'content-type': type };
    const { status } = await ask(url, {
      method: 'POST',
      path: '/api/v1/persons',
      headers,
      body: '{"name":"x"}',
    });
    forms.add(String(status));
    if (status !== 415) faults.push(`a body of ${type} was answered ${status}`);
  }
  const upgrades = createTally();
  for (const foreign of [...foreignOrigins(origin, random), origin]) {
    const status = await upgrade(url, { origin: foreign, cookie });
    upgrades.add(String(status));
    if (status !== 403) faults.push(`an upgrade from ${foreign} was answered ${status}`);
  }
  // The control arm: a server that refuses everything would prove nothing.
  if ((await upgrade(url, {})) !== 101) faults.push('an upgrade as an agent makes it was refused');
  const own = await page.send('/api/v1/me/sessions', { method: 'DELETE' });
  if (own.status !== 200) faults.push(`the console itself was answered ${own.status}`);
  return {
    evidence: [
      `${codes.total().toLocaleString('en-US')} requests of other sites with the cookie of a session, on ${routes.length} routes: ${codes}`,
      `${forms.total()} bodies that a form can send: ${forms}`,
      `${upgrades.total()} upgrades by pages: ${upgrades}; without an origin, as agents come, it is taken`,
    ],
    faults,
  };
}

/** The check. */
export const cswsh: Check = {
  id: 'cswsh',
  claims:
    'No page of another site changes anything or opens a socket in the name of somebody who is signed in.',
  group: 'access',
  run,
};
