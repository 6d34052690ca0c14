// Finds or starts the PostgreSQL of the machine, so that tests also run against a server that is not the embedded one.
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** How long a server may take to answer, ms. */
const READY_MS = 120_000;
/** Ports that are tried: between being found free and being used one may be taken by somebody else. */
const PORT_TRIES = 5;

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
  ].find((folder) => ['initdb', 'postgres'].every((name) => existsSync(join(folder, name))));
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
  const { port, end } = await startOnFreePort({ bin, data, folder, owner });
  const stop = async () => {
    await end();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  const version = spawnSync(join(bin, 'postgres'), ['--version'], { encoding: 'utf8' }).stdout.match(
    /\d+/,
  )?.[0];
  return {
    name: `PostgreSQL ${version}`,
    url: `postgres://muster:${password}@127.0.0.1:${port}/postgres`,
    stop,
  };
}

async function startOnFreePort(cluster) {
  for (let tries = 0; tries < PORT_TRIES; tries++) {
    const server = startServer({ ...cluster, port: await findFreePort() });
    if (await answersInTime(cluster.data, server)) return server;
    await server.end();
  }
  throw new Error(`the PostgreSQL of ${cluster.bin} did not start`);
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
  const script = 'exec 3<&0; "$@" 3<&- & server=$!; { read -r line <&3; kill -INT $server; } & wait $server';
  const child = spawn('sh', ['-c', script, 'sh', join(bin, 'postgres'), ...args], {
    ...owner,
    cwd: folder,
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.stdin.on('error', () => undefined); // it has ended already
  let isOver = false;
  const ended = new Promise((resolve) => child.once('exit', resolve)).then(() => {
    isOver = true;
  });
  const end = async () => {
    child.stdin.end();
    await ended;
  };
  return { port, end, isOver: () => isOver };
}

function findFreePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/**
 * Ready is more than listening: a starting server takes connections and refuses them. Its own file says so, which a stranger that
 * took the port meanwhile cannot; ours has ended then.
 */
async function answersInTime(data, { isOver }) {
  const file = join(data, 'postmaster.pid');
  const isReady = () => existsSync(file) && readFileSync(file, 'utf8').split('\n')[7]?.trim() === 'ready';
  const untilMs = performance.now() + READY_MS;
  while (!isOver() && !isReady() && performance.now() < untilMs) await delay(50);
  return !isOver() && isReady();
}
