// The composition of the features: one visible line a feature, and what each is handed.
import { join } from 'node:path';
import { AUTH_DEADLINE_MS } from '@muster/protocol';
import type { Bus } from './bus/bus.ts';
import { createChanges } from './changes.ts';
import type { ServerConfig } from './config.ts';
import { type AnswerDurable, createAnswerDurable } from './core/agents/durable.ts';
import { createRefusals } from './core/audit/refusals.ts';
import type { Clock } from './core/clock.ts';
import { nodeCrypto } from './core/crypto.ts';
import type { Database } from './core/db/database.ts';
import type { HttpApp } from './core/http/server.ts';
import { describeSite } from './core/http/site.ts';
import type { LeaseKeeper } from './core/lease.ts';
import type { Logger } from './core/log.ts';
import type { LoopDelay } from './core/loop-delay.ts';
import { createSeal } from './core/seal.ts';
import { createTimerWheel } from './core/timer-wheel.ts';
import { checkLabels, registerAccessRoutes } from './features/access/index.ts';
import { createAlerts } from './features/alerts/index.ts';
import { type Audit, createAudit } from './features/audit/index.ts';
import { createCompliance } from './features/compliance/index.ts';
import { createContent } from './features/content/index.ts';
import {
  createDeviceNames,
  createDirectory,
  createFleetRows,
  createTargetSource,
  fenceSessions,
  registerDeviceRoutes,
} from './features/devices/index.ts';
import { createEnrolling, registerEnrollmentRoutes } from './features/enrollment/index.ts';
import { createFleet, type Fleet } from './features/fleet/index.ts';
import { createGroups } from './features/groups/index.ts';
import { createHalts } from './features/halts/index.ts';
import { createFactReader, createInventory, createSoftwareReader } from './features/inventory/index.ts';
import { createMetrics } from './features/metrics/index.ts';
import { createNotifications, type MailSettings } from './features/notifications/index.ts';
import { createPolicies } from './features/policies/index.ts';
import { createPresence } from './features/presence/index.ts';
import { createRuns } from './features/runs/index.ts';
import { createSignin, endSignIn, openProvider } from './features/signin/index.ts';
import { registerTrustRoutes, type Trust } from './features/trust/index.ts';
import { registerViewRoutes } from './features/views/index.ts';
import { createGateway, type Gateway } from './gateway/gateway.ts';
import { createNotes, type Note } from './notes.ts';

/** What the features need of a started process. */
export interface Base {
  readonly clock: Clock;
  readonly log: Logger;
  readonly bus: Bus;
  readonly config: ServerConfig;
  readonly database: Database;
  readonly trust: Trust;
  /** Watches the event loop of this process. */
  readonly loopDelay: LoopDelay;
  /** Fences what the controller stores; null with one process. */
  readonly lease: LeaseKeeper | null;
  /** Told which other process is the controller; null: none is. */
  followed(controller: string | null): void;
}

