// The door of the gateway: new connections, their handshakes, and what has not proven itself yet.
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import {
  AGENT_PATH,
  CAPABILITY,
  EXPORTER_BYTES,
  EXPORTER_LABEL,
  encodeBase64url,
  MAX_FRAGMENTS,
  MAX_FRAME_BYTES,
  type ServerMessage,
  SUBPROTOCOL,
} from '@muster/protocol';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Admission, AdmissionLimits } from './admission.ts';
import { createArrivals } from './arrivals.ts';
import { AgentConnection } from './connection.ts';
import type { GatewayDeps } from './deps.ts';
import type { Dispatch } from './dispatch.ts';
import { CLOSE_TIMEOUT_MS } from './limits.ts';
import type { Registry } from './registry.ts';

/** What the door needs. */
export interface DoorDeps extends Pick<GatewayDeps, 'clock' | 'trust' | 'authDeadlineMs'> {
  readonly limits: AdmissionLimits;
  readonly admission: Admission;
  readonly registry: Registry;
  readonly dispatch: Dispatch;
}

/** The door. */
export interface Door {
  attach(server: Server): void;
  /** Lets nobody in any more. */
  close(): void;
  /** Nothing of the door works any more; whoever knocks is still turned away until the server has closed. */
  end(): void;
  /** A request of somebody who is signed in came over that socket. */
  signedIn(socket: Socket): void;
  /** The connection counts no longer as one that has not proven itself. */
  left(connection: AgentConnection): void;
  /** Connections that have not proven themselves. */
  waiting(): Iterable<AgentConnection>;
}

/** Every default of the library that is unsafe or costs memory is set; `closeTimeout` is not in its types yet. */
const socketOptions = {
  noServer: true,
  clientTracking: false,
  maxPayload: MAX_FRAME_BYTES,
  maxFragments: MAX_FRAGMENTS,
  perMessageDeflate: false,
  closeTimeout: CLOSE_TIMEOUT_MS,
  handleProtocols: (offered: Set<string>) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
} as const;

function offersProtocol(request: IncomingMessage): boolean {
  const offered = request.headers['sec-websocket-protocol'] ?? '';
  return offered.split(',').some((name) => name.trim() === SUBPROTOCOL);
}

/** The status that answers whoever is no agent; null for one. */
function findFault(request: IncomingMessage): string | null {
  // Browsers state the page's origin, agents none: no page, of whatever site, has any business with this socket.
  if (request.headers.origin !== undefined) return '403 Forbidden';
  if (request.url?.split('?')[0] !== AGENT_PATH) return '404 Not Found';
  return offersProtocol(request) ? null : '400 Bad Request';
}

/** TLS 1.3 exporter of the connection, or nothing on a plain one. */
function exporterOf(socket: Socket): Uint8Array {
  if (!(socket instanceof TLSSocket)) return new Uint8Array(0);
  return socket.exportKeyingMaterial(EXPORTER_BYTES, EXPORTER_LABEL, Buffer.alloc(0));
}

/** Nobody more may come just now. */
const FULL = '503 Service Unavailable';

/** Answers an upgrade that is refused, and ends the socket. */
function answerRefused(socket: Socket, status: string): void {
  // From the upgrade on nobody else listens; an error without a listener ends the process.
  socket.on('error', () => socket.destroy());
  const answer = `HTTP/1.1 ${status}\r\nRetry-After: 5\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`;
  // Nor does any timeout apply from there on: a client that does not close would keep the socket.
  socket.end(answer, () => socket.destroy());
}

/** What every agent's socket is greeted with. */
function makeHello({ trust, clock }: DoorDeps, nonce: string): ServerMessage {
  const at = new Date(clock.now()).toISOString();
  return { type: 'hello', v: CAPABILITY, org: trust.org, nonce, at, trustVersion: trust.version() };
}

/** Makes the door. */
export function createDoor(deps: DoorDeps): Door {
  const { admission, registry, clock, dispatch } = deps;
  const sockets = new WebSocketServer(socketOptions);
  /** Who has not proven itself: what takes its deadline back, and where it came from. */
  const deadlines = new Map<AgentConnection, { cancel(): void; readonly address: string | null }>();
  const arrivals = createArrivals(admission);
  let closed = false;

  /** Runs before the TLS handshake, which is what costs. */
  function onTcp(this: Server, socket: Socket): void {
    if (closed || !arrivals.begin(this, socket)) {
      socket.destroy();
      return;
    }
    socket.setNoDelay(true);
  }

  /** The status an upgrade is refused with; null when it may go on. */
  function refuse(request: IncomingMessage): string | null {
    const fault = findFault(request);
    if (fault !== null) return fault;
    const isFull = registry.count() >= deps.limits.maxSessions;
    return closed || isFull ? FULL : null;
  }

  function onUpgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const refusal = refuse(request);
    if (refusal !== null) {
      answerRefused(socket, refusal);
      return;
    }
    const address = arrivals.left(socket);
    if (!admission.enter(address)) {
      answerRefused(socket, FULL);
      return;
    }
    let isOpen = false;
    socket.once('close', () => {
      if (!isOpen) admission.release(address);
    });
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      isOpen = true;
      greet(webSocket, { exporter: exporterOf(socket), address });
    });
  }

  function greet(
    socket: WebSocket,
    { exporter, address }: { exporter: Uint8Array; address: string | null },
  ): void {
    const serverNonce = encodeBase64url(randomBytes(32));
    const connection = new AgentConnection({ socket, serverNonce, exporter, events: dispatch });
    const cancel = clock.after(deps.authDeadlineMs, () => dispatch.deadline(connection));
    deadlines.set(connection, { cancel, address });
    connection.send(makeHello(deps, serverNonce));
  }

  return {
    attach(server) {
      arrivals.attach(server);
      server.on('connection', onTcp);
      server.on('upgrade', onUpgrade);
    },
    close() {
      closed = true;
      arrivals.abort();
    },
    end: () => sockets.close(),
    signedIn: (socket) => admission.personAt(arrivals.left(socket)),
    left(connection) {
      const deadline = deadlines.get(connection);
      if (deadline === undefined) return;
      deadline.cancel();
      deadlines.delete(connection);
      admission.release(deadline.address);
    },
    waiting: () => deadlines.keys(),
  };
}
