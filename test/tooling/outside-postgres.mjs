// Finds or starts the PostgreSQL of the machine, so that tests also run against a server that is not the embedded one.
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { waitUntilGone } from './leftovers.mjs';

/** How long a server may take to answer, ms. */
const READY_MS = 30_000;

/**
 * Answers `{ name, url, stop }`: the server of MUSTER_TEST_DATABASE_URL, else a throw-away cluster made with the
 * PostgreSQL that is installed on this machine, below `tmp`; nothing where there is none.
 */
export async function startOutsidePostgres(tmp) {
  const url = process.env.MUSTER_TEST_DATABASE_URL;
  if (url) return { name: 'outside server', url, stop: async () => {} };
  const bin = findBinaries();
  return bin === undefined ? undefined : startCluster(bin, join(tmp, 'outside'));
}

/** The newest installed PostgreSQL; distributions keep each version in a folder of its own. */
function findBinaries() {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  return [
    ...versions.map((version) => join(debian, version, 'bin')),
    ...(process.env.PATH ?? '').split(delimiter),
  ].find((folder) => ['initdb', 'postgres', 'pg_isready'].every((name) => existsSync(join(folder, name))));
}

/** Over TCP with a password, as an admin would give it. Durability is off: these tests are about SQL. */
async function startCluster(bin, folder) {
  const owner = findOwner();
  const data = join(folder, 'data');
  const password = randomBytes(12).toString('hex');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'password'), password);
  chmodSync(join(folder, 'password'), 0o644);
  if (owner.uid !== undefined) chownSync(folder, owner.uid, owner.gid);
  const init = [
    '-D',
    data,
    '-U',
    'muster',
    '-A',
    'scram-sha-256',
    `--pwfile=${join(folder, 'password')}`,
    '-E',
    'UTF8',
    '--no-locale',
    '-N',
  ];
  const made = spawnSync(join(bin, 'initdb'), init, { ...owner, cwd: folder, encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`initdb of ${bin} failed: ${made.stderr}`);
  const port = await findFreePort();
  const stop = startServer({ bin, data, folder, port, owner });
  if (!(await answersInTime(bin, port))) {
    await stop();
    throw new Error(`the PostgreSQL of ${bin} did not start`);
  }
  const version = spawnSync(join(bin, 'postgres'), ['--version'], { encoding: 'utf8' }).stdout.match(
    /\d+/,
  )?.[0];
  return {
    name: `PostgreSQL ${version}`,
    url: `postgres://muster:${password}@127.0.0.1:${port}/postgres`,
    stop,
  };
}

/** PostgreSQL refuses to run as root; it then runs as the account its package made, or as nobody. */
function findOwner() {
  if (process.getuid?.() !== 0) return {};
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = ['-u', '-g'].map((flag) => spawnSync('id', [flag, name], { encoding: 'utf8' }));
    if (uid.status === 0) return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  }
  return {};
}

/** The shell between us and the server reads a pipe that closes when we end, however we end, and stops the server. */
function startServer({ bin, data, folder, port, owner }) {
  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'fsync=off',
    'synchronous_commit=off',
    'full_page_writes=off',
  ];
  const args = ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])];
  const script = '"$@" & server=$!; read -r line; kill -INT $server; wait $server';
  const child = spawn('sh', ['-c', script, 'sh', join(bin, 'postgres'), ...args], {
    ...owner,
    cwd: folder,
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  return async () => {
    child.stdin.end();
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
}

function findFreePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Ready is more than listening: a starting server takes connections and refuses them. */
async function answersInTime(bin, port) {
  const isReady = () =>
    spawnSync(join(bin, 'pg_isready'), ['-h', '127.0.0.1', '-p', String(port)]).status === 0;
  const left = await waitUntilGone(() => (isReady() ? [] : [port]), READY_MS);
  return left.length === 0;
}