/** Every feature with what it is handed; levels and walls stand in test/src/architecture/layers.ts. */
export function createFeatures(base: Base) {
  const { bus, clock, log, config, database, trust } = base;
  const { sql, db } = database;
  const crypto = nodeCrypto;
  const devices = createDeviceNames(sql);
  const changes = createChanges({ clock, log, devices });
  const fleet = createFleet({
    ...{ clock, log, software: createSoftwareReader(sql) },
    source: { ...createFleetRows(sql), facts: createFactReader(sql) },
  });
  // A commit whose answer was lost with the database was noted by nobody.
  database.health.onChange((state) => state === 'available' && fleet.doubt());
  const notes = createNotes({
    bus,
    deliver: (note) => deliver(note, { fleet, changes, metrics, notifications }),
    doubt: () => fleet.doubt(),
  });
  const deviceChanged = (tenant: number, idx: number) => notes.note('device', { tenant, idx });
  const shared = sharedBy(base);
  const directory = createDirectory({ sql, clock, log, changed: deviceChanged });
  const enrollment = { sql, db, clock, log, crypto, trust, registered: deviceChanged };
  const { audit, refusals } = openAudit(base);
  const enrolling = createEnrolling(enrollment, (refusal) => refusals.note(refusal));
  const gateway = openGateway(base, { directory, enroll: enrolling.enroll });
  const inventory = createInventory({
    sql,
    clock,
    log,
    devices,
    connections: gateway.connections,
    ...shared,
    changed: (all) =>
      all.forEach(({ tenant, idx, renamed, sections }) => {
        notes.note('inventory', { tenant, idx });
        if (sections.length > 0) notes.note('shown', { tenant, idx });
        if (renamed) deviceChanged(tenant, idx);
      }),
  });
  const alertChanged = (tenant: number, idx: number) => notes.note('alerts', { tenant, idx });
  const answerDurable = createAnswerDurable({ clock, log });
  const notifications = openNotifications(base, { devices, fleet });
  const { announce } = notifications;
  const alerts = createAlerts({
    ...{ sql, clock, devices, answerDurable, ...shared, announce },
    changed: alertChanged,
  });
  const retention = { minuteDays: config.chunkDays, hourDays: config.rollupDays };
  const { connections } = gateway;
  const metrics = createMetrics({
    ...{ sql, clock, log, devices, connections, answerDurable, retention, ...shared },
    announceStored: (device, toMs) => notes.note('chunk', device, toMs),
  });
  const overFleet = createOverFleet(base, { devices, fleet, answerDurable });
  const commands = createCommands(base, { devices, connections, fleet, audit });
  const { halts, runs } = commands;
  // Halts before runs: a device that connects hears what must not start before it is offered anything.
  const { here, controller } = gateway.places;
  for (const feature of [inventory, metrics, overFleet.policies]) feature.register(here, controller);
  for (const feature of [alerts, overFleet.compliance]) feature.register(here);
  for (const feature of [audit, halts, runs]) feature.register(controller);
  return {
    audit,
    refusals,
    directory,
    fleet,
    scopes: { ...fleet.scopes, find: (tenant: number, id: string) => devices.find(tenant, id) },
    notes,
    deviceChanged,
    enrollment,
    enrolling,
    gateway,
    inventory,
    alerts,
    metrics,
    changes,
    ...overFleet,
    notifications,
    ...commands,
  };
}

/** The audit, and what writes refusals into it. */
function openAudit({ clock, log, database, trust, lease }: Base) {
  const { sql } = database;
  const fenced = lease === null ? {} : { fenced: lease.fenced };
  return {
    audit: createAudit({ sql, clock, log, crypto: nodeCrypto, trust, ...fenced }),
    refusals: createRefusals({ sql, clock, log, tenant: trust.tenant }),
  };
}

/** With several processes: what the controller stores is fenced by its lease, what a session brings by its epoch. */
function sharedBy({ lease }: Base) {
  return lease === null ? {} : { fenced: lease.fenced, fence: fenceSessions };
}

/** Where a note of any gateway goes at the controller. */
function deliver(
  [kind, tenant, idx, value]: Note,
  to: {
    readonly fleet: Pick<Fleet, 'note'>;
    readonly changes: Pick<ReturnType<typeof createChanges>, 'note'>;
    readonly metrics: Pick<ReturnType<typeof createMetrics>, 'stored'>;
    readonly notifications: Pick<ReturnType<typeof createNotifications>, 'wake'>;
  },
): void {
  if (kind === 'chunk') to.metrics.stored({ tenant, idx }, value);
  else if (kind === 'shown') to.changes.note('inventory', tenant, idx);
  else if (kind === 'alerts') {
    to.changes.note('alerts', tenant, idx);
    to.notifications.wake();
  } else {
    to.fleet.note(kind, tenant, idx);
    if (kind === 'device') to.changes.note('device', tenant, idx);
  }
}

/** Settings of mail; null when the server's settings name no mail server. */
export function mailOf({ smtpHost: host, mailFrom: from, ...config }: ServerConfig): MailSettings | null {
  if (host === undefined || from === undefined) return null;
  return {
    ...{ host, from, port: config.smtpPort, security: config.smtpSecurity, user: config.smtpUser },
    passwordFile: config.smtpPasswordFile,
    caFile: config.smtpCaFile,
  };
}

/** What is little more than questions to the fleet index. */
function createOverFleet(
  { clock, log, database, trust, lease }: Base,
  parts: {
    readonly devices: ReturnType<typeof createDeviceNames>;
    readonly fleet: Fleet;
    readonly answerDurable: AnswerDurable;
  },
) {
  const base = { sql: database.sql, clock, log, ...parts };
  const fenced = lease === null ? {} : { fenced: lease.fenced };
  const fence = lease === null ? {} : { fence: fenceSessions };
  const policies = createPolicies({ ...base, ...fence, ...fenced, trust, crypto: nodeCrypto });
  return {
    groups: createGroups(base),
    policies,
    compliance: createCompliance({ ...base, ...fence, ...fenced, tenant: trust.tenant, policies }),
    presence: createPresence({ ...base, tenant: trust.tenant, ...fenced }),
  };
}

