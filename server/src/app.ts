// The composition root of the server: one visible line a feature.
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { AUTH_DEADLINE_MS } from '@muster/protocol';
import { registerApiDocument } from './api-document.ts';
import type { Bus } from './bus/bus.ts';
import { createLocalBus } from './bus/local.ts';
import { createChanges } from './changes.ts';
import type { ServerConfig } from './config.ts';
import { createAnswerDurable } from './core/agents/durable.ts';
import type { Clock } from './core/clock.ts';
import { nodeCrypto } from './core/crypto.ts';
import { type Database, openDatabase } from './core/db/database.ts';
import { forgetRunning, noteRunning } from './core/db/running.ts';
import { createHttp, type HttpApp } from './core/http/server.ts';
import type { Logger } from './core/log.ts';
import { createTimerWheel } from './core/timer-wheel.ts';
import { ensureOwnTls, readTlsFiles, type TlsIdentity } from './core/tls.ts';
import { fail } from './errors.ts';
import { adoptSigners, allPermissions, authenticate, registerAccessRoutes } from './features/access/index.ts';
import { createAlerts } from './features/alerts/index.ts';
import { createContent } from './features/content/index.ts';
import {
  createDeviceNames,
  createDirectory,
  createFleetRows,
  createTargetSource,
  registerDeviceRoutes,
} from './features/devices/index.ts';
import { createEnrollDevice, registerEnrollmentRoutes } from './features/enrollment/index.ts';
import { createFleet, type Fleet } from './features/fleet/index.ts';
import { createHalts } from './features/halts/index.ts';
import { createFactReader, createInventory } from './features/inventory/index.ts';
import { createMetrics } from './features/metrics/index.ts';
import { createRuns } from './features/runs/index.ts';
import { openTrust, registerTrustRoutes, type Trust } from './features/trust/index.ts';
import { createGateway, type Gateway } from './gateway/gateway.ts';
import { registerOperationRoutes } from './operations.ts';

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
  const openOwn = () =>
    openDatabase({
      dataDir: config.dataDir,
      databaseUrl: config.databaseUrl,
      clock,
      log,
      ...(config.databaseConnections === undefined ? {} : { poolMax: config.databaseConnections }),
    });
  const database = await (deps.openDatabase ?? openOwn)();
  const bus = deps.bus ?? createLocalBus(deps);
  try {
    return await startOn(database, config, { ...deps, bus });
  } catch (error) {
    await bus.stop();
    await database.stop();
    throw error;
  }
}

/** What everything below needs; the bus is there in any case. */
type ProcessDeps = ServerDeps & { readonly bus: Bus };

/** What the features need of a started server. */
interface Base extends ProcessDeps {
  readonly config: ServerConfig;
  readonly database: Database;
  readonly trust: Trust;
}

/** Every feature with what it is handed; levels and walls stand in test/src/architecture/layers.ts. */
function createFeatures(base: Base) {
  const { bus, clock, log, config, database, trust } = base;
  const { sql, db } = database;
  const crypto = nodeCrypto;
  const devices = createDeviceNames(sql);
  const changes = createChanges({ clock, log, devices });
  const fleet = createFleet({
    ...{ clock, log },
    source: { ...createFleetRows(sql), facts: createFactReader(sql) },
  });
  // A commit whose answer was lost with the database was noted by nobody.
  database.health.onChange((state) => state === 'available' && fleet.doubt());
  const deviceChanged = (tenant: number, idx: number) => {
    fleet.note('device', tenant, idx);
    changes.note('device', tenant, idx);
  };
  const directory = createDirectory({ sql, clock, log, changed: deviceChanged });
  const enrollment = { sql, db, clock, log, crypto, trust, registered: deviceChanged };
  const gateway = createGateway({
    bus,
    directory,
    enroll: createEnrollDevice(enrollment),
    trust,
    crypto,
    clock,
    log,
    admission: {
      handshakesPerSecond: config.handshakesPerSecond,
      burst: config.handshakeBurst,
      maxUnauthenticated: config.maxUnauthenticated,
      maxSessions: config.maxSessions,
    },
    authDeadlineMs: AUTH_DEADLINE_MS,
    beatMs: config.beatMs,
    createWheel: (onDue) => createTimerWheel({ clock, onDue }),
  });
  const inventory = createInventory({
    sql,
    clock,
    log,
    devices,
    connections: gateway.connections,
    changed: (all) =>
      all.forEach(({ tenant, idx, renamed, sections }) => {
        fleet.note('inventory', tenant, idx);
        if (sections.length > 0) changes.note('inventory', tenant, idx);
        if (renamed) deviceChanged(tenant, idx);
      }),
  });
  const alertChanged = (tenant: number, idx: number) => changes.note('alerts', tenant, idx);
  const answerDurable = createAnswerDurable({ clock, log });
  const alerts = createAlerts({ sql, clock, devices, answerDurable, changed: alertChanged });
  const retention = { minuteDays: config.chunkDays, hourDays: config.rollupDays };
  const { connections } = gateway;
  const metrics = createMetrics({ sql, clock, log, devices, connections, answerDurable, retention });
  const commands = createCommands(base, { devices, connections, fleet });
  const { halts, runs } = commands;
  // Halts before runs: a device that connects hears what must not start before it is offered anything.
  const { here, controller } = gateway.places;
  for (const feature of [inventory, metrics]) feature.register(here, controller);
  alerts.register(here);
  for (const feature of [halts, runs]) feature.register(controller);
  return {
    directory,
    fleet,
    deviceChanged,
    enrollment,
    gateway,
    inventory,
    alerts,
    metrics,
    changes,
    ...commands,
  };
}

