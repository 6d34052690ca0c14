// Runs the embedded PostgreSQL: locks the data folder, starts it, watches it, starts it again, stops it.
//
//   stopped → starting → ready → stopping → stopped
//                          ↓ (unexpected exit)
//                      restarting → ready        (pauses double up to 3 s, without end: a full disk may clear)
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

/**
 * Makes the supervisor; nothing happens before `start()`. Throws from start: E_DATA_LOCKED, E_DATA_PATH,
 * E_NO_DATABASE, E_DATABASE_START, E_DATABASE_VERSION.
 */
export function createEmbeddedPostgres(options: EmbeddedOptions): EmbeddedPostgres {
  const supervisor = new Supervisor(options);
  return {
    start: () => supervisor.start(),
    stop: () => supervisor.stop(),
    state: () => supervisor.state,
    pid: () => supervisor.child?.pid,
    restarts: () => supervisor.restarts,
  };
}

class Supervisor {
  state: EmbeddedState = 'stopped';
  child: Child | undefined;
  restarts = 0;
  private readonly options: EmbeddedOptions;
  private folder: PostgresFolder | undefined;
  private lock: DataLock | undefined;
  /** Starts since the database last ran for a good while; makes the pauses grow. */
  private attempt = 0;
  private cancelPause: (() => void) | undefined;
  private cancelLogCheck: (() => void) | undefined;
  private launching: Promise<void> = Promise.resolve();

  constructor(options: EmbeddedOptions) {
    this.options = options;
  }

  async start(): Promise<SocketAddress> {
    if (this.state !== 'stopped')
      throw fail('E_DATABASE_START', { detail: 'The embedded PostgreSQL runs already.' });
    this.state = 'starting';
    try {
      const folder = await this.prepare();
      await this.launch(folder);
      this.watchLog(folder);
      return {
        kind: 'socket',
        folder: folder.socketFolder,
        port: EMBEDDED_PORT,
        user: EMBEDDED_USER,
        database: 'postgres',
      };
    } catch (error) {
      await this.end();
      throw error;
    }
  }

  async stop(): Promise<void> {
    if (this.state === 'stopped') return;
    this.state = 'stopping';
    this.cancelPause?.();
    // A start under way must be over before its process can be stopped.
    await this.launching;
    await this.end();
  }

  private async prepare(): Promise<PostgresFolder> {
    const { clock, dataDir, log } = this.options;
    this.lock = await acquireDataLock(dataDir);
    const folder = await preparePostgresFolder(dataDir);
    this.folder = folder;
    if (await stopLeftover(folder.dataFolder, clock))
      log.warn('stopped a database left running by an earlier server');
    if (await initializeCluster(folder, 'durable'))
      log.info({ folder: folder.root }, 'made a new database folder');
    await writeSettings(folder, 'durable');
    return folder;
  }

  /** One start of the process; resolves when it is ready. */
  private async launch(folder: PostgresFolder): Promise<void> {
    const { clock } = this.options;
    const startedMs = clock.monotonic();
    const child = await spawnPostgres(folder);
    let isOver = false;
    this.child = child;
    const ended = child.ended.then((end) => {
      isOver = true;
      if (this.child === child) this.child = undefined;
      if (this.state !== 'ready') return;
      this.options.log.error(end, 'the database ended unexpectedly');
      if (clock.monotonic() - startedMs > POSTGRES_SETTLED_MS) this.attempt = 0;
      this.restartLater(folder);
    });
    const isReady = await waitUntilReady(folder.dataFolder, (file) => file.pid === child.pid, {
      clock,
      waitMs: POSTGRES_READY_MS,
      // Whoever stops it need not wait until it is ready.
      isOver: () => isOver || this.state === 'stopping',
    });
    if (isReady && !isOver) {
      if (this.state !== 'stopping') this.state = 'ready';
      return;
    }
    if (!isOver) await stopPostmaster(child.pid, clock);
    await ended;
    throw fail('E_DATABASE_START', {
      detail: `The embedded PostgreSQL did not start: ${await readLastLine(folder.logPath)}`,
    });
  }

  private restartLater(folder: PostgresFolder): void {
    this.state = 'restarting';
    const pauseMs = Math.min(POSTGRES_RESTART_MAX_MS, POSTGRES_RESTART_MIN_MS * 2 ** this.attempt);
    this.attempt += 1;
    this.cancelPause = this.options.clock.after(pauseMs, () => {
      this.launching = this.relaunch(folder);
    });
  }

  private async relaunch(folder: PostgresFolder): Promise<void> {
    const { log } = this.options;
    this.restarts += 1;
    try {
      await this.launch(folder);
      log.info({ restarts: this.restarts }, 'the database runs again');
    } catch (err) {
      if (this.state !== 'restarting') return;
      log.error({ err }, 'the database could not be started again');
      this.restartLater(folder);
    }
  }

  private async end(): Promise<void> {
    this.state = 'stopping';
    this.cancelLogCheck?.();
    if (this.child) await stopPostmaster(this.child.pid, this.options.clock);
    this.child = undefined;
    if (this.folder) await removeSocketFolder(this.folder);
    await this.lock?.release();
    this.lock = undefined;
    this.state = 'stopped';
  }

  private watchLog(folder: PostgresFolder): void {
    const { clock, log } = this.options;
    this.cancelLogCheck = clock.after(POSTGRES_LOG_CHECK_MS, () => {
      limitLog(folder.logPath)
        .catch((err: unknown) => log.warn({ err }, 'the database log could not be moved'))
        .finally(() => {
          if (this.state !== 'stopping' && this.state !== 'stopped') this.watchLog(folder);
        });
    });
  }
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
