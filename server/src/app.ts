// The composition root of a server process: database, trust, features, sockets, and which of it this process is for.
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { FastifyRequest } from 'fastify';
import { registerApiDocument } from './api-document.ts';
import { alone, openBeside } from './beside.ts';
import type { Bus } from './bus/bus.ts';
import { createLocalBus } from './bus/local.ts';
import { registerCheckRoutes } from './checks.ts';
import type { ServerConfig } from './config.ts';
import type { Clock } from './core/clock.ts';
import { type Database, openDatabase } from './core/db/database.ts';
import type { RawSql } from './core/db/pool.ts';
import { forgetRunning, noteRunning } from './core/db/running.ts';
import type { Front } from './core/http/front.ts';
import { createLocalListener } from './core/http/local-listener.ts';
import type { Principal, RouteEntry } from './core/http/permission.ts';
import { isLocal, isPiped, SIGNED_IN_HEADER } from './core/http/piped.ts';
import { createHttp, type HttpApp } from './core/http/server.ts';
import { describeSite, localOrigin, passkeyPages } from './core/http/site.ts';
import type { Logger } from './core/log.ts';
import { createLoopDelay, type LoopDelay } from './core/loop-delay.ts';
import { createEndingClock, type EndingClock, type Part, stopParts } from './core/stopping.ts';
import { ensureOwnTls, readTlsFiles, type TlsIdentity } from './core/tls.ts';
import { fail } from './errors.ts';
import { allPermissions, authenticate } from './features/access/index.ts';
import { createConsole } from './features/console/index.ts';
import { authenticateSession } from './features/signin/index.ts';
import { openTrust, type Trust } from './features/trust/index.ts';
import { createFeatures, type Features, mailOf, serveFeatures } from './features.ts';
import type { Gateway } from './gateway/gateway.ts';
import { noteAddresses } from './host-setup.ts';
import { registerOperationRoutes } from './operations.ts';
import { createRole, type Role } from './role.ts';
import { DATABASE_STOP_MS } from './timing.ts';

/** A running server. */
export interface MusterServer {
  /** Address it listens on, as `https://127.0.0.1:8443`; empty when it was told to stop before it did. */
  readonly url: string;
  /** Certificate of the server's own authority, PEM; null with the admin's certificate or without TLS. */
  readonly ca: string | null;
  readonly tenant: number;
  readonly database: Database;
  readonly gateway: Gateway;
  readonly app: HttpApp;
  /** Every route with what it needs. */
  readonly routes: readonly RouteEntry[];
  /** Resolves with the reason when another process has taken over what this one did, so that it has to end. */
  readonly over: Promise<string>;
  /** Drains sessions and requests, writes what waits, then stops the database. Once is enough. */
  stop(): Promise<void>;
  /** Names of the parts that did not stop in time, or not at all, when `stop` has resolved; the log says more. */
  left(): readonly string[];
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
  /** Settles when the process is told to stop: a start that would last is not waited for. */
  readonly told?: Promise<unknown>;
  /** Told of what the process is doing while it starts and stops. */
  doing?(what: string): void;
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
  deps.doing?.('opening the database');
  try {
    database = await (deps.openDatabase ?? openOwn)();
    return await startOn(database, config, { ...deps, bus });
  } catch (error) {
    // Each in its time, and harmless for what the start itself has stopped already: a failed start must end.
    const opened = database;
    await stopParts(
      [
        [{ name: 'bus', stop: () => bus.stop() }],
        [{ name: 'database', withinMs: DATABASE_STOP_MS, stop: () => opened?.stop() }],
      ],
      deps,
    );
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
    else if (!isLocal(raw)) gateway.signedIn(raw.socket);
  });
}

/** What is stopped of the features, in the order of what needs what. Each stores what waits. */
function listFeatureParts(features: Features): Part[][] {
  const { notifications, presence, runs, groups, fleet, halts, inventory, metrics } = features;
  const { alerts, enrolling, directory, refusals, audit, notes, policies, compliance } = features;
  const storing = { notifications, presence, runs, groups, policies, compliance };
  const writers = { ...storing, fleet, halts, inventory, metrics, alerts };
  const all = Object.entries({ ...writers, enrolling, directory });
  return [
    all.map(([name, one]) => ({ name, stop: () => one.stop() })),
    [{ name: 'refusals', stop: () => refusals.stop() }],
    [{ name: 'audit', stop: () => audit.stop() }],
    [{ name: 'notes', stop: () => notes.stop() }],
  ];
}

/** What a process has to stop. */
interface Running {
  readonly config: ServerConfig;
  readonly clock: EndingClock;
  readonly bus: Bus;
  readonly database: Database;
  readonly trust: Pick<Trust, 'stop'>;
  readonly loopDelay: LoopDelay;
  readonly features: Features;
  readonly app: HttpApp;
  readonly front: Front | null;
  readonly role: Role;
  readonly isAlone: boolean;
}