/** Tells people of alerts. */
function openNotifications(
  { clock, log, config, database, trust, lease }: Base,
  parts: { readonly devices: ReturnType<typeof createDeviceNames>; readonly fleet: Fleet },
) {
  return createNotifications({
    ...{ clock, log, ...parts, sql: database.sql, tenant: trust.tenant, publicUrl: config.publicUrl },
    mail: mailOf(config),
    seal: createSeal(join(config.dataDir, 'keys'), 'webhooks'),
    webhookReach: config.webhookReach,
    ...(lease === null ? {} : { fenced: lease.fenced }),
  });
}

/** The agents' side of the process. */
function openGateway(
  { bus, clock, log, config, trust, loopDelay, followed }: Base,
  parts: Pick<Parameters<typeof createGateway>[0], 'directory' | 'enroll'>,
): Gateway {
  return createGateway({
    ...parts,
    ...{ bus, trust, clock, log, followed },
    crypto: nodeCrypto,
    admission: {
      handshakesPerSecond: config.handshakesPerSecond,
      burst: config.handshakeBurst,
      maxUnauthenticated: config.maxUnauthenticated,
      maxSessions: config.maxSessions,
    },
    delayMs: () => loopDelay.recentMs(),
    authDeadlineMs: AUTH_DEADLINE_MS,
    beatMs: config.beatMs,
    createWheel: (onDue) => createTimerWheel({ clock, onDue }),
  });
}

/** What of the others the features of commands are handed. */
interface CommandParts {
  readonly devices: ReturnType<typeof createDeviceNames>;
  readonly connections: Gateway['connections'];
  readonly fleet: Fleet;
  readonly audit: Audit;
}

/** The features of commands. */
function createCommands({ clock, log, database, trust, lease }: Base, parts: CommandParts) {
  const { sql } = database;
  const crypto = nodeCrypto;
  const { devices: names, connections, fleet, audit } = parts;
  const content = createContent({ sql, clock, crypto, trust });
  const shared = lease === null ? {} : { fenced: lease.fenced };
  const { checkpoint } = audit;
  const halts = createHalts({ sql, clock, log, crypto, trust, checkpoint, ...shared });
  const devices = createTargetSource(sql, crypto);
  const base = { sql, clock, log, crypto, trust, names, devices, connections, ...shared };
  return { content, halts, runs: createRuns({ ...base, content, halts, fleet }) };
}

/** All of them. */
export type Features = ReturnType<typeof createFeatures>;

/** Every feature's routes. */
export function serveFeatures(
  app: HttpApp,
  { config, database, clock, trust }: Base,
  features: Features,
): void {
  features.refusals.watch(app);
  const { audit, gateway, enrollment, inventory, alerts, metrics, changes, groups, content, halts, runs } =
    features;
  const { presence, policies, compliance } = features;
  features.notifications.serve(app);
  registerTrustRoutes(app, trust);
  const site = describeSite(config.publicUrl, config.consolePort);
  const inForce = () => trust.current().document;
  registerAccessRoutes(app, { sql: database.sql, clock, org: trust.org, site, trust: inForce, endSignIn });
  const { tenant, name: organization } = trust;
  const keyFolder = join(config.dataDir, 'keys');
  // It sends people back to the address that was registered with it.
  const provider = openProvider(config, describeSite(config.publicUrl));
  createSignin({ sql: database.sql, clock, tenant, organization, site, keyFolder, provider }).serve(app);
  registerDeviceRoutes(app, {
    db: database.db,
    clock,
    crypto: nodeCrypto,
    fleet: features.fleet,
    changed: features.deviceChanged,
    checkLabels: (principal, keys) => checkLabels(database.sql, principal, keys),
    facts: (tenant, idxs) => inventory.summaries(tenant, idxs),
    members: (tenant, group) => groups.members(tenant, group),
    async retired(tenant, idx) {
      gateway.disconnect(tenant, idx, 'E_RETIRED');
      await Promise.all(
        [inventory, alerts, runs, policies, compliance, features.notifications].map((feature) =>
          feature.forget(tenant, idx),
        ),
      );
    },
  });
  registerViewRoutes(app, { sql: database.sql, clock });
  registerEnrollmentRoutes(app, enrollment, config.publicUrl);
  const over = [groups, policies, compliance, presence];
  for (const feature of [audit, inventory, alerts, metrics, changes, ...over, content, halts, runs])
    feature.serve(app);
}
