// What happens to each frame: authentication first, then the handler that a feature registered.
import {
  type AgentMessage,
  type Auth,
  decodeAgentMessage,
  decodeHeartbeat,
  type Enroll,
  FRAME,
  fail,
  isMusterError,
  type ProtocolErrorCode,
} from '@muster/protocol';
import type { DeviceNumber, DeviceRecord } from '../core/agents/directory.ts';
import type { CloseReason } from '../core/agents/session.ts';
import type { AgentConnection, ConnectionEvents } from './connection.ts';
import type { ControlPath } from './control-path.ts';
import type { GatewayDeps } from './deps.ts';
import { reconnectWindowMs } from './drain.ts';
import type { Handlers } from './handlers.ts';
import { CLONE_PROBE_MS, OPENING_WAIT_MS, OUTBOX_WINDOW, PROBE_WAY_MS } from './limits.ts';
import type { Liveness } from './liveness.ts';
import { type OpeningDeps, openSession, WAIT_FOR_PERSON_MS } from './opening.ts';
import { deviceKey, type Registry } from './registry.ts';
import { TOPIC } from './wire.ts';

/** The gateway's reaction to its sockets. */
export interface Dispatch extends ConnectionEvents {
  /** The time to authenticate is over. */
  deadline(connection: AgentConnection): void;
  frames(): number;
  /** Ends the session of a device, also one that is just being opened; false when it has none. */
  sendAway(tenant: number, idx: number, code: ProtocolErrorCode): boolean;
  /**
   * Another gateway opens a session of the device: asks the one on this, also one that is just being opened; false when there is
   * none, or when it did not answer and was cut off.
   */
  probe(device: DeviceNumber): Promise<boolean>;
}

/** What the reaction needs. */
export interface DispatchDeps extends GatewayDeps {
  readonly registry: Registry;
  /** What is handled in the process that holds the socket. */
  readonly handlers: Handlers;
  /** What is registered at the controller. */
  readonly controlled: Pick<Handlers, 'message' | 'frame'>;
  readonly control: ControlPath;
  readonly liveness: Liveness;
  /** The connection no longer counts as one that has not proven itself. */
  left(connection: AgentConnection): void;
}

const frameKinds = new Map([
  [FRAME.body, 'body'],
  [FRAME.bundle, 'bundle'],
  [FRAME.chunk, 'chunk'],
  [FRAME.live, 'live'],
  [FRAME.piece, 'piece'],
] as const);

/** How long a refused device should wait at least; undefined leaves it to its own backoff. */
function retryAfterMs(code: string): number | undefined {
  if (code === 'E_PENDING') return WAIT_FOR_PERSON_MS.pending;
  if (code === 'E_CLONE' || code === 'E_FENCED') return WAIT_FOR_PERSON_MS.quarantined;
  return undefined;
}

/** Makes the reaction. */
export function createDispatch(deps: DispatchDeps): Dispatch {
  return new FrameDispatch(deps);
}

/** One for all connections; what belongs to a connection lies in it and in the registry. */
class FrameDispatch implements Dispatch {
  private readonly deps: DispatchDeps;
  /** Devices whose session is being opened, and when that is over: a second opening with the same key is refused meanwhile. */
  private readonly openings = new Map<number, Promise<void>>();
  /** Devices that were sent away while sessions were being opened. */
  private readonly voided = new Map<number, ProtocolErrorCode>();
  private received = 0;

  constructor(deps: DispatchDeps) {
    this.deps = deps;
  }

  frames(): number {
    return this.received;
  }

  text(connection: AgentConnection, text: string): void | Promise<void> {
    const message = decodeAgentMessage(text);
    if (connection.phase !== 'open') return this.beforeOpen(connection, message);
    this.seen(connection);
    const { handlers, controlled, control } = this.deps;
    const handler = handlers.message(message.type);
    if (handler !== undefined) return handler(connection, message as never);
    if (controlled.message(message.type) === undefined) throw fail('E_ORDER');
    return control.message(connection, message);
  }