/** Everything, in the order of what needs what. */
function listParts(running: Running): Part[][] {
  const { config, clock, bus, database, trust, loopDelay, features, app, front, role, isAlone } = running;
  async function answerLast(): Promise<void> {
    front?.drain();
    await app.close();
    await front?.stop();
  }
  return [
    [{ name: 'event loop', stop: () => loopDelay.stop() }],
    // Before the features: what would begin now would begin after their end.
    [{ name: 'role', stop: () => role.end() }],
    [{ name: 'sessions', stop: () => features.gateway.stop() }],
    [{ name: 'requests', stop: answerLast }],
    ...listFeatureParts(features),
    [{ name: 'lease', stop: () => role.stop() }],
    [{ name: 'trust', stop: () => trust.stop() }],
    [{ name: 'timers', stop: () => clock.end() }],
    [{ name: 'bus', stop: () => bus.stop() }],
    [{ name: 'address', stop: () => (isAlone ? forgetRunning(config.dataDir) : undefined) }],
    [{ name: 'database', withinMs: DATABASE_STOP_MS, stop: () => database.stop() }],
  ];
}

/** A token first: whoever sends one means it, whatever cookies lie in his browser. */
function whoAsks(sql: RawSql, clock: Clock, request: FastifyRequest): Promise<Principal | null> {
  const { authorization } = request.headers;
  return authorization === undefined
    ? authenticateSession(sql, clock, request)
    : authenticate(sql, authorization);
}

async function startOn(database: Database, config: ServerConfig, deps: ProcessDeps): Promise<MusterServer> {
  const { log, bus } = deps;
  // Whatever of this process waits for its time has this one: once it has ended nothing begins any more.
  const clock = createEndingClock(deps.clock);
  const { sql } = database;
  const isAlone = deps.openDatabase === undefined;
  const tls = await openTls(config, clock);
  const keyFolder = join(config.dataDir, 'keys');
  const spkiPin = tls?.spkiPin ?? null;
  const where = describeSite(config.publicUrl, config.consolePort);
  const trust = await openTrust({
    ...{ sql, clock, log, keyFolder, organization: config.organization, spkiPin },
    ...(config.consolePort === undefined ? {} : { pages: passkeyPages(where) }),
  });
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
  const site = createConsole();
  const { app, answer, take, routes } = await createHttp({
    log,
    page: site.page,
    tls: tls ?? undefined,
    permissions: new Set(allPermissions),
    now: () => clock.now(),
    scopes: features.scopes,
    site: where,
    authenticate: (request) => whoAsks(sql, clock, request),
    ...(front === null ? {} : { front: (request, response, here) => front.answer(request, response, here) }),
  });
  const role = createRole({ bus, log, sql, trust, features, answer, lease, front });
  noteSignedIn(app, gateway);
  await registerApiDocument(app, config.publicUrl);
  const { workers } = config;
  registerOperationRoutes(app, { database, gateway, loopDelay, bus, workers, worker: deps.worker });
  registerCheckRoutes(app, { config, database, clock, tls, trust, mail: mailOf(config) });
  serveFeatures(app, base, features);
  await site.serve(app);
  database.health.onChange((state) => state === 'available' && lease?.look());
  const running = {
    ...{ config, clock, bus, database, trust, loopDelay, features, app, front, role, isAlone },
  };
  const parts = listParts(running);
  const left: string[] = [];
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= stopAll(parts, left, deps);
    return stopping;
  };
  const { over } = role;
  const ca = tls?.ca ?? null;
  try {
    const url = await begin(running, take, deps);
    return { url, ca, tenant: trust.tenant, database, gateway, app, routes, over, stop, left: () => left };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Takes up the role, then listens; answers with the address, or nothing when it was told to stop before that. */
async function begin(running: Running, take: RequestListener, deps: ProcessDeps): Promise<string> {
  const { config, app, role, features, loopDelay, isAlone, database } = running;
  deps.doing?.('starting features');
  // The database may be away for as long as it likes: nobody who wants this to stop waits for it.
  const isTold = await Promise.race([role.start().then(() => false), untilTold(deps.told)]);
  if (isTold) return '';
  features.gateway.attach(app.server);
  const { consolePort: port } = config;
  const local = port === undefined ? null : createLocalListener(app, { port, take });
  const url = await listen(app, config);
  await local?.listen();
  loopDelay.start();
  if (isAlone) await noteRunning(config.dataDir, database.address);
  await noteAddresses(config);
  deps.log.info(
    { url, ...(port === undefined ? {} : { console: localOrigin(port) }) },
    isAlone ? 'server is ready' : 'worker listens',
  );
  return url;
}

async function stopAll(parts: readonly Part[][], left: string[], deps: ProcessDeps): Promise<void> {
  left.push(...(await stopParts(parts, deps)));
  if (left.length === 0) deps.log.info('server stopped');
}

/** Resolves when somebody tells it to stop; never where nobody can. */
async function untilTold(told: Promise<unknown> | undefined): Promise<boolean> {
  if (told === undefined) return new Promise<never>(() => undefined);
  await told;
  return true;
}
