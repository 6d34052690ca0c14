// The embedded PostgreSQL, run for real: first and second start, a killed server, a killed database, the lock.
import {
  chmod,
  cp,
  mkdir,
  mkdtemp,
  open,
  readFile,
  readlink,
  rm,
  rmdir,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isMusterError } from '@muster/protocol';
import t, { type Test } from 'tap';
import { runToEnd, startDetached } from '../../platform/postgres.ts';
import { readProcessStart, signalProcess } from '../../platform/process.ts';
import { type Clock, sleep, systemClock } from '../clock.ts';
import { acquireDataLock } from '../data-lock.ts';
import { silentLog } from '../log.ts';
import type { SocketAddress } from './address.ts';
import { createEmbeddedPostgres, type EmbeddedPostgres } from './embedded.ts';
import { codeOf } from './failures.ts';
import { openSingle } from './pool.ts';
import { chooseSocketFolder, preparePostgresFolder } from './postgres-folder.ts';
import { parsePidFile, readPidFile } from './postmaster.ts';

/** What depends on root handing the database to another account. */
const asRoot = { skip: process.geteuid?.() !== 0 && 'not root' };

function make(dataDir: string, clock: Clock = systemClock): EmbeddedPostgres {
  return createEmbeddedPostgres({ dataDir, clock, log: silentLog });
}

