// A server as a process of its own that a test may kill and start again on the same folder and port.
import { chmod, mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres, { type Sql } from 'postgres';
import {
  endPostgres,
  findFreePort,
  type Program,
  runNode,
  serverProgram,
  startNode,
  type TestLike,
} from './processes.ts';
import { type Answer, type AnyBody, type Call, removeDataFolder, send } from './server.ts';
import { until } from './wait.ts';

/** Several workers start one behind the other, each with a database to connect to: seconds, and minutes where nobody has time, ms. */
const READY_MS = 200_000;

/** The server of a test. */
export interface ServerProcess {
  readonly url: string;
  readonly dataDir: string;
  /** Starts it and waits until it is ready. */
  start(): Promise<void>;
  /** Kills it; its PostgreSQL runs on. */
  kill(): Promise<void>;
  /** Tells it to stop; answers its exit code. */
  stop(): Promise<number | string>;
  pid(): number;
  /** What it printed since its last start. */
  output(): string;
  call<Body = AnyBody>(path: string, call?: Call): Promise<Answer<Body>>;
  /** Text of an enrollment token with so many uses. */
  enrollmentToken(uses: number): Promise<string>;
  /** One figure of /metrics. */
  figure(name: string): Promise<number>;
  /** Works on the database beside the server, also while no server runs. */
  query<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
}

/** How a server is prepared. */
export interface ServerProcessWish {
  /** Settings beside folder and port. */
  readonly flags?: readonly string[];
  /** The admin's own database; the embedded one unless said otherwise. */
  readonly databaseUrl?: string;
  /** Another way to that database, for {@link ServerProcess.query}. */
  readonly beside?: string;
  /** Works on the empty data folder before the first start. */
  prepare?(dataDir: string): Promise<void>;
}

/** Prepares a server in a folder of its own; everything is ended and removed with the test. */
export async function prepareServer(t: TestLike, wish: ServerProcessWish = {}): Promise<ServerProcess> {
  const dataDir = await mkdtemp(join(tmpdir(), 'muster-e2e-process-'));
  // PostgreSQL runs as another user when the test is root, and has to reach its folder in here.
  await chmod(dataDir, 0o755);
  const port = await findFreePort();
  const url = `https://127.0.0.1:${port}`;
  const { databaseUrl, flags = [] } = wish;
  const settings = [
    '--data-dir',
    dataDir,
    ...(databaseUrl === undefined ? [] : ['--database-url', databaseUrl]),
  ];
  let program: Program | null = null;
  let token = '';
  t.teardown(async () => {
    await program?.kill();
    if (databaseUrl === undefined) await endPostgres(dataDir);
    await removeDataFolder(dataDir);
  });

  await wish.prepare?.(dataDir);

  async function start(): Promise<void> {
    const started = startNode(t, serverProgram('run', ...settings, ...flags, '--port', `${port}`));
    program = started;
    let end: number | string | undefined;
    void started.ended.then((code) => {
      end = code;
    });
    await until(
      'the server is ready',
      () => {
        if (end !== undefined) throw new Error(`the server ended with ${end}: ${started.output()}`);
        return started.output().includes('"server is ready"');
      },
      READY_MS,
    );
    if (token === '')
      token = (await runNode(t, serverProgram('token', '--name', 'test', ...settings))).trim();
  }

  function call<Body>(path: string, request: Call = {}): Promise<Answer<Body>> {
    return send<Body>(url + path, { token, ...request });
  }

  return {
    url,
    dataDir,
    start,
    kill: async () => program?.kill(),
    async stop() {
      program?.signal('SIGTERM');
      return (await program?.ended) ?? 'never started';
    },
    pid: () => program?.pid ?? 0,
    output: () => program?.output() ?? '',
    call,
    async enrollmentToken(uses) {
      const body = { name: 'test', uses, autoApprove: true };
      const answer = await call<AnyBody>('/api/v1/enrollment-tokens', { method: 'POST', body });
      if (answer.body.text === undefined) throw new Error(`no token: ${answer.text}`);
      return answer.body.text;
    },
    async figure(name) {
      const { text } = await call('/metrics');
      return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
    },
    query: async (work) =>
      queryOn(
        databaseUrl === undefined ? await openBeside(dataDir) : openUrl(wish.beside ?? databaseUrl),
        work,
      ),
  };
}

/** The server notes where its PostgreSQL listens, for tools of its own user. */
async function openBeside(dataDir: string): Promise<Sql> {
  const address = new URL(await readFile(join(dataDir, 'database-address'), 'utf8'));
  return postgres({
    host: decodeURIComponent(address.pathname),
    port: Number(address.searchParams.get('port')),
    user: address.searchParams.get('user') ?? '',
    database: address.searchParams.get('database') ?? '',
    max: 1,
    onnotice: () => undefined,
  });
}

function openUrl(url: string): Sql {
  return postgres(url, { max: 1, onnotice: () => undefined });
}

async function queryOn<T>(sql: Sql, work: (sql: Sql) => Promise<T>): Promise<T> {
  try {
    return await work(sql);
  } finally {
    await sql.end({ timeout: 1 });
  }
}
