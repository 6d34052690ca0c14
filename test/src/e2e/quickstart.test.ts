// The quick start as a person uses it: started, watched, interrupted, killed, started again, and nothing left behind.
import { spawn } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { endPostgres, findFreePort, findPostgres, signalProcess } from '../support/processes.ts';
import { FILE_PATIENCE_MS, until } from '../support/wait.ts';

/** The built program; this file lies in test/src/e2e or, compiled, in test/dist/e2e. */
const program = fileURLToPath(new URL('../../../server/cli/dist/main.js', import.meta.url));

interface QuickStart {
  readonly pid: number;
  readonly ended: Promise<number | string>;
  output(): string;
  signal(name: NodeJS.Signals): void;
  /** Waits until it has said that; fails when it ends before. */
  said(pattern: RegExp): Promise<string>;
}

t.setTimeout(FILE_PATIENCE_MS);
const folder = await mkdtemp(join(tmpdir(), 'muster-quickstart-'));
// PostgreSQL runs as another user when the test is root, and has to reach its folder in here.
await chmod(folder, 0o755);
const data = join(folder, 'data');
const port = await findFreePort();

/** Starts it with a home of its own, and with variables of another server that must not reach the children. */
function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): QuickStart {
  const child = spawn(process.execPath, [program, 'quickstart', ...args], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      TMPDIR: tmpdir(),
      HOME: folder,
      DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing',
      MUSTER_DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing',
      MUSTER_AGENT_STATE_DIR: '/nowhere',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let end: number | string | undefined;
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const ended = new Promise<number | string>((resolve) => {
    child.once('close', (code, signal) => {
      end = code ?? signal ?? 'unknown';
      resolve(end);
    });
  });
  t.teardown(() => void child.kill('SIGKILL'));
  return {
    pid: child.pid ?? 0,
    ended,
    output: () => output,
    signal: (name) => void child.kill(name),
    said: (pattern) =>
      until(`quick start says ${pattern}`, () => {
        const found = pattern.exec(output)?.[0];
        if (found === undefined && end !== undefined) throw new Error(`it ended with ${end}: ${output}`);
        return found;
      }),
  };
}

/** Processes that name a folder in their command line. */
async function findNaming(folder: string): Promise<number[]> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    names.map(async (name) => ({
      pid: Number(name),
      line: await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => ''),
    })),
  );
  return lines.filter(({ line }) => line.includes(folder)).map(({ pid }) => pid);
}

/** Processes that name the data folder in their command line, or work in it as PostgreSQL does. */
async function findLeft(): Promise<number[]> {
  const postgres = await findPostgres(join(data, 'server')).catch(() => null);
  return [...new Set([...(await findNaming(data)), ...(postgres?.all ?? [])])];
}

const untilNothingIsLeft = () => until('nothing is left', async () => (await findLeft()).length === 0);

t.teardown(async () => {
  for (const pid of await findLeft()) signalProcess(pid, 'SIGKILL');
  await endPostgres(join(data, 'server')).catch(() => undefined);
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
});

t.test('the quick start begins, shows, ends and begins again without leaving anything behind', async (t) => {
  const args = ['--data-dir', data];
  const fresh = ['--port', String(port), ...args];
  let deviceId = '';
  let consolePort = '';

  await t.test('Ctrl-C right after the first start ends all in order', async (t) => {
    const run = start(fresh);
    await until('the server has begun', async () => (await findLeft()).length > 1);
    run.signal('SIGINT');
    t.equal(await run.ended, 0, run.output());
    t.same(await findLeft(), []);

    const later = start(fresh);
    await until('the database has begun', async () => {
      const postgres = await findPostgres(join(data, 'server')).catch(() => null);
      return postgres !== null && postgres.all.length > 0;
    });
    later.signal('SIGTERM');
    t.equal(await later.ended, 0, later.output());
    t.same(await findLeft(), []);
  });

  await t.test('it shows this machine with its packages, and repeated Ctrl-C stops in order', async (t) => {
    const run = start(fresh);
    await run.said(/Packages {3}\d/);
    deviceId = /device (\S{8,})/.exec(run.output())?.[1] ?? '';
    t.not(deviceId, '');
    t.match(run.output(), 'this terminal is signed in', 'there was no sign-in before');
    consolePort = /Console {4}http:\/\/localhost:(\d+)\/setup#\S/.exec(run.output())?.[1] ?? '';
    t.notOk(['', `${port}`].includes(consolePort), 'browsers on this machine need no certificate');
    const page = await fetch(`http://localhost:${consolePort}/readyz`);
    t.equal(page.status, 200);
    t.ok((await findLeft()).length > 3, 'quick start, server, agent and database run');
    const second = start(args);
    t.equal(await second.ended, 2);
    t.match(second.output(), /runs already \(process \d+\).*E_USAGE/);
    // The agent is stopped first: as long as it stands still, nothing can be over before it is told again.
    const agent = await findNaming(join(data, 'agent'));
    t.ok(agent.length > 0);
    for (const pid of agent) signalProcess(pid, 'SIGSTOP');
    try {
      run.signal('SIGINT');
      await run.said(/Stopping:/);
      run.signal('SIGINT');
      run.signal('SIGINT');
      await run.said(/Still stopping/);
    } finally {
      for (const pid of agent) signalProcess(pid, 'SIGCONT');
    }
    t.equal(await run.ended, 0, run.output());
    t.same(await findLeft(), []);
  });

  await t.test('it does not take another port, and nothing but a folder', async (t) => {
    const other = start(['--port', String(port === 65_535 ? 65_534 : port + 1), ...args]);
    t.equal(await other.ended, 2);
    t.match(other.output(), `This data folder belongs to port ${port}`);
    const file = join(folder, 'file');
    await writeFile(file, '');
    const wrong = start(['--data-dir', file]);
    t.equal(await wrong.ended, 2);
    t.match(wrong.output(), /^\S+ cannot hold the data: it is no folder; .*\(E_USAGE\)\n$/);
  });

  await t.test('a second start shows the same device and leaves the sign-in of another server', async (t) => {
    const own = join(folder, 'own.json');
    const text = JSON.stringify({ url: 'https://192.0.2.1:8443', token: 'mine', ca: null });
    await writeFile(own, text);
    const run = start(args, { MUSTER_PROFILE: own });
    await run.said(/Packages {3}\d/);
    t.match(run.output(), `device ${deviceId}`);
    t.match(run.output(), `http://localhost:${consolePort}/setup#`, 'the port stays');
    t.match(run.output(), `MUSTER_PROFILE=${join(data, 'profile.json')}`);
    t.equal(await readFile(own, 'utf8'), text);

    run.signal('SIGKILL');
    t.equal(await run.ended, 'SIGKILL');
    await untilNothingIsLeft();
    t.notOk(
      (await readdir(join(data, 'server'))).includes('server.lock'),
      'the server stopped in good order',
    );
  });

  await t.test('an agent of another server is told apart in one sentence', async (t) => {
    await rm(join(data, 'server'), { recursive: true });
    const run = start(args);
    t.equal(await run.ended, 2, run.output());
    t.match(run.output(), /enrolled with another server than the one in/);
    t.same(await findLeft(), []);
  });
});