async function ask<T>(address: SocketAddress, text: string): Promise<T> {
  const sql = openSingle(address);
  try {
    const [row] = await sql.unsafe(text);
    return row?.answer;
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** A data folder where PostgreSQL's account can reach it wherever the checkout lies; both go with the test. */
async function makeEmbedded(
  t: Test,
  ...below: string[]
): Promise<{ dataDir: string; embedded: EmbeddedPostgres }> {
  const home = await mkdtemp(join(tmpdir(), 'muster-data-'));
  await chmod(home, 0o755);
  const dataDir = join(home, ...below);
  await mkdir(dataDir, { recursive: true });
  const embedded = make(dataDir);
  t.teardown(async () => {
    await embedded.stop();
    await rm(home, { recursive: true, force: true });
  });
  return { dataDir, embedded };
}

/** Takes the folder above with it, unless there is another by now. */
async function removeElsewhere(place: string): Promise<void> {
  await rm(place, { recursive: true, force: true });
  await rmdir(dirname(place)).catch((error: unknown) => {
    if (!/^(?:ENOTEMPTY|ENOENT)$/.test(codeOf(error) ?? '')) throw error;
  });
}

async function waitFor(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await sleep(systemClock, 10);
}

t.test('the embedded database', async (t) => {
  const { dataDir, embedded } = await makeEmbedded(t);

  await t.test('is made on the first start and found on the second', async (t) => {
    const address = await embedded.start();
    t.equal(embedded.state(), 'ready');
    await ask(address, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await embedded.stop();
    t.equal(embedded.state(), 'stopped');
    t.equal(await readPidFile(join(dataDir, 'postgres', 'data')), undefined, 'it was shut down cleanly');
    t.equal(await ask(await embedded.start(), 'SELECT answer FROM kept'), 42);
  });

  await t.test(
    'listens on no TCP port, sorts by code point and keeps its promises to the disk',
    async (t) => {
      const address = await embedded.start().catch(() => addressOf(dataDir));
      const setting = (name: string) => ask<string>(address, `SELECT current_setting('${name}') AS answer`);
      t.equal(await setting('listen_addresses'), '');
      t.equal(await setting('fsync'), 'on');
      t.equal(await setting('synchronous_commit'), 'on');
      t.equal(await setting('full_page_writes'), 'on');
      t.equal(await setting('server_encoding'), 'UTF8');
      t.ok(await ask<boolean>(address, `SELECT 'Z' < 'a' AND 'é' > 'z' AS answer`));
      t.equal(await ask(address, `SELECT upper('é') AS answer`), 'É');
      t.equal(
        (await stat(join(dataDir, 'postgres', 'data'))).mode & 0o077,
        0,
        'nobody else may read the data',
      );
    },
  );

  await t.test('runs in a session of its own, which the Ctrl-C of a terminal does not reach', async (t) => {
    const fields = (await readFile(`/proc/${embedded.pid()}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
    t.equal(Number(fields[3]), embedded.pid(), 'session (field 6 of stat)');
  });

  await t.test('refuses a second server on the same folder', async (t) => {
    const second = make(dataDir);
    await t.rejects(second.start(), { code: 'E_DATA_LOCKED' });
    t.equal(second.state(), 'stopped');
    t.equal(await ask(addressOf(dataDir), 'SELECT 1 AS answer'), 1, 'the first one goes on');
  });

  await t.test('starts again after a kill -9 of the database and has lost nothing committed', async (t) => {
    await ask(addressOf(dataDir), 'INSERT INTO kept VALUES (43)');
    const before = embedded.pid() ?? 0;
    signalProcess(before, 'SIGKILL');
    await waitFor(() => embedded.restarts() > 0 && embedded.state() === 'ready');
    t.not(embedded.pid(), before);
    t.equal(await ask(addressOf(dataDir), 'SELECT max(answer) AS answer FROM kept'), 43);
  });

  await t.test('stops a database that a killed server left running, and takes over', async (t) => {
    await embedded.stop();
    const leftover = await leaveRunning(dataDir);
    t.ok(await readProcessStart(leftover), 'it runs without its server');
    await embedded.start();
    t.equal(await readProcessStart(leftover), undefined);
    t.equal(await ask(addressOf(dataDir), 'SELECT max(answer) AS answer FROM kept'), 43);
  });

  await t.test('is not fooled by a pid file whose id belongs to something else now', async (t) => {
    await embedded.stop();
    const pidFile = join(dataDir, 'postgres', 'data', 'postmaster.pid');
    await writeFile(pidFile, `${process.ppid}\n${join(dataDir, 'postgres', 'data')}\n`);
    await embedded.start();
    t.ok(await readProcessStart(process.ppid), 'the other process was left alone');
  });

  await t.test('names the reason when it cannot start', async (t) => {
    await embedded.stop();
    const local = join(dataDir, 'postgres', 'data', 'local.conf');
    await writeFile(local, 'work_mem = nonsense\n', { mode: 0o644 });
    await t.rejects(embedded.start(), { code: 'E_DATABASE_START', message: /local\.conf|errors/ });
    t.equal(embedded.state(), 'stopped');
    await writeFile(local, '', { mode: 0o644 });
  });

  await t.test('refuses a folder of another major version', async (t) => {
    const version = join(dataDir, 'postgres', 'data', 'PG_VERSION');
    const real = await readFile(version, 'utf8');
    await writeFile(version, '12\n');
    await t.rejects(embedded.start(), { code: 'E_DATABASE_VERSION' });
    await writeFile(version, real);
  });
});

function addressOf(dataDir: string): SocketAddress {
  const folder = chooseSocketFolder(join(dataDir, 'postgres'));
  return { kind: 'socket', folder, port: 5432, user: 'muster', database: 'postgres' };
}

/** What a server killed with -9 leaves: a database nobody watches, and a lock that names a process long gone. */
async function leaveRunning(dataDir: string): Promise<number> {
  const folder = await preparePostgresFolder(dataDir);
  const log = await open(folder.logPath, 'a');
  const { pid } = await startDetached([folder.postgres, '-D', folder.dataFolder], {
    identity: folder.account,
    folder: folder.root,
    logFd: log.fd,
  });
  await log.close();
  await waitFor(async () => (await readPidFile(folder.dataFolder))?.status === 'ready');
  await writeFile(join(dataDir, 'server.lock'), JSON.stringify({ pid: 1, startTicks: -1, bootId: 'gone' }));
  return pid;
}

t.test('a data folder with a path too long for a socket works all the same', async (t) => {
  const { dataDir, embedded } = await makeEmbedded(t, 'a'.repeat(60), 'b'.repeat(60));
  const address = await embedded.start();
  t.notOk(address.folder.startsWith(dataDir));
  t.equal(address.folder, chooseSocketFolder(join(dataDir, 'postgres')), 'a later start finds it again');
  t.equal(await ask(address, 'SELECT 1 AS answer'), 1);
});

t.test('a data folder in a home that only root may enter', asRoot, async (t) => {
  let place = '';
  // The first of them runs last: when the database has ended.
  t.teardown(() => (place === '' ? undefined : removeElsewhere(place)));
  const { dataDir, embedded } = await makeEmbedded(t, 'data');
  await chmod(dirname(dataDir), 0o700);
  await embedded.start();
  place = await readlink(join(dataDir, 'postgres'));
  t.match(
    place,
    /^\/var\/lib\/muster-postgres\/[0-9a-f]{12}$/,
    'the database lies where its account can reach it',
  );
  t.equal((await stat(dirname(dataDir))).mode & 0o777, 0o700, 'the home stays closed');
  await embedded.stop();
  await embedded.start();
  t.equal(await readlink(join(dataDir, 'postgres')), place, 'and is found again');
});

t.test(
  'programs that its account cannot reach are copied beside the data, once a version',
  asRoot,
  async (t) => {
    const { dataDir } = await makeEmbedded(t, 'data');
    const real = await preparePostgresFolder(dataDir);
    const closed = join(dirname(dataDir), 'closed');
    await cp(dirname(dirname(real.postgres)), closed, { recursive: true, verbatimSymlinks: true });
    await chmod(closed, 0o700);
    const find = async () => ({
      postgres: join(closed, 'bin', 'postgres'),
      initdb: join(closed, 'bin', 'initdb'),
    });
    const folder = await preparePostgresFolder(dataDir, find);
    t.match(folder.postgres, new RegExp(`^${folder.root}/programs-[0-9a-f]{8}/bin/postgres$`));
    const options = { identity: folder.account, folder: folder.root, timeoutMs: 10_000 };
    t.match(await runToEnd([folder.postgres, '--version'], options), { code: 0, output: /PostgreSQL/ });
    const { mtimeMs } = await stat(folder.postgres);
    t.strictSame(await preparePostgresFolder(dataDir, find), folder);
    t.equal((await stat(folder.postgres)).mtimeMs, mtimeMs, 'the copy is used again');
  },
);

t.test('the socket lies beside the data up to 107 bytes, and in a short folder beyond', (t) => {
  const tail = '/run/.s.PGSQL.5432'.length;
  const root = (bytes: number) => `/${'x'.repeat(bytes - tail - 1)}`;
  t.equal(chooseSocketFolder(root(107), '/tmp'), `${root(107)}/run`);
  t.match(chooseSocketFolder(root(108), '/tmp'), /^\/tmp\/muster-[0-9a-f]{16}$/);
  t.match(chooseSocketFolder(`/${'é'.repeat(50)}`, '/tmp'), /^\/tmp\/muster-/, 'bytes count, not characters');
  t.end();
});

t.test('the data lock', async (t) => {
  const folder = join(t.testdir(), 'made', 'below');

  await t.test('is taken once, even by many at the same moment, and given back', async (t) => {
    const tries = await Promise.allSettled(Array.from({ length: 8 }, () => acquireDataLock(folder)));
    const held = tries.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    t.equal(held.length, 1);
    t.ok(
      tries.every((result) => result.status === 'fulfilled' || isMusterError(result.reason, 'E_DATA_LOCKED')),
    );
    await held[0]?.release();
    await (await acquireDataLock(folder)).release();
  });

  await t.test('is taken over from a dead holder, another boot, a reused id and a torn file', async (t) => {
    const alive = { pid: process.ppid, startTicks: (await readProcessStart(process.ppid)) ?? 0 };
    const bootId = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
    const dead = [
      JSON.stringify({ ...alive, bootId: 'another' }),
      JSON.stringify({ ...alive, startTicks: alive.startTicks - 1, bootId }),
      '{"pid":',
      'null',
    ];
    for (const text of dead) {
      await writeFile(join(folder, 'server.lock'), text);
      await (await acquireDataLock(folder)).release();
    }
    await writeFile(join(folder, 'server.lock'), JSON.stringify({ ...alive, bootId }));
    await t.rejects(acquireDataLock(folder), { code: 'E_DATA_LOCKED', message: new RegExp(`${alive.pid}`) });
  });

  await t.test('names a folder that cannot be made', async (t) => {
    const file = join(t.testdir({ file: '' }), 'file');
    await t.rejects(acquireDataLock(join(file, 'below')), { code: 'E_DATA_PATH', message: /file\/below/ });
  });
});

t.test('postmaster.pid is read whole, torn and empty', (t) => {
  const whole = '123\n/data\n1700000000\n5432\n/run\n\n  1 2\nready   \n';
  t.same(parsePidFile(whole), { pid: 123, status: 'ready' });
  t.same(parsePidFile('123\n/data\n'), { pid: 123, status: '' });
  for (const torn of ['', '\n', '-5\n', 'x\n', '1\n']) t.equal(parsePidFile(torn), undefined);
  t.end();
});
