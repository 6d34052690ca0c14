// The data folder of a quick start: where its parts lie, the port it belongs to, and what may not be started there.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { fail } from '../errors.ts';
import { readLockHolder } from '../platform/processes.ts';

/** Port of a folder that has none yet. */
const DEFAULT_PORT = 8443;
const MAX_PORT = 65_535;
/** Ports behind it that are looked at for the console. */
const CONSOLE_PORTS_TRIED = 16;

/** Files and folders of one quick start. */
export interface Places {
  readonly root: string;
  readonly server: string;
  readonly agent: string;
  /** The agent's settings, so that those of an agent installed on this machine are not taken. */
  readonly agentConfig: string;
  readonly logs: string;
  /** The sign-in to this server. */
  readonly profile: string;
  /** What is remembered from start to start. */
  readonly memory: string;
}

/** Where everything lies under that folder. */
export function placesOf(dataDir: string): Places {
  const root = resolve(dataDir);
  return {
    root,
    server: join(root, 'server'),
    agent: join(root, 'agent'),
    agentConfig: join(root, 'agent', 'agent.json'),
    logs: join(root, 'logs'),
    profile: join(root, 'profile.json'),
    memory: join(root, 'quickstart.json'),
  };
}

function unusable({ root }: Places, cause: unknown): Error {
  const why = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
  const reason = why === 'EEXIST' || why === 'ENOTDIR' ? 'it is no folder' : `it cannot be written (${why})`;
  return fail('E_USAGE', {
    cause,
    detail: `${root} cannot hold the data: ${reason}; choose another with --data-dir.`,
  });
}

/** Ports of a quick start. */
export interface Ports {
  /** Of the server: agents, API, console. */
  readonly port: number;
  /** Of the console alone, for browsers on this machine. */
  readonly consolePort: number;
}

async function readRemembered(places: Places): Promise<Partial<Ports>> {
  try {
    const { port, consolePort } = JSON.parse(await readFile(places.memory, 'utf8')) as Record<
      string,
      unknown
    >;
    return {
      ...(typeof port === 'number' ? { port } : {}),
      ...(typeof consolePort === 'number' ? { consolePort } : {}),
    };
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOTDIR') throw unusable(places, cause);
    // Nothing is remembered yet, or it is damaged: the agent's enrollment is looked at later all the same.
    return {};
  }
}

/**
 * The ports to listen on; nothing is written. That of the console may change from start to start; without a wish it is the one of the last
 * start, else the first free one behind the server's.
 * @throws MusterError E_USAGE when the folder belongs to another port
 */
export async function choosePorts(places: Places, wanted: Partial<Ports>): Promise<Ports> {
  const remembered = await readRemembered(places);
  if (remembered.port !== undefined && wanted.port !== undefined && remembered.port !== wanted.port) {
    throw fail('E_USAGE', {
      detail: `This data folder belongs to port ${remembered.port}; start it with --port ${remembered.port} or choose another --data-dir.`,
    });
  }
  const port = remembered.port ?? wanted.port ?? DEFAULT_PORT;
  const consolePort = wanted.consolePort ?? remembered.consolePort ?? (await findConsolePort(port));
  if (consolePort === port)
    throw fail('E_USAGE', { detail: `The console needs a port of its own; ${port} is the server's.` });
  return { port, consolePort };
}

async function findConsolePort(port: number): Promise<number> {
  const near = Array.from({ length: CONSOLE_PORTS_TRIED }, (_, index) => port + 1 + index);
  const usable = near.filter((one) => one <= MAX_PORT);
  for (const one of usable) if ((await probe(one)) === null) return one;
  // Said later, with the way out.
  return usable[0] ?? port - 1;
}

/** Remembers the ports once their server has run. */
export async function rememberPorts(places: Places, ports: Ports): Promise<void> {
  await writeFile(places.memory, `${JSON.stringify(ports)}\n`);
}

/** Why nobody can listen on a port of 127.0.0.1 just now; null: one can. */
function probe(port: number): Promise<Error | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', resolve);
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(null)));
  });
}

/** The ports must be free, and no server may work in the folder. @throws MusterError E_USAGE */
export async function checkFree(places: Places, { port, consolePort }: Ports): Promise<void> {
  const holder = await readLockHolder(join(places.server, 'server.lock'));
  if (holder !== null) {
    throw fail('E_USAGE', {
      detail: `The server of this data folder runs already (process ${holder}); stop the quick start it belongs to, or wait until it has stopped.`,
    });
  }
  await checkPort(
    port,
    'choose another with --port, and for a folder that has a port also another --data-dir',
  );
  await checkPort(consolePort, 'choose another for the console with --console-port');
}

async function checkPort(port: number, wayOut: string): Promise<void> {
  const cause = await probe(port);
  if (cause === null) return;
  const isTaken = 'code' in cause && cause.code === 'EADDRINUSE';
  const fault = isTaken ? 'is in use on this machine' : 'cannot be used on this machine';
  throw fail('E_USAGE', { cause, detail: `Port ${port} ${fault}; stop what uses it or ${wayOut}.` });
}

/** Makes the folders. @throws MusterError E_USAGE */
export async function prepareFolders(places: Places): Promise<void> {
  try {
    await mkdir(places.logs, { recursive: true, mode: 0o755 });
    await mkdir(places.agent, { recursive: true, mode: 0o700 });
    await writeFile(places.agentConfig, '{}\n', { mode: 0o600 });
  } catch (cause) {
    throw unusable(places, cause);
  }
}
