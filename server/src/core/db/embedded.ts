// Runs the embedded PostgreSQL: locks the data folder, starts it, watches it, starts it again, stops it.
//
//   stopped → starting → ready → stopping → stopped
//                          ↓ (unexpected exit)
//                      restarting → ready        (pauses double up to 30 s, without end: a full disk may clear)
import { copyFile, open, readFile, stat, truncate } from 'node:fs/promises';
import { fail } from '../../errors.ts';
import { MAX_CHILD_OUTPUT_BYTES, MAX_POSTGRES_LOG_BYTES } from '../../limits.ts';
import { type Child, startDetached } from '../../platform/postgres.ts';
import {
  POSTGRES_LOG_CHECK_MS,
  POSTGRES_READY_MS,
  POSTGRES_RESTART_MAX_MS,
  POSTGRES_RESTART_MIN_MS,
  POSTGRES_SETTLED_MS,
} from '../../timing.ts';
import type { Clock } from '../clock.ts';
import { acquireDataLock, type DataLock } from '../data-lock.ts';
import type { Logger } from '../log.ts';
import type { SocketAddress } from './address.ts';
import { initializeCluster, lastLine, writeSettings } from './initialize.ts';
import { type PostgresFolder, preparePostgresFolder, removeSocketFolder } from './postgres-folder.ts';
import { EMBEDDED_PORT, EMBEDDED_USER } from './postgres-settings.ts';
import { stopLeftover, stopPostmaster, waitUntilReady } from './postmaster.ts';

export type EmbeddedState = 'stopped' | 'starting' | 'ready' | 'restarting' | 'stopping';

/** The supervised PostgreSQL. */
export interface EmbeddedPostgres {
  /** Starts it (making the cluster on the first run) and resolves when it takes connections. */
  start(): Promise<SocketAddress>;
  /** Fast shutdown; resolves when the process has ended and the folder is free. */
  stop(): Promise<void>;
  state(): EmbeddedState;
  /** Process id of the postmaster, while there is one. */
  pid(): number | undefined;
  /** Starts again after an unexpected exit, since `start()`. */
  restarts(): number;
}

export interface EmbeddedOptions {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Makes the supervisor; nothing happens before `start()`. Throws from start: E_DATA_LOCKED, E_DATA_PATH, E_NO_DATABASE, E_DATABASE_START, E_DATABASE_VERSION. */
export function createEmbeddedPostgres(options: EmbeddedOptions): EmbeddedPostgres {
  const { clock, log } = options;
  let state: EmbeddedState = 'stopped';
  let folder: PostgresFolder | undefined;
  let lock: DataLock | undefined;
  let child: Child | undefined;
  let restarts = 0;
  let attempt = 0;
  let cancelPause: (() => void) | undefined;
  let cancelLogCheck: (() => void) | undefined;
  let launching: Promise<void> = Promise.resolve();

  async function start(): Promise<SocketAddress> {
    if (state !== 'stopped')
      throw fail('E_DATABASE_START', { detail: 'The embedded PostgreSQL runs already.' });
    state = 'starting';
    try {
      lock = await acquireDataLock(options.dataDir);
      folder = await preparePostgresFolder(options.dataDir);
      if (await stopLeftover(folder.dataFolder, clock))
        log.warn('stopped a database left running by an earlier server');
      if (await initializeCluster(folder, 'durable'))
        log.info({ folder: folder.root }, 'made a new database folder');
      await writeSettings(folder, 'durable');
      await launch(folder);
    } catch (error) {
      await giveUp();
      throw error;
    }
    watchLog(folder);
    return {
      kind: 'socket',
      folder: folder.socketFolder,
      port: EMBEDDED_PORT,
      user: EMBEDDED_USER,
      database: 'postgres',
    };
  }

  /** One start of the process; resolves when it is ready. */
  async function launch(at: PostgresFolder): Promise<void> {
    const startedMs = clock.monotonic();
    const started = await spawnPostgres(at);
    let over = false;
    child = started;
    const handled = started.ended.then((end) => {
      over = true;
      if (child === started) child = undefined;
      if (state === 'ready') {
        log.error(end, 'the database ended unexpectedly');
        if (clock.monotonic() - startedMs > POSTGRES_SETTLED_MS) attempt = 0;
        restartLater(at);
      }
    });
    const isReady = await waitUntilReady(at.dataFolder, (file) => file.pid === started.pid, {
      clock,
      waitMs: POSTGRES_READY_MS,
      isOver: () => over,
    });
    if (isReady && !over) {
      if (state !== 'stopping') state = 'ready';
      return;
    }
    if (!over) await stopPostmaster(started.pid, clock);
    await handled;
    throw fail('E_DATABASE_START', {
      detail: `The embedded PostgreSQL did not start: ${await readLastLine(at.logPath)}`,
    });
  }

  function restartLater(at: PostgresFolder): void {
    state = 'restarting';
    const pauseMs = Math.min(POSTGRES_RESTART_MAX_MS, POSTGRES_RESTART_MIN_MS * 2 ** attempt);
    attempt += 1;
    cancelPause = clock.after(pauseMs, () => {
      launching = relaunch(at);
    });
  }

  async function relaunch(at: PostgresFolder): Promise<void> {
    try {
      restarts += 1;
      await launch(at);
      log.info({ restarts }, 'the database runs again');
    } catch (err) {
      if (state !== 'restarting') return;
      log.error({ err }, 'the database could not be started again');
      restartLater(at);
    }
  }

  async function stop(): Promise<void> {
    if (state === 'stopped') return;
    state = 'stopping';
    cancelPause?.();
    // A relaunch under way must be over before its process can be stopped.
    await launching;
    await giveUp();
  }

  async function giveUp(): Promise<void> {
    state = 'stopping';
    cancelLogCheck?.();
    if (child) await stopPostmaster(child.pid, clock);
    child = undefined;
    if (folder) await removeSocketFolder(folder);
    await lock?.release();
    lock = undefined;
    state = 'stopped';
  }

  function watchLog(at: PostgresFolder): void {
    cancelLogCheck = clock.after(POSTGRES_LOG_CHECK_MS, () => {
      limitLog(at.logPath)
        .catch((err: unknown) => log.warn({ err }, 'the database log could not be moved'))
        .finally(() => {
          if (state !== 'stopping' && state !== 'stopped') watchLog(at);
        });
    });
  }

  return { start, stop, state: () => state, pid: () => child?.pid, restarts: () => restarts };
}

async function spawnPostgres(at: PostgresFolder): Promise<Child> {
  await limitLog(at.logPath);
  const logFile = await open(at.logPath, 'a', 0o600);
  try {
    return await startDetached([at.postgres, '-D', at.dataFolder], {
      identity: at.account,
      folder: at.root,
      logFd: logFile.fd,
    });
  } catch (cause) {
    throw fail('E_DATABASE_START', { cause });
  } finally {
    await logFile.close();
  }
}

/** Moves a log that has grown too large aside. PostgreSQL keeps it open for appending, so it is cut in place. */
async function limitLog(path: string): Promise<void> {
  try {
    if ((await stat(path)).size <= MAX_POSTGRES_LOG_BYTES) return;
    await copyFile(path, `${path}.1`);
    await truncate(path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}

async function readLastLine(path: string): Promise<string> {
  try {
    return lastLine((await readFile(path, 'utf8')).slice(-MAX_CHILD_OUTPUT_BYTES));
  } catch {
    return 'it left no log';
  }
}
