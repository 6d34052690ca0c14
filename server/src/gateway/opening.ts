// The opening of a session: checks the device's proof and its epoch, and makes the signed welcome.
import { randomBytes } from 'node:crypto';
import {
  type Auth,
  authTranscript,
  CAPABILITY,
  type Crypto,
  decodeBase64url,
  encodeBase32,
  fail,
  OLDEST_CAPABILITY,
  readTimeMs,
  type ServerMessage,
  WELCOME_TYPE,
} from '@muster/protocol';
import type { DeviceDirectory, DeviceNumber, DeviceRecord, TrustSource } from '../core/agents/directory.ts';
import type { Clock } from '../core/clock.ts';
import type { AgentConnection, Identity } from './connection.ts';
import { RECONNECT_WINDOW_CAPABILITY } from './limits.ts';

/** What opening needs. */
export interface OpeningDeps {
  readonly directory: DeviceDirectory;
  readonly trust: TrustSource;
  readonly crypto: Crypto;
  readonly clock: Clock;
  /** True when this server ends TLS itself, so that an unbound signature is refused. */
  readonly requireBinding: boolean;
  /** The key is proven: this opening is the only one of the device from now on. Throws E_BUSY when another is under way. */
  claim(device: DeviceNumber): void;
  /** True when the device's present session answers a ping, wherever it is. */
  isAlive(device: DeviceRecord): Promise<boolean>;
  /** Name of this process. */
  readonly gateway: string;
  readonly beatMs: number;
  readonly window: number;
  /** The window in which all come back when this process dies, with this session among them, ms; undefined: none is needed. */
  reconnectWindowMs(): number | undefined;
}

/** What a successful opening gives. */
export interface Opened {
  readonly identity: Identity;
  readonly welcome: ServerMessage;
}

/** When a device that waits for a person should ask again, ms. */
export const WAIT_FOR_PERSON_MS = { pending: 10_000, quarantined: 300_000 } as const;

/**
 * Opens a session for `auth`, or rejects with the code the device gets: E_UNKNOWN_DEVICE, E_AUTH, E_PENDING, E_RETIRED,
 * E_CLONE, E_FENCED, E_UNAVAILABLE. The epoch is committed before this resolves.
 */
export async function openSession(
  auth: Auth,
  connection: AgentConnection,
  deps: OpeningDeps,
): Promise<Opened> {
  if (auth.v < OLDEST_CAPABILITY)
    throw fail('E_TYPE', { detail: 'The agent is too old for this server; upgrade the agent.' });
  const device = await deps.directory.find(auth.deviceId);
  if (device === undefined) throw fail('E_UNKNOWN_DEVICE');
  checkProof(auth, connection, { device, deps });
  deps.claim(device);
  checkState(device);
  await checkEpoch(auth, device, deps);
  const identity: Identity = {
    tenant: device.tenant,
    idx: device.idx,
    deviceId: device.deviceId,
    sessionId: `ses_${encodeBase32(randomBytes(16))}`,
    capability: Math.min(auth.v, CAPABILITY),
    clockOffsetMs: readTimeMs(auth.at) - deps.clock.now(),
    epoch: Math.max(device.epoch, auth.epoch) + 1,
  };
  await deps.directory.open({
    ...identity,
    gateway: deps.gateway,
    presentedEpoch: auth.epoch,
    bootId: auth.bootId,
    agentVersion: auth.agentVersion,
  });
  return { identity, welcome: makeWelcome(identity, { auth, connection, deps }) };
}

function checkProof(
  auth: Auth,
  connection: AgentConnection,
  { device, deps }: { device: DeviceRecord; deps: OpeningDeps },
): void {
  if (deps.requireBinding && auth.binding !== 'tls-exporter')
    throw fail('E_AUTH', {
      detail:
        'This server ends TLS itself, so the session must be bound to it; remove the proxy setting of the agent.',
    });
  const exporter = auth.binding === 'none' ? new Uint8Array(0) : connection.exporter;
  if (auth.binding === 'tls-exporter' && exporter.length === 0) throw fail('E_AUTH');
  const bytes = authTranscript(auth, { org: deps.trust.org, serverNonce: connection.serverNonce, exporter });
  if (!deps.crypto.verifyEd25519(device.deviceKey, bytes, decodeBase64url(auth.sig))) throw fail('E_AUTH');
}

function checkState(device: DeviceRecord): void {
  if (device.state === 'pending') throw fail('E_PENDING');
  if (device.state === 'retired') throw fail('E_RETIRED');
  if (device.state !== 'quarantined') return;
  throw fail(device.stateReason === 'E_FENCED' ? 'E_FENCED' : 'E_CLONE');
}

/**
 * Any epoch the device can honestly hold is accepted; see docs/architecture/session.md. A living session beside this one is a
 * second holder of the key, whatever epoch it presents.
 */
async function checkEpoch(auth: Auth, device: DeviceRecord, deps: OpeningDeps): Promise<void> {
  const isCloned = await deps.isAlive(device);
  if (!isCloned && auth.epoch >= device.epochSeen) return;
  const reason = isCloned ? 'E_CLONE' : 'E_FENCED';
  await deps.directory.quarantine(device.tenant, device.idx, reason);
  throw fail(reason);
}

function makeWelcome(
  identity: Identity,
  { auth, connection, deps }: { auth: Auth; connection: AgentConnection; deps: OpeningDeps },
): ServerMessage {
  const knowsWindow = auth.v >= RECONNECT_WINDOW_CAPABILITY;
  const reconnectWindowMs = knowsWindow ? deps.reconnectWindowMs() : undefined;
  const envelope = deps.trust.seal(WELCOME_TYPE, {
    org: deps.trust.org,
    deviceId: identity.deviceId,
    sessionId: identity.sessionId,
    serverNonce: connection.serverNonce,
    agentNonce: auth.nonce,
    epoch: identity.epoch,
    at: new Date(deps.clock.now()).toISOString(),
    beatMs: deps.beatMs,
    window: deps.window,
    ...(reconnectWindowMs === undefined ? {} : { reconnectWindowMs }),
  });
  return { type: 'welcome', envelope, trust: deps.trust.chainAfter(auth.trustVersion) };
}
