// The agents' side of the server: takes their sockets, opens sessions, hands frames to features, drains. Knows no feature.
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import {
  AGENT_PATH,
  CAPABILITY,
  type Crypto,
  EXPORTER_BYTES,
  EXPORTER_LABEL,
  encodeBase64url,
  MAX_FRAGMENTS,
  MAX_FRAME_BYTES,
  SUBPROTOCOL,
} from '@muster/protocol';
import { WebSocketServer } from 'ws';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import { type AdmissionCounts, type AdmissionLimits, createAdmission } from './admission.ts';
import { AgentConnection } from './connection.ts';
import type { DeviceDirectory, EnrollDevice, TrustSource } from './directory.ts';
import { createDispatch } from './dispatch.ts';
import { drain } from './drain.ts';
import { createHandlers } from './handlers.ts';
import { CLOSE_TIMEOUT_MS } from './limits.ts';
import { createLiveness, type Wheel } from './liveness.ts';
import { createRegistry } from './registry.ts';
import type { AgentRoutes, Connections } from './session.ts';

/** What the gateway is made of. */
export interface GatewayDeps {
  readonly directory: DeviceDirectory;
  readonly enroll: EnrollDevice;
  readonly trust: TrustSource;
  readonly crypto: Crypto;
  readonly clock: Clock;
  readonly log: Logger;
  readonly admission: AdmissionLimits;
  readonly authDeadlineMs: number;
  readonly beatMs: number;
  readonly chunkMs: number;
  /** Makes the timer wheel with the gateway's callback. */
  createWheel(expired: (slot: number) => void): Wheel;
}

/** The running gateway. */
export interface Gateway {
  readonly routes: AgentRoutes;
  readonly connections: Connections;
  /** Takes over the upgrade requests of that HTTP server. */
  attach(server: Server): void;
  /** Ends the session of a device with a code, as after a revocation; false when it was offline. */
  disconnect(tenant: number, idx: number, refusal: { code: string; message: string }): boolean;
  /** Sends everybody away in good order; resolves when the sockets are gone. */
  stop(): Promise<void>;
  counts(): AdmissionCounts & { readonly sessions: number; readonly frames: number };
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

/** Makes the gateway; nothing happens before `attach`. */
export function createGateway(deps: GatewayDeps): Gateway {
  const { clock, log, trust } = deps;
  const registry = createRegistry();
  const handlers = createHandlers();
  const admission = createAdmission(deps.admission, clock);
  const wheel = deps.createWheel((slot) => liveness.due(slot));
  const liveness = createLiveness({ registry, wheel, clock, beatMs: deps.beatMs });
  const waiting = new Set<AgentConnection>();
  const sockets = new WebSocketServer(socketOptions);
  const dispatch = createDispatch({
    ...deps,
    registry,
    handlers,
    liveness,
    left: (connection) => leave(connection),
  });
  let draining = false;
  let servers: Server[] = [];

  /** The connection is no longer one that has to prove itself. */
  function leave(connection: AgentConnection): void {
    if (waiting.delete(connection)) admission.release();
  }

  /** Runs before the TLS handshake, which is what costs. */
  function onTcp(socket: Socket): void {
    if (draining || !admission.mayHandshake()) socket.destroy();
    else socket.setNoDelay(true);
  }

  function onUpgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const path = request.url?.split('?')[0];
    if (path !== AGENT_PATH || draining || !offersProtocol(request)) {
      socket.end(
        `HTTP/1.1 ${path === AGENT_PATH ? '503 Service Unavailable' : '404 Not Found'}\r\nConnection: close\r\n\r\n`,
      );
      return;
    }
    if (!admission.enter()) {
      socket.end('HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\n\r\n');
      return;
    }
    let upgraded = false;
    socket.once('close', () => {
      if (!upgraded) admission.release();
    });
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      upgraded = true;
      const connection = new AgentConnection({
        socket: webSocket,
        serverNonce: encodeBase64url(randomBytes(32)),
        exporter: exporterOf(socket),
        events: dispatch,
      });
      waiting.add(connection);
      connection.send({
        type: 'hello',
        v: CAPABILITY,
        org: trust.org,
        nonce: connection.serverNonce,
        at: new Date(clock.now()).toISOString(),
        trustVersion: trust.version(),
      });
      clock.after(deps.authDeadlineMs, () => dispatch.deadline(connection));
    });
  }

  return {
    routes: handlers.routes,
    connections: {
      find: (tenant, idx) => registry.find(tenant, idx),
      count: () => registry.count(),
    },
    attach(server) {
      servers.push(server);
      server.on('connection', onTcp);
      server.on('upgrade', onUpgrade);
    },
    disconnect(tenant, idx, refusal) {
      const connection = registry.find(tenant, idx);
      connection?.refuse(refusal.code, refusal.message);
      return connection !== undefined;
    },
    async stop() {
      draining = true;
      log.info({ sessions: registry.count() }, 'draining sessions');
      await drain({ registry, waiting, clock });
      for (const server of servers) {
        server.off('connection', onTcp);
        server.off('upgrade', onUpgrade);
      }
      servers = [];
      sockets.close();
    },
    counts: () => ({ ...admission.counts(), sessions: registry.count(), frames: dispatch.frames() }),
  };
}

function offersProtocol(request: IncomingMessage): boolean {
  const offered = request.headers['sec-websocket-protocol'] ?? '';
  return offered.split(',').some((name) => name.trim() === SUBPROTOCOL);
}

/** TLS 1.3 exporter of the connection, or nothing on a plain one. */
function exporterOf(socket: Socket): Uint8Array {
  if (!(socket instanceof TLSSocket)) return new Uint8Array(0);
  return socket.exportKeyingMaterial(EXPORTER_BYTES, EXPORTER_LABEL, Buffer.alloc(0));
}
