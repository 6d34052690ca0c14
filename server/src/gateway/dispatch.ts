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
} from '@muster/protocol';
import type { AgentConnection, ConnectionEvents } from './connection.ts';
import type { GatewayDeps } from './gateway.ts';
import type { Handlers } from './handlers.ts';
import { OUTBOX_WINDOW } from './limits.ts';
import type { Liveness } from './liveness.ts';
import { openSession, WAIT_FOR_PERSON_MS } from './opening.ts';
import type { Registry } from './registry.ts';
import type { CloseReason } from './session.ts';

/** The gateway's reaction to its sockets. */
export interface Dispatch extends ConnectionEvents {
  /** The time to authenticate is over. */
  deadline(connection: AgentConnection): void;
  frames(): number;
}

const frameKinds = { [FRAME.body]: 'body', [FRAME.chunk]: 'chunk', [FRAME.live]: 'live' } as const;

type DispatchDeps = GatewayDeps & {
  readonly registry: Registry;
  readonly handlers: Handlers;
  readonly liveness: Liveness;
  /** The connection no longer counts as one that has not proven itself. */
  left(connection: AgentConnection): void;
};

/** Makes the reaction; all state lies in the registry and the connections. */
export function createDispatch(deps: DispatchDeps): Dispatch {
  const { registry, handlers, liveness, directory, clock, log } = deps;
  /** Devices whose session is being opened: a second opening of the same key waits for nothing, it is refused. */
  const openings = new Set<string>();
  let frames = 0;

  async function isAlive(tenant: number, idx: number): Promise<boolean> {
    const present = registry.find(tenant, idx);
    if (present === undefined) return false;
    if (await liveness.probe(present)) {
      present.refuse('E_CLONE', fail('E_CLONE').message, WAIT_FOR_PERSON_MS.quarantined);
      return true;
    }
    present.abort('replaced');
    return false;
  }

  async function authenticate(connection: AgentConnection, auth: Auth): Promise<void> {
    if (openings.has(auth.deviceId)) throw fail('E_BUSY');
    openings.add(auth.deviceId);
    try {
      const opening = {
        ...deps,
        requireBinding: connection.exporter.length > 0,
        isAlive,
        window: OUTBOX_WINDOW,
      };
      const { identity, welcome } = await openSession(auth, connection, opening);
      // The socket may have gone, or its deadline passed, while the epoch was being written.
      if (connection.phase !== 'opening') return;
      connection.identity = identity;
      connection.phase = 'open';
      connection.slot = registry.add(connection, identity.tenant, identity.idx);
      registry.touch(connection.slot, clock.monotonic());
      deps.left(connection);
      liveness.watch(connection.slot);
      connection.send(welcome);
      handlers.opened(connection);
    } finally {
      openings.delete(auth.deviceId);
    }
  }

  async function enroll(connection: AgentConnection, message: Enroll): Promise<void> {
    const bindingKind = message.binding;
    const binding = bindingKind === 'none' ? new Uint8Array(0) : connection.exporter;
    if (bindingKind === 'none' && connection.exporter.length > 0) throw fail('E_AUTH');
    const answer = await deps.enroll(message, { serverNonce: connection.serverNonce, binding, bindingKind });
    connection.send(answer);
    connection.close('closed');
  }

  function beforeOpen(connection: AgentConnection, message: AgentMessage): Promise<void> {
    if (connection.phase !== 'greeted') throw fail('E_ORDER');
    if (message.type !== 'auth' && message.type !== 'enroll') throw fail('E_ORDER');
    connection.phase = 'opening';
    return message.type === 'auth' ? authenticate(connection, message) : enroll(connection, message);
  }

  /** Anything that arrives says: this device lives, and it holds the epoch of this session. */
  function seen(connection: AgentConnection): void {
    frames++;
    registry.touch(connection.slot, clock.monotonic());
    liveness.answered(connection);
    if (connection.confirmed) return;
    connection.confirmed = true;
    directory.confirm(connection.tenant, connection.idx, connection.identity.epoch);
  }

  return {
    frames: () => frames,
    text(connection, text) {
      const message = decodeAgentMessage(text);
      if (connection.phase !== 'open') return beforeOpen(connection, message);
      seen(connection);
      const handler = handlers.message(message.type);
      if (handler === undefined) throw fail('E_ORDER');
      return handler(connection, message as never);
    },
    binary(connection, frame) {
      if (connection.phase !== 'open') throw fail('E_ORDER');
      seen(connection);
      if (frame[0] === FRAME.heartbeat) {
        handlers.heartbeat(connection, decodeHeartbeat(frame));
        return;
      }
      const kind = frameKinds[frame[0] as keyof typeof frameKinds];
      const handler = kind === undefined ? undefined : handlers.frame(kind);
      if (handler === undefined) throw fail('E_TYPE');
      return handler(connection, frame);
    },
    pong: (connection) => liveness.answered(connection),
    gone(connection: AgentConnection, reason: CloseReason) {
      deps.left(connection);
      if (connection.slot < 0) return;
      registry.remove(connection.slot);
      // A replaced session's device is online all the same.
      if (registry.find(connection.tenant, connection.idx) === undefined)
        directory.offline(connection.tenant, connection.idx);
      handlers.closed(connection, reason);
      log.debug({ deviceId: connection.deviceId, reason }, 'session closed');
    },
    failed(connection, error) {
      if (!isMusterError(error)) {
        log.error({ deviceId: connection.deviceId, err: error }, 'handling a frame failed');
        connection.refuse('E_UNAVAILABLE', fail('E_UNAVAILABLE').message);
        return;
      }
      log.info({ deviceId: connection.deviceId, code: error.code }, 'session refused');
      connection.refuse(error.code, error.message, retryAfterMs(error.code));
    },
    deadline(connection) {
      if (connection.phase !== 'greeted' && connection.phase !== 'opening') return;
      connection.refuse('E_AUTH_TIMEOUT', fail('E_AUTH_TIMEOUT').message);
    },
  };
}

/** How long a refused device should wait at least; undefined leaves it to its own backoff. */
function retryAfterMs(code: string): number | undefined {
  if (code === 'E_PENDING') return WAIT_FOR_PERSON_MS.pending;
  if (code === 'E_CLONE' || code === 'E_FENCED') return WAIT_FOR_PERSON_MS.quarantined;
  return undefined;
}
