// The process that was started when several share the work: holds the data folder and the database, and keeps the workers running.
import cluster from 'node:cluster';
import { availableParallelism } from 'node:os';
import type { MusterError } from '@muster/protocol';
import { createHub } from '../bus/hub.ts';
import type { ServerConfig } from '../config.ts';
import type { Clock } from '../core/clock.ts';
import { type Engine, prepareDatabase } from '../core/db/database.ts';
import { forgetRunning, noteRunning } from '../core/db/running.ts';
import { choosePipeFolder, removePipeFolder } from '../core/http/pipe-folder.ts';
import type { Logger } from '../core/log.ts';
import { type Part, type StopDeps, stopParts } from '../core/stopping.ts';
import { DATABASE_STOP_MS, WORKER_STOP_MS } from '../timing.ts';
import { shareConfig } from './shares.ts';
import { createWorkerProcess, type WorkerProcess } from './worker-process.ts';

export interface SupervisorDeps {
  readonly clock: Clock;
  readonly log: Logger;
  /** The program that workers run, with its arguments. */
  readonly program: { readonly path: string; readonly args: readonly string[] };
  /** Settles when the server is told to stop: workers that cannot start are not waited for. */
  readonly told?: Promise<unknown>;
  /** Told of what this process is doing while it starts and stops. */
  doing?(what: string): void;
}

/** A running server of several processes. */
export interface Supervisor {
  /** Empty when it was told to stop before it was ready. */
  readonly url: string;
  /** Rejects when the workers cannot be kept running; then everything has been stopped. Never resolves. */
  readonly failed: Promise<never>;
  /** Drains the workers, then stops the database. Resolves with the names of what did not stop in time, or not at all. */
  stop(): Promise<readonly string[]>;
}

/** Starts the database, then the workers; what was started is stopped when a later part fails. Throws as `startServer` does, or E_WORKERS. */
export async function startSupervisor(config: ServerConfig, deps: SupervisorDeps): Promise<Supervisor> {
  const { clock, log } = deps;
  const { dataDir, databaseUrl } = config;
  deps.doing?.('opening the database');
  const engine = await prepareDatabase({ dataDir, databaseUrl, clock, log });
  const crew = createCrew(config, engine, deps);
  let stopping: Promise<readonly string[]> | undefined;
  const stop = () => {
    stopping ??= stopAll(crew, engine, { ...deps, dataDir });
    return stopping;
  };
  const failed = crew.hopeless.then(async (error): Promise<never> => {
    await stop();
    throw error;
  });
  // It may fail before or after anybody waits for it.
  failed.catch(() => undefined);
  deps.doing?.('starting workers');
  // They are started again and again while the database is away.
  const told = deps.told?.then(() => '') ?? new Promise<never>(() => undefined);
  const url = await Promise.race([startAll(crew), failed, told]);
  if (url === '') return { url, failed, stop };
  try {
    await noteRunning(dataDir, engine.address);
  } catch (error) {
    await stop();
    throw error;
  }
  log.info({ url, workers: config.workers }, 'server is ready');
  return { url, failed, stop };
}

/** All workers. */
interface Crew {
  readonly workers: readonly WorkerProcess[];
  /** Resolves when one of them cannot be started any more. */
  readonly hopeless: Promise<MusterError>;
}

function createCrew(
  config: ServerConfig,
  { address }: Engine,
  { clock, log, program }: SupervisorDeps,
): Crew {
  cluster.setupPrimary({
    exec: program.path,
    args: [...program.args],
    serialization: 'advanced',
    // A worker hears orders over its channel; the input is the supervisor's.
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const hub = createHub({ log });
  // With port 0 too: all workers share the port that the first of them got.
  const share = shareConfig(config, availableParallelism());
  let giveUp: (error: MusterError) => void = () => {};
  const hopeless = new Promise<MusterError>((resolve) => {
    giveUp = resolve;
  });
  const begin = () => ({ config: share, address });
  const workers = Array.from({ length: config.workers }, (_, index) =>
    createWorkerProcess({ clock, log, hub, begin, number: index + 1, giveUp }),
  );
  return { workers, hopeless };
}

/** The first alone: on a first run it makes the keys, the certificate and the organization that the others find. */
async function startAll({ workers: [first, ...others] }: Crew): Promise<string> {
  const url = (await first?.start()) ?? '';
  await Promise.all(others.map((worker) => worker.start()));
  return url;
}

async function stopAll(
  { workers }: Crew,
  engine: Engine,
  { dataDir, ...deps }: StopDeps & { readonly dataDir: string },
): Promise<readonly string[]> {
  const parts: Part[][] = [
    // Whoever does not stop is killed.
    [
      {
        name: 'workers',
        withinMs: 2 * WORKER_STOP_MS,
        stop: () => Promise.all(workers.map((one) => one.stop())),
      },
    ],
    [{ name: 'address', stop: () => forgetRunning(dataDir) }],
    [{ name: 'database', withinMs: DATABASE_STOP_MS, stop: () => engine.stop() }],
    [{ name: 'pipes', stop: () => removePipeFolder(choosePipeFolder(dataDir)) }],
  ];
  const left = await stopParts(parts, deps);
  if (left.length === 0) deps.log.info('server stopped');
  return left;
}
