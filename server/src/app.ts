// The composition root of a server process: database, trust, features, sockets, and which of it this process is for.
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { registerApiDocument } from './api-document.ts';
import { alone, openBeside } from './beside.ts';
import type { Bus } from './bus/bus.ts';
import { createLocalBus } from './bus/local.ts';
import type { ServerConfig } from './config.ts';
import type { Clock } from './core/clock.ts';
import { type Database, openDatabase } from './core/db/database.ts';
import { forgetRunning, noteRunning } from './core/db/running.ts';
import { isPiped, SIGNED_IN_HEADER } from './core/http/piped.ts';
import { createHttp, type HttpApp } from './core/http/server.ts';
import type { Logger } from './core/log.ts';
import { createLoopDelay } from './core/loop-delay.ts';
import { ensureOwnTls, readTlsFiles, type TlsIdentity } from './core/tls.ts';
import { fail } from './errors.ts';
import { allPermissions, authenticate } from './features/access/index.ts';
import { openTrust } from './features/trust/index.ts';
import { createFeatures, type Features, serveFeatures } from './features.ts';
import type { Gateway } from './gateway/gateway.ts';
import { registerOperationRoutes } from './operations.ts';
import { createRole } from './role.ts';

/** A running server. */
export interface MusterServer {
  /** Address it listens on, as `https://127.0.0.1:8443`. */
  readonly url: string;
  /** Certificate of the server's own authority, PEM; null with the admin's certificate or without TLS. */
  readonly ca: string | null;
  readonly tenant: number;
  readonly database: Database;
  readonly gateway: Gateway;
  readonly app: HttpApp;
  /** Resolves with the reason when another process has taken over what this one did, so that it has to end. */
  readonly over: Promise<string>;
  /** Drains sessions and requests, writes what waits, then stops the database. */
  stop(): Promise<void>;
}

/** What every process has one of. */
export interface ServerDeps {
  readonly clock: Clock;
  readonly log: Logger;
  /** To the other processes of this server; absent when there are none. */
  readonly bus?: Bus;
  /** Number of this worker, from 1; absent when the server is one process. */
  readonly worker?: number;
  /** How a worker opens its database: its supervisor has locked, started and migrated it. */
  readonly openDatabase?: () => Promise<Database>;
}

/** The TLS identity of the settings; null where a proxy ends TLS. @throws MusterError E_TLS */
export function openTls(config: ServerConfig, clock: Clock): Promise<TlsIdentity> | null {
  if (config.tls === 'off') return null;
  const { tlsCertFile: certFile, tlsKeyFile: keyFile } = config;
  if (config.tls === 'files' && certFile !== undefined && keyFile !== undefined)
    return readTlsFiles({ certFile, keyFile });
  const names = [new URL(config.publicUrl).hostname];
  return ensureOwnTls(join(config.dataDir, 'tls'), { names, clock });
}

/** Starts to listen. @throws MusterError E_LISTEN naming the address */
async function listen(app: HttpApp, config: ServerConfig): Promise<string> {
  try {
    await app.listen({ host: config.host, port: config.port, backlog: 4096 });
  } catch (cause) {
    const why = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    throw fail('E_LISTEN', {
      cause,
      detail: `The server cannot listen on ${config.host}:${config.port} (${why}); stop what uses it, or choose another with --host and --port.`,
    });
  }
  const { port } = app.server.address() as AddressInfo;
  const host = config.host.includes(':') ? `[${config.host}]` : config.host;
  return `${config.tls === 'off' ? 'http' : 'https'}://${host}:${port}`;
}

/** Starts a server: database, trust, features, sockets, in this order; what was started is stopped when a later part fails. */
export async function startServer(config: ServerConfig, deps: ServerDeps): Promise<MusterServer> {
  const { clock, log } = deps;
  const bus = deps.bus ?? createLocalBus(deps);
  const openOwn = () =>
    openDatabase({
      dataDir: config.dataDir,
      databaseUrl: config.databaseUrl,
      clock,
      log,
      gateway: bus.id,
      ...(config.databaseConnections === undefined ? {} : { poolMax: config.databaseConnections }),
    });
  let database: Database | undefined;
  try {
    database = await (deps.openDatabase ?? openOwn)();
    return await startOn(database, config, { ...deps, bus });
  } catch (error) {
    await bus.stop();
    await database?.stop();
    throw error;
  }
}

