// The data folder of a quick start: where its parts lie, the port it belongs to, and what may not be started there.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { fail } from '../errors.ts';
import { readLockHolder } from '../platform/processes.ts';

/** Port of a folder that has none yet. */
const DEFAULT_PORT = 8443;

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

async function readRememberedPort(places: Places): Promise<number | null> {
  try {
    const { port } = JSON.parse(await readFile(places.memory, 'utf8')) as Record<string, unknown>;
    return typeof port === 'number' ? port : null;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOTDIR') throw unusable(places, cause);
    // Nothing is remembered yet, or it is damaged: the agent's enrollment is looked at later all the same.
    return null;
  }
}

/** The port to listen on; nothing is written. @throws MusterError E_USAGE when the folder belongs to another */
export async function choosePort(places: Places, wanted: number | null): Promise<number> {
  const remembered = await readRememberedPort(places);
  if (remembered !== null && wanted !== null && remembered !== wanted) {
    throw fail('E_USAGE', {
      detail: `This data folder belongs to port ${remembered}; start it with --port ${remembered} or choose another --data-dir.`,
    });
  }
  return remembered ?? wanted ?? DEFAULT_PORT;
}

/** Remembers the port once its server has run. */
export async function rememberPort(places: Places, port: number): Promise<void> {
  await writeFile(places.memory, `${JSON.stringify({ port })}\n`);
}

/** The port must be free, and no server may work in the folder. @throws MusterError E_USAGE */
export async function checkFree(places: Places, port: number): Promise<void> {
  const holder = await readLockHolder(join(places.server, 'server.lock'));
  if (holder !== null) {
    throw fail('E_USAGE', {
      detail: `The server of this data folder runs already (process ${holder}); stop the quick start it belongs to, or wait until it has stopped.`,
    });
  }
  await new Promise<void>((done, failed) => {
    const probe = createServer();
    probe.once('error', (cause) => {
      const isTaken = 'code' in cause && cause.code === 'EADDRINUSE';
      const fault = isTaken ? 'is in use on this machine' : 'cannot be used on this machine';
      failed(
        fail('E_USAGE', {
          cause,
          detail: `Port ${port} ${fault}; stop what uses it or choose another with --port, and for a folder that has a port also another --data-dir.`,
        }),
      );
    });
    probe.listen(port, '127.0.0.1', () => probe.close(() => done()));
  });
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
