// Check `audit-failclosed`: while the audit cannot be written, no route changes anything; once it can, each call leaves its event.
import { readdir, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { inTransaction } from '@muster/server';
import { OIDC_CLIENT, startProvider } from '../support/oidc.ts';
import { findFreePort } from '../support/processes.ts';
import { type ApiDocument, listRoutes } from '../support/routes.ts';
import { makeFolder, startTestServer, type TestServer } from '../support/server.ts';
import { pause, until } from '../support/wait.ts';
import { type Bench, openBench, type Prepare, tried, untried, type ValidCall } from './audit/routes-tried.ts';
import {
  ORIGIN,
  type SessionCall,
  type SessionStage,
  triedBySession,
  usedUp,
} from './audit/session-routes.ts';
import type { Check, CheckContext, Verdict } from './check.ts';

type Sql = TestServer['running']['database']['sql'];

/** What is gathered for the database is stored within so long on a quiet machine, ms; on a busy one in so many times what reading all of it takes. */
const SETTLE_MS = 50;
const SETTLE_READS = 3;

/** What rules of notifications are still to be asked about: it is taken away a moment later, whoever calls what. */
const NEWS = 'notify_event';

/** Tables that move by themselves, or that are not what a route changes. */
const moving = new Set([
  'presence_sample',
  'lease',
  'server_alive',
  'audit_pending',
  'audit_event',
  'audit_head',
  'audit_node',
  'audit_checkpoint',
]);

const raise = (code: string) => async (sql: Sql) => {
  await sql.unsafe(`CREATE OR REPLACE FUNCTION audit_check_fails() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'a check' USING ERRCODE = '${code}'; END $$`);
  await sql`CREATE TRIGGER audit_check_fails BEFORE INSERT ON audit_pending EXECUTE FUNCTION audit_check_fails()`;
};
const unraise = async (sql: Sql) => {
  await sql`DROP TRIGGER audit_check_fails ON audit_pending`;
};

/** Ways in which the audit cannot be written. */
const troubles: Readonly<Record<string, { begin(sql: Sql): Promise<void>; end(sql: Sql): Promise<void> }>> = {
  gone: {
    begin: async (sql) => void (await sql`ALTER TABLE audit_pending RENAME TO audit_pending_away`),
    end: async (sql) => void (await sql`ALTER TABLE audit_pending_away RENAME TO audit_pending`),
  },
  full: { begin: raise('53100'), end: unraise },
  denied: { begin: raise('42501'), end: unraise },
};

/** Everything that is stored, as one digest a table; and the key files. */
async function readState({ running, dataDir }: TestServer): Promise<Map<string, string>> {
  const { sql } = running.database;
  const tables = await sql<{ name: string }[]>`
    SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition`;
  const digests = tables
    .filter(({ name }) => !moving.has(name))
    .map(
      ({ name }) => `SELECT '${name}' AS name, (
        SELECT md5(string_agg(one::text, E'\\n' ORDER BY one::text)) FROM "${name}" AS one) AS digest`,
    );
  // All in one statement: this is asked hundreds of times.
  const rows = await sql.unsafe<{ name: string; digest: string | null }[]>(digests.join(' UNION ALL '));
  const state = new Map(rows.map(({ name, digest }) => [name, digest ?? '']));
  state.set('key files', (await readdir(join(dataDir, 'keys'))).sort().join());
  return state;
}

/** The state once it stays as it is: what making a call ready has set going, as the way of a job, is stored a while after the answer. */
async function readSettled(server: TestServer): Promise<Map<string, string>> {
  const startedMs = performance.now();
  let state = await readState(server);
  let tookMs = performance.now() - startedMs;
  return until('what was made ready is stored', async () => {
    await pause(Math.max(SETTLE_MS, SETTLE_READS * tookMs));
    const askedMs = performance.now();
    const next = await readState(server);
    tookMs = performance.now() - askedMs;
    const isSame = [...next].every(([table, digest]) => state.get(table) === digest);
    state = next;
    return isSame && next.get(NEWS) === '' ? next : null;
  });
}

/** Without refusals: those of the calls before may be written late. */
async function countEvents({ running }: TestServer): Promise<number> {
  const { sql } = running.database;
  const rows = await sql<{ count: number }[]>`
    SELECT (SELECT count(*) FROM audit_pending WHERE body::json ->> 'act' <> 'request.refuse')
      + (SELECT count(*) FROM audit_event WHERE act <> 'request.refuse') AS count`;
  return Number(rows[0]?.count ?? 0);
}

function sendBytes(
  { server }: Bench,
  method: string,
  { path, bytes }: ValidCall,
  token: string,
): Promise<number> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream' };
  const options = { method, headers, rejectUnauthorized: false, agent: false };
  return new Promise((resolve, reject) => {
    const sent = request(new URL(`/api/v1${path}`, server.url), options, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
    sent.on('error', reject);
    sent.end(bytes);
  });
}

/** How a route is tried. */
interface Try {
  readonly route: string;
  /** Makes a call ready; one that was refused cannot always be made again. */
  prepare(): Promise<SessionCall>;
  /** Tables of what a try uses up, whatever comes of it. */
  readonly usedUp: readonly string[];
  /** Under which troubles it is tried. */
  readonly under: readonly string[];
}

/** By a token: the same call again and again. */
function tryByToken(
  bench: Bench,
  { route, prepare, token }: { route: string; prepare: Prepare; token: string },
): Try {
  const [method = ''] = route.split(' ');
  let call: ValidCall | undefined;
  return {
    ...{ route, usedUp: [], under: Object.keys(troubles) },
    async prepare() {
      const valid = call ?? (await prepare(bench));
      call = valid;
      const { path, bytes, body } = valid;
      return async () => {
        if (bytes !== undefined) {
          const status = await sendBytes(bench, method, valid, token);
          return { isDone: status < 300, text: `${status}` };
        }
        const wish = { method, ...(body === undefined ? {} : { body }) };
        const { status, text } = await bench.server.call(`/api/v1${path}`, wish);
        return { isDone: status < 300, text: `${status} ${text}` };
      };
    },
  };
}

/** Tries one route under its troubles, and once without. */
async function tryRoute(server: TestServer, { route, prepare, usedUp, under }: Try): Promise<string[]> {
  const { sql } = server.running.database;
  const faults: string[] = [];
  for (const [name, trouble] of Object.entries(troubles)) {
    if (!under.includes(name)) continue;
    const call = await prepare();
    const before = await readSettled(server);
    await inTransaction(sql, (tx) => trouble.begin(tx));
    const { isDone } = await call();
    await inTransaction(sql, (tx) => trouble.end(tx));
    const after = await readState(server);
    if (isDone) faults.push(`${route} succeeds while the audit is ${name}`);
    for (const [table, digest] of after)
      if (before.get(table) !== digest && !usedUp.includes(table))
        faults.push(`${route} changes ${table} while the audit is ${name}`);
  }
  const call = await prepare();
  const events = await countEvents(server);
  const { isDone, text } = await call();
  if (!isDone) faults.push(`${route} is refused though all is well: ${text}`);
  else if ((await countEvents(server)) <= events) faults.push(`${route} leaves no event`);
  return faults;
}

/** A server that knows a provider of OpenID Connect. */
async function openStage(context: CheckContext): Promise<SessionStage> {
  const clientSecret = 'a secret of this check';
  const secretFile = join(await makeFolder(context, 'oidc'), 'secret');
  await writeFile(secretFile, clientSecret);
  const port = await findFreePort();
  const issuer = `http://127.0.0.1:${port}`;
  const redirectUri = `${ORIGIN}/api/v1/signin/oidc/main/callback`;
  const { signsIn } = await startProvider(context, { port, clientSecret, redirectUri });
  const flags = ['--oidc-issuer', issuer, '--oidc-client-id', OIDC_CLIENT];
  const server = await startTestServer(context, {
    flags: [...flags, '--oidc-client-secret-file', secretFile],
  });
  return { ...(await openBench(server)), issuer, signsIn };
}

/** Every route that changes something, as the document of the API has it. */
async function listChanging({ server }: Bench): Promise<string[]> {
  const document = await server.call<ApiDocument>('/api/v1/openapi.json', { token: null });
  return listRoutes(document.body)
    .filter(({ method }) => method !== 'GET')
    .map(({ method, pattern }) => `${method} ${pattern.replace('/api/v1', '')}`);
}

async function run(context: CheckContext): Promise<Verdict> {
  const stage = await openStage(context);
  const { server, make } = stage;
  await make('/enrollment-tokens', { name: 'first' });
  const token = await server.apiToken(['content.write']);
  const changing = await listChanging(stage);
  const known = { ...tried, ...triedBySession, ...untried };
  const faults = changing
    .filter((route) => !(route in known))
    .map((route) => `${route} is in no table: say how it is called, or why it is not`);
  const gone = Object.keys(known).filter((route) => !route.startsWith('GET ') && !changing.includes(route));
  faults.push(...gone.map((route) => `${route} is not a route any more`));
  const names = Object.keys(troubles);
  const tries: Try[] = [
    // Each try needs somebody new, who sets his account up: in a hurry one trouble is tried by turns.
    ...Object.entries(triedBySession).map(([route, prepare], at) => ({
      ...{ route, usedUp: usedUp[route] ?? [] },
      under: context.size === 'quick' ? names.slice(at % names.length).slice(0, 1) : names,
      prepare: () => prepare(stage),
    })),
    ...Object.entries(tried).map(([route, prepare]) => tryByToken(stage, { route, prepare, token })),
  ];
  for (const one of tries) {
    context.say(one.route);
    faults.push(...(await tryRoute(server, one)));
  }
  return {
    evidence: [
      `${tries.length} ways to change something, by every one of the ${changing.length - Object.keys(untried).length} routes that do and by the way back from a provider: each with the audit gone, full ${context.size === 'quick' ? 'or' : 'and'} denied, and once with all well`,
      ...Object.entries(untried).map(([route, reason]) => `${route} is not tried: it ${reason}`),
    ],
    faults,
  };
}

export const auditFailclosed: Check = {
  id: 'audit-failclosed',
  claims: 'While the audit cannot be written nothing is changed, whatever route is called',
  group: 'failclosed',
  run,
};