/** What everything below needs; the bus is there in any case. */
type ProcessDeps = ServerDeps & { readonly bus: Bus };

/** Says to the gateway who has signed in; to the one that took the request, when another process did. */
function noteSignedIn(app: HttpApp, gateway: Gateway): void {
  // Behind authentication, before the work: whoever is signed in takes no place from those who have proven nothing.
  app.addHook('preHandler', async ({ principal, raw }, reply) => {
    if (principal === null) return;
    if (isPiped(raw)) reply.header(SIGNED_IN_HEADER, '1');
    else gateway.signedIn(raw.socket);
  });
}

/** Stores what waits; the order is that of what needs what. */
async function stopFeatures(features: Features): Promise<void> {
  const { runs, fleet, halts, inventory, metrics, alerts, enrolling, directory, notes } = features;
  const writers = [runs, fleet, halts, inventory, metrics, alerts, enrolling, directory];
  await Promise.all(writers.map((one) => one.stop()));
  notes.stop();
}

async function startOn(database: Database, config: ServerConfig, deps: ProcessDeps): Promise<MusterServer> {
  const { clock, log, bus } = deps;
  const { sql } = database;
  const isAlone = deps.openDatabase === undefined;
  const tls = await openTls(config, clock);
  const keyFolder = join(config.dataDir, 'keys');
  const spkiPin = tls?.spkiPin ?? null;
  const trust = await openTrust({ sql, clock, log, keyFolder, organization: config.organization, spkiPin });
  const { lease, front } = isAlone
    ? alone
    : await openBeside({
        ...{ bus, clock, log, sql, dataDir: config.dataDir },
        isShared: database.address.kind === 'url',
        taken: (token) => role.taken(token),
        lost: () => role.lost(),
        signedIn: (socket) => gateway.signedIn(socket),
      });
  const followed = (controller: string | null) => {
    front?.follow(controller);
    trust.reload().catch((err: unknown) => log.warn({ err }, 'trust documents could not be read again'));
  };
  const loopDelay = createLoopDelay(clock);
  const base = { clock, log, bus, config, database, trust, lease, loopDelay, followed };
  const features = createFeatures(base);
  const { gateway } = features;
  const { app, answer } = await createHttp({
    log,
    tls: tls ?? undefined,
    permissions: new Set(allPermissions),
    authenticate: (request) => authenticate(sql, request.headers.authorization),
    ...(front === null ? {} : { front: (request, response, here) => front.answer(request, response, here) }),
  });
  const role = createRole({ bus, log, sql, trust, features, answer, lease, front });
  noteSignedIn(app, gateway);
  await registerApiDocument(app, config.publicUrl);
  const { workers } = config;
  registerOperationRoutes(app, { database, gateway, loopDelay, bus, workers, worker: deps.worker });
  serveFeatures(app, base, features);
  database.health.onChange((state) => state === 'available' && lease?.look());
  await role.start();
  gateway.attach(app.server);
  const url = await listen(app, config);
  loopDelay.start();
  if (isAlone) await noteRunning(config.dataDir, database.address);
  log.info({ url }, isAlone ? 'server is ready' : 'worker listens');
  return {
    ...{ url, ca: tls?.ca ?? null, tenant: trust.tenant, database, gateway, app },
    over: role.over,
    async stop() {
      loopDelay.stop();
      await gateway.stop();
      front?.drain();
      await app.close();
      await front?.stop();
      await stopFeatures(features);
      await role.stop();
      trust.stop();
      await bus.stop();
      if (isAlone) await forgetRunning(config.dataDir);
      await database.stop();
      log.info('server stopped');
    },
  };
}