/** What of the others the features of commands are handed. */
interface CommandParts {
  readonly devices: ReturnType<typeof createDeviceNames>;
  readonly connections: Gateway['connections'];
  readonly fleet: Fleet;
}

/** The features of commands. */
function createCommands({ clock, log, database, trust }: Base, parts: CommandParts) {
  const { sql } = database;
  const crypto = nodeCrypto;
  const { devices: names, connections, fleet } = parts;
  const content = createContent({ sql, clock, crypto, trust });
  const halts = createHalts({ sql, clock, log, crypto, trust });
  const devices = createTargetSource(sql, crypto);
  const base = { sql, clock, log, crypto, trust, names, devices, connections };
  return { content, halts, runs: createRuns({ ...base, content, halts, fleet }) };
}

type Features = ReturnType<typeof createFeatures>;

/** Every feature's routes. */
function serveFeatures(app: HttpApp, { config, database, clock, trust }: Base, features: Features): void {
  const { gateway, enrollment, inventory, alerts, metrics, changes, content, halts, runs } = features;
  registerTrustRoutes(app, trust);
  const persons = { sql: database.sql, clock, org: trust.org, trust: () => trust.current().document };
  registerAccessRoutes(app, persons);
  registerDeviceRoutes(app, {
    db: database.db,
    clock,
    crypto: nodeCrypto,
    fleet: features.fleet,
    changed: features.deviceChanged,
    facts: (tenant, idxs) => inventory.summaries(tenant, idxs),
    async retired(tenant, idx) {
      gateway.disconnect(tenant, idx, 'E_RETIRED');
      await Promise.all([inventory, alerts, runs].map((feature) => feature.forget(tenant, idx)));
    },
  });
  registerEnrollmentRoutes(app, enrollment, config.publicUrl);
  for (const feature of [inventory, alerts, metrics, changes, content, halts, runs]) feature.serve(app);
}

async function startOn(database: Database, config: ServerConfig, deps: ProcessDeps): Promise<MusterServer> {
  const { clock, log, bus } = deps;
  const { sql } = database;
  const isAlone = deps.openDatabase === undefined;
  const tls = await openTls(config, clock);
  const keyFolder = join(config.dataDir, 'keys');
  const spkiPin = tls?.spkiPin ?? null;
  const trust = await openTrust({ sql, clock, log, keyFolder, organization: config.organization, spkiPin });
  await adoptSigners(sql, trust.tenant, trust.current().document);
  trust.onChange(({ document }) => adoptSigners(sql, trust.tenant, document));
  const base: Base = { ...deps, config, database, trust };
  const features = createFeatures(base);
  const { gateway, directory, fleet, inventory, alerts, metrics, halts, runs } = features;
  const { app } = await createHttp({
    log,
    tls: tls ?? undefined,
    permissions: new Set(allPermissions),
    authenticate: (request) => authenticate(sql, request.headers.authorization),
  });
  // Behind authentication, before the work: whoever is signed in takes no place from those who have proven nothing.
  app.addHook('preHandler', async ({ principal, raw }) => {
    if (principal !== null) gateway.signedIn(raw.socket);
  });
  await registerApiDocument(app, config.publicUrl);
  const { workers } = config;
  registerOperationRoutes(app, { database, gateway, bus, workers, worker: deps.worker });
  serveFeatures(app, base, features);
  await Promise.all([directory.start(bus), inventory.start(), metrics.start(), halts.start()]);
  await runs.start();
  // Behind those that correct the table at start; requests need not wait for it.
  fleet.start();
  gateway.take(0);
  gateway.attach(app.server);
  const url = await listen(app, config);
  if (isAlone) await noteRunning(config.dataDir, database.address);
  log.info({ url }, isAlone ? 'server is ready' : 'worker listens');
  return {
    url,
    ca: tls?.ca ?? null,
    tenant: trust.tenant,
    database,
    gateway,
    app,
    async stop() {
      await gateway.stop();
      await app.close();
      await Promise.all([
        runs.stop(),
        fleet.stop(),
        halts.stop(),
        inventory.stop(),
        metrics.stop(),
        alerts.stop(),
        directory.stop(),
      ]);
      await bus.stop();
      if (isAlone) await forgetRunning(config.dataDir);
      await database.stop();
      log.info('server stopped');
    },
  };
}
