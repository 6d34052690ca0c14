// A stage for tests of commands: the features over a real database, signers, and devices that answer offers as they are told.

import { createHash } from 'node:crypto';
import {
  type Envelope,
  encodeBase64url,
  encodeUtf8,
  fingerprint,
  type RunOffer,
  type RunReport,
  type RunState,
  sealEnvelope,
  type TrustDocument,
  type TrustState,
} from '@muster/protocol';
import { RESULT_TYPE, type Result } from '@muster/protocol/commands';
import type { Session } from '../../../core/agents/session.ts';
import { type Clock, systemClock } from '../../../core/clock.ts';
import { makeSigningKey, nodeCrypto, type SigningKey } from '../../../core/crypto.ts';
import { createHttp } from '../../../core/http/server.ts';
import type { Fenced } from '../../../core/lease.ts';
import { silentLog } from '../../../core/log.ts';
import { openTestDatabase, type TestDatabase, type TestLike } from '../../../core/testing/database.ts';
import { makePrincipal } from '../../../core/testing/principal.ts';
import { fail } from '../../../errors.ts';
import { createHandlers } from '../../../gateway/handlers.ts';
import { createContent } from '../../content/index.ts';
import { createDeviceNames, createFleetRows, createTargetSource } from '../../devices/index.ts';
import { createFleet, type FleetSource } from '../../fleet/index.ts';
import { createHalts } from '../../halts/index.ts';
import { createTestConnections } from '../../inventory/testing/api.ts';
import { addDevices, createTenants } from '../../inventory/testing/fleet.ts';
import { createTestSession, type TestSession } from '../../inventory/testing/session.ts';
import { createRuns } from '../index.ts';
import { ORG, sign } from './documents.ts';

/** Keys and the trust document that names them. */
function createTestTrust(mode: TrustDocument['mode'] = 'hardened') {
  const keys = {
    server: makeSigningKey(),
    anna: makeSigningKey(),
    ben: makeSigningKey(),
    cleo: makeSigningKey(),
  };
  const keyOf = (key: SigningKey) => ({ scheme: 'ed25519' as const, key: encodeBase64url(key.publicKey) });
  const signer = (id: string, key: SigningKey, roles: TrustDocument['signers'][number]['roles']) => ({
    ...{ id, name: id, kind: 'person' as const, roles, kinds: ['*'], keys: [keyOf(key)] },
  });
  const document: TrustDocument = {
    v: 1,
    org: ORG,
    version: 3,
    issuedAt: new Date().toISOString(),
    mode,
    root: { threshold: 1, keys: [keyOf(makeSigningKey())] },
    signers: [
      signer('anna', keys.anna, ['request', 'approve', 'halt']),
      signer('ben', keys.ben, ['request', 'approve', 'halt']),
      signer('cleo', keys.cleo, ['halt']),
    ],
    serverKeys: [keyOf(keys.server)],
    tlsPins: [],
    releaseKeys: [],
    rpIds: [],
    origins: [],
    classes: {},
    policyEpoch: 1,
  };
  const state: TrustState = { document, hash: 'x', payload: encodeUtf8(JSON.stringify(document)) };
  return {
    ...{ keys, tenant: 1, org: ORG, current: () => state, chainAfter: () => [], onChange: () => undefined },
    seal: (type: string, body: object): Envelope =>
      sealEnvelope(type, encodeUtf8(JSON.stringify(body)), [keys.server]),
  };
}

/** What a device does with an offer: the states it reports, in order. */
export type Behavior = (offer: RunOffer, idx: number) => readonly RunState[];

/** A device of the stage. */
export interface StageDevice {
  readonly idx: number;
  readonly id: string;
  readonly hostname: string;
  readonly fingerprint: string;
  readonly key: SigningKey;
}

interface StageOptions {
  readonly devices?: number;
  readonly mode?: TrustDocument['mode'];
  /** A database of an earlier stage: the server starts again on it. */
  readonly database?: TestDatabase;
  readonly trust?: ReturnType<typeof createTestTrust>;
  readonly known?: readonly StageDevice[];
  /** While it says so, the answer of what halts store is lost. */
  readonly isCut?: () => boolean;
}

/** A clock whose wall time the test moves; timers stay real. */
function createWall(): Clock & { nowMs: number | null } {
  const wall = { ...systemClock, nowMs: null as number | null, now: () => wall.nowMs ?? Date.now() };
  return wall;
}

async function makeDevices(database: TestDatabase, count: number): Promise<StageDevice[]> {
  await createTenants(database.sql, [1]);
  const refs = await addDevices(database.sql, 1, count);
  const devices = refs.map(({ idx, deviceId }) => {
    const key = makeSigningKey();
    const print = fingerprint(key.publicKey, nodeCrypto);
    return { idx, id: deviceId, hostname: `host-${idx}`, fingerprint: print, key };
  });
  // Few devices have keys of their own; thousands are never asked for a result.
  for (const { idx, key } of devices.slice(0, 64))
    await database.sql`UPDATE device SET device_key = ${Buffer.from(key.publicKey)} WHERE tenant = 1 AND idx = ${idx}`;
  return devices;
}