  binary(connection: AgentConnection, frame: Uint8Array): void | Promise<void> {
    if (connection.phase !== 'open') throw fail('E_ORDER');
    this.seen(connection);
    const [kind] = frame;
    const { handlers, controlled, control } = this.deps;
    if (kind === FRAME.heartbeat) return this.heartbeat(connection, frame);
    const name = frameKinds.get(kind as (typeof FRAME)['body']);
    if (name === undefined) throw fail('E_TYPE');
    const handler = handlers.frame(name);
    if (handler !== undefined) return handler(connection, frame);
    if (controlled.frame(name) === undefined) throw fail('E_TYPE');
    return control.frame(connection, name, frame);
  }

  pong(connection: AgentConnection, payload: Uint8Array): void {
    this.deps.liveness.answered(connection, payload);
  }

  sendAway(tenant: number, idx: number, code: ProtocolErrorCode): boolean {
    if (this.openings.size > 0) this.voided.set(deviceKey(tenant, idx), code);
    const connection = this.deps.registry.find(tenant, idx);
    connection?.refuse(code, fail(code).message);
    return connection !== undefined;
  }

  gone(connection: AgentConnection, reason: CloseReason): void {
    const { registry, directory, handlers, control, log } = this.deps;
    this.deps.left(connection);
    if (connection.slot < 0) return;
    const { tenant, idx, deviceId, identity } = connection;
    registry.remove(connection.slot);
    // The device of a replaced session is online all the same.
    if (registry.find(tenant, idx) === undefined) directory.offline(tenant, idx, identity.epoch);
    handlers.closed(connection, reason);
    control.closed(connection, reason);
    log.debug({ deviceId, reason }, 'session closed');
  }

  failed(connection: AgentConnection, error: unknown): void {
    const { log } = this.deps;
    const { deviceId } = connection;
    if (!isMusterError(error)) {
      log.error({ deviceId, err: error }, 'handling a frame failed');
      connection.refuse('E_UNAVAILABLE', fail('E_UNAVAILABLE').message);
      return;
    }
    log.info({ deviceId, code: error.code }, 'session refused');
    connection.refuse(error.code, error.message, retryAfterMs(error.code));
  }

  deadline(connection: AgentConnection): void {
    if (connection.phase !== 'greeted' && connection.phase !== 'opening') return;
    connection.refuse('E_AUTH_TIMEOUT', fail('E_AUTH_TIMEOUT').message);
  }

  /** Anything that arrives says: this device lives, and it holds the epoch of this session. */
  private seen(connection: AgentConnection): void {
    const { registry, clock, liveness, directory } = this.deps;
    this.received++;
    registry.touch(connection.slot, clock.monotonic());
    liveness.answered(connection);
    if (connection.confirmed) return;
    connection.confirmed = true;
    directory.confirm(connection.tenant, connection.idx, connection.identity.epoch);
  }

  private beforeOpen(connection: AgentConnection, message: AgentMessage): Promise<void> {
    if (connection.phase !== 'greeted') throw fail('E_ORDER');
    if (message.type !== 'auth' && message.type !== 'enroll') throw fail('E_ORDER');
    connection.phase = 'opening';
    return message.type === 'auth'
      ? this.authenticate(connection, message)
      : this.enroll(connection, message);
  }

  private async enroll(connection: AgentConnection, message: Enroll): Promise<void> {
    const { exporter, serverNonce } = connection;
    // A server that ends TLS itself takes no unbound signature: somebody else would have ended it before.
    if (message.binding === 'none' && exporter.length > 0) throw fail('E_AUTH');
    const answer = await this.deps.enroll(message, { serverNonce, binding: exporter });
    connection.send(answer);
    connection.close('closed');
  }

  private async authenticate(connection: AgentConnection, auth: Auth): Promise<void> {
    let finish: () => void = () => undefined;
    const claim = (device: DeviceNumber) => {
      finish = this.claim(device);
    };
    try {
      await this.open(connection, { auth, claim });
    } finally {
      finish();
    }
  }

