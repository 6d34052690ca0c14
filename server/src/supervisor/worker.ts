// The program of a worker: does what its supervisor says, and ends when that ends.
import cluster from 'node:cluster';
import { isMusterError } from '@muster/protocol';
import { type MusterServer, startServer } from '../app.ts';
import { createClusterBus } from '../bus/cluster.ts';
import { systemClock } from '../core/clock.ts';
import { attachDatabase } from '../core/db/database.ts';
import { mapDatabaseError } from '../core/db/failures.ts';
import { createLogger, type Logger } from '../core/log.ts';
import { createEndWatch, type EndWatch } from '../core/stopping.ts';
import { fail } from '../errors.ts';
import { WORKER_END_MS, WORKER_ORPHAN_MS } from '../timing.ts';
import { hear, type Order, type Report, type Said } from './words.ts';

type Begin = Order & { readonly word: 'begin' };

/** Runs a worker to its end; resolves with its exit code. */
export async function runWorker(): Promise<number> {
  // Without it, node:cluster ends the process at once when the supervisor is gone, with whatever it has under way.
  Object.assign(cluster.worker ?? {}, { exitedAfterDisconnect: true });
  const begun = defer<Begin>();
  const told = defer<string>();
  // Whoever signals a whole group of processes means all of them; the first word counts.
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => told.resolve(name));
  process.on('disconnect', () => told.resolve('the supervisor is gone'));
  process.on('message', (message: unknown) => {
    const order = hear<Order>(message);
    if (order?.word === 'begin') begun.resolve(order);
    else if (order?.word === 'ping') say({ word: 'pong' });
    else if (order?.word === 'stop') told.resolve('stop');
  });
  say({ word: 'here' });
  const begin = await Promise.race([begun.promise, told.promise]);
  if (typeof begin === 'string') return leave(0);
  const log = createLogger({ level: begin.config.logLevel }).child({ worker: begin.number });
  const watch = createEndWatch(log);
  // Also when the supervisor goes only after it has said stop.
  process.once('disconnect', () => watch.begin(WORKER_ORPHAN_MS));
  void told.promise.then(() => watch.begin(WORKER_END_MS));
  const code = await work(begin, { log, watch, told: told.promise });
  watch.stopped();
  return leave(code);
}

/** What a worker is run with. */
interface WorkDeps {
  readonly log: Logger;
  readonly watch: EndWatch;
  readonly told: Promise<string>;
}

async function work(begin: Begin, deps: WorkDeps): Promise<number> {
  const { log, told, watch } = deps;
  let server: MusterServer;
  try {
    server = await start(begin, deps);
  } catch (error) {
    log.error({ err: error }, 'the worker could not start');
    await sayLast(describeFailure(error));
    return 1;
  }
  if (server.url !== '') say({ word: 'ready', url: server.url });
  log.info({ why: await Promise.race([told, server.over]) }, 'stopping');
  watch.begin(WORKER_END_MS);
  await server.stop();
  return server.left().length === 0 ? 0 : 1;
}

async function start({ config, address, number }: Begin, deps: WorkDeps): Promise<MusterServer> {
  const { log, told, watch } = deps;
  const clock = systemClock;
  const bus = await createClusterBus({ channel: process, clock, log });
  const poolMax = config.databaseConnections;
  return startServer(config, {
    clock,
    log,
    told,
    doing: watch.doing,
    bus,
    worker: number,
    openDatabase: () =>
      attachDatabase({ address, clock, log, gateway: bus.id, ...(poolMax === undefined ? {} : { poolMax }) }),
  });
}

function describeFailure(thrown: unknown): Report & { readonly word: 'failed' } {
  const error = mapDatabaseError(thrown);
  const { code, message, retryable } = isMusterError(error) ? error : fail('E_INTERNAL');
  return { word: 'failed', code, message, retryable };
}

/** A supervisor that is gone hears nothing; its end is told by the channel. */
function say(said: Report): void {
  if (process.connected)
    process.send?.({ said } satisfies Said<Report>, undefined, undefined, () => undefined);
}

function sayLast(said: Report): Promise<void> {
  return new Promise((resolve) => {
    if (!process.connected) return resolve();
    process.send?.({ said } satisfies Said<Report>, undefined, undefined, () => resolve());
  });
}

/** Lets go of the channel, which would keep the process alive. */
function leave(code: number): number {
  if (process.connected) process.disconnect();
  return code;
}

function defer<T>() {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