/** Starts the features. Stopping and starting again on the same database is a restart of the server. */
export async function openStage(t: TestLike, options: StageOptions = {}) {
  const database = options.database ?? (await openTestDatabase(t));
  const { sql } = database;
  const devices = options.known ?? (await makeDevices(database, options.devices ?? 3));
  const trust = options.trust ?? createTestTrust(options.mode);
  const clock = createWall();
  const connections = createTestConnections();
  const handlers = createHandlers();
  const base = { sql, clock, log: silentLog, crypto: nodeCrypto, trust };
  const fleet = createFleet({
    ...{ clock, log: silentLog },
    source: { ...createFleetRows(sql), facts: (tenant, idxs) => stage.facts(tenant, idxs) },
  });
  const content = createContent(base);
  const fenced: Fenced = async (work) => {
    const done = await work(sql);
    if (options.isCut?.() === true) throw fail('E_UNAVAILABLE');
    return done;
  };
  const halts = createHalts({ ...base, fenced });
  const runs = createRuns({
    ...{ ...base, content, halts, connections },
    names: createDeviceNames(sql),
    devices: createTargetSource(sql, nodeCrypto),
    fleet,
  });
  for (const feature of [halts, runs]) feature.register(handlers.routes);
  await halts.start();
  await runs.start();
  fleet.start();
  const permissions = new Set(
    ['jobs', 'content', 'halts'].flatMap((subject) =>
      ['read', 'write', 'approve'].map((act) => `${subject}.${act}`),
    ),
  );
  const { app } = await createHttp({
    log: silentLog,
    tls: undefined,
    permissions,
    authenticate: async () => makePrincipal(permissions),
    now: () => Date.now(),
  });
  for (const feature of [content, halts, runs]) feature.serve(app);
  await app.ready();
  let isStopped = false;
  async function stop(): Promise<void> {
    if (isStopped) return;
    isStopped = true;
    await app.close();
    await runs.stop();
    await halts.stop();
    await fleet.stop();
  }
  t.teardown(stop);

  /** Calls the API; a text body is sent as bytes. */
  async function call(method: 'GET' | 'POST' | 'PUT', path: string, body?: object | Buffer) {
    const isBytes = Buffer.isBuffer(body);
    const headers =
      body === undefined ? {} : { 'content-type': isBytes ? 'application/octet-stream' : 'application/json' };
    const payload = body === undefined ? {} : { payload: isBytes ? body : JSON.stringify(body) };
    const answer = await app.inject({ method, url: `/api/v1${path}`, headers, ...payload });
    const isJson = String(answer.headers['content-type']).includes('json');
    return { status: answer.statusCode, body: isJson ? answer.json() : null, bytes: answer.rawPayload };
  }

  const stage = {
    /** Facts of devices for expressions; a test may put real ones in place of none. */
    facts: (async () => new Map()) as FleetSource['facts'],
    ...{
      fleet,
      database,
      sql,
      devices,
      trust,
      clock,
      connections,
      handlers,
      runs,
      halts,
      content,
      app,
      call,
      stop,
    },
    /** The server dies: nothing is drained, and nothing it still does is heard. */
    again: (more: Partial<StageOptions> = {}) => openStage(t, { database, trust, known: devices, ...more }),
    connect: (idx: number, capability = 2) => connect(idx, capability),
    disconnect(session: Session) {
      connections.remove(session);
      Object.assign(session, { open: false });
      handlers.closed(session, 'closed');
    },
    /** Answers every offer to a session, now and later, with those reports. */
    obey(session: TestSession, behavior: Behavior) {
      const own = session.send.bind(session);
      session.send = (message) => {
        own(message);
        if (message.type !== 'run.offer') return;
        setImmediate(() => void report(session, message, behavior(message, session.idx)));
      };
      for (const message of session.sent)
        if (message.type === 'run.offer') void report(session, message, behavior(message, session.idx));
    },
    report,
  };
  return stage;

  function connect(idx: number, capability: number): TestSession {
    const device = devices[idx];
    if (device === undefined) throw new Error(`no device ${idx}`);
    const session = createTestSession({ tenant: 1, idx, deviceId: device.id });
    Object.assign(session, { capability });
    connections.add(session);
    handlers.opened(session);
    return session;
  }

  /** Sends the reports of a run, one after the other. */
  async function report(
    session: TestSession,
    { cmdId }: { readonly cmdId: string },
    states: readonly RunState[],
    from: Partial<RunReport> & { output?: string } = {},
  ): Promise<void> {
    const key = devices[session.idx]?.key;
    for (const [at, state] of states.entries()) {
      const isEnd = ['succeeded', 'failed', 'refused', 'expired', 'canceled'].includes(state);
      const output = isEnd ? (from.output ?? '') : '';
      const result =
        isEnd && key !== undefined
          ? makeResult({ cmdId, deviceId: session.deviceId, state, output, key })
          : null;
      await handlers.message('run.report')?.(session, {
        ...{ type: 'run.report', seq: 1 + at, cmdId, state, n: 1 + at, at: new Date().toISOString() },
        ...{ code: state === 'failed' || state === 'refused' ? 'E_LOCAL_DENY' : null, message: '', result },
        ...from,
        output: encodeBase64url(encodeUtf8(output)),
      } as never);
    }
  }
}

function makeResult(one: {
  readonly cmdId: string;
  readonly deviceId: string;
  readonly state: RunState;
  readonly output: string;
  readonly key: SigningKey;
}): Envelope {
  const at = new Date().toISOString();
  const { cmdId, deviceId, state, output, key } = one;
  const result: Result = {
    ...{ v: 1, org: ORG, deviceId, cmdId, state: state as Result['state'], code: null },
    ...{
      exit: state === 'succeeded' ? 0 : null,
      summary: `It ${state}.`,
      startedAt: at,
      endedAt: at,
      attempts: 1,
    },
    ...{ unchanged: false, dryRun: false },
    outputSha256: createHash('sha256').update(output).digest('base64url'),
    // Three bytes more were written than kept.
    outputBytes: Buffer.byteLength(output) + 3,
  };
  return sign(RESULT_TYPE, result, [key]);
}

export type Stage = Awaited<ReturnType<typeof openStage>>;