  /** Only for who has proven the key, so that nobody else can keep the device out; the returned function ends it. */
  private claim({ tenant, idx }: DeviceNumber): () => void {
    const key = deviceKey(tenant, idx);
    if (this.openings.has(key)) throw fail('E_BUSY');
    let end: () => void = () => undefined;
    this.openings.set(key, new Promise((resolve) => (end = resolve)));
    return () => {
      this.openings.delete(key);
      this.voided.delete(key);
      if (this.openings.size === 0) this.voided.clear();
      end();
    };
  }

  private async open(
    connection: AgentConnection,
    { auth, claim }: { auth: Auth; claim: OpeningDeps['claim'] },
  ): Promise<void> {
    const { registry, clock, handlers, liveness, control, directory, admission } = this.deps;
    const { identity, welcome } = await openSession(auth, connection, {
      ...this.deps,
      claim,
      requireBinding: connection.exporter.length > 0,
      isAlive: (device) => this.isAlive(device),
      gateway: this.deps.bus.id,
      window: OUTBOX_WINDOW,
      reconnectWindowMs: () => reconnectWindowMs(registry.count() + 1, admission.handshakesPerSecond),
    });
    const voided = this.voided.get(deviceKey(identity.tenant, identity.idx));
    // The socket may have gone, or its deadline passed, while the epoch was being written.
    if (connection.phase !== 'opening' || voided !== undefined) {
      // It is the newest epoch all the same, and no other session can say that the device is gone.
      directory.offline(identity.tenant, identity.idx, identity.epoch);
      if (voided !== undefined) throw fail(voided);
      return;
    }
    connection.identity = identity;
    connection.phase = 'open';
    connection.slot = registry.add(connection, identity.tenant, identity.idx);
    registry.touch(connection.slot, clock.monotonic());
    this.deps.left(connection);
    liveness.watch(connection.slot);
    connection.send(welcome);
    handlers.opened(connection);
    control.opened(connection);
  }

  private heartbeat(connection: AgentConnection, frame: Uint8Array): void {
    const beat = decodeHeartbeat(frame);
    this.deps.handlers.heartbeat(connection, beat);
    this.deps.control.heartbeat(connection, { beat, frame });
  }

  /** Asks the present session of that device, here or where its last one was opened. */
  private async isAlive({ tenant, idx, gateway }: DeviceRecord): Promise<boolean> {
    if (await this.ask({ tenant, idx })) return true;
    const { bus, log } = this.deps;
    // One that is not there any more holds no sockets either.
    if (gateway === bus.id || !bus.members().includes(gateway)) return false;
    try {
      const question = { body: { tenant, idx }, timeoutMs: OPENING_WAIT_MS + CLONE_PROBE_MS + PROBE_WAY_MS };
      return (await bus.request({ gateway }, TOPIC.probe, question)) === true;
    } catch (err) {
      log.info({ err, gateway, tenant, idx }, 'a gateway did not say whether a device is connected to it');
      return false;
    }
  }

  async probe(device: DeviceNumber): Promise<boolean> {
    await this.settleOpening(device);
    return this.ask(device);
  }

  /** An epoch may be committed whose session is not there yet: who asks has seen it, and must meet that session, or it must never be. */
  private async settleOpening({ tenant, idx }: DeviceNumber): Promise<void> {
    const key = deviceKey(tenant, idx);
    const opening = this.openings.get(key);
    if (opening === undefined) return;
    let cancel: () => void = () => undefined;
    const late = new Promise<void>((resolve) => {
      cancel = this.deps.clock.after(OPENING_WAIT_MS, resolve);
    });
    await Promise.race([opening, late]);
    cancel();
    if (this.openings.get(key) === opening) this.voided.set(key, 'E_BUSY');
  }

  /** One that answers proves two holders of the key. */
  private async ask({ tenant, idx }: DeviceNumber): Promise<boolean> {
    const present = this.deps.registry.find(tenant, idx);
    if (present === undefined) return false;
    if (await this.deps.liveness.probe(present)) {
      present.refuse('E_CLONE', fail('E_CLONE').message, WAIT_FOR_PERSON_MS.quarantined);
      return true;
    }
    present.abort('replaced');
    return false;
  }
}
