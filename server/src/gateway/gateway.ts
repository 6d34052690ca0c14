// The agents' side of the server: takes their sockets, opens sessions, hands frames to features, drains. Knows no feature.
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { ProtocolErrorCode } from '@muster/protocol';
import type { AgentRoutes, Connections } from '../core/agents/session.ts';
import { type AdmissionCounts, createAdmission } from './admission.ts';
import type { GatewayDeps } from './deps.ts';
import { createDispatch } from './dispatch.ts';
import { createDoor } from './door.ts';
import { drain } from './drain.ts';
import { createHandlers } from './handlers.ts';
import { createLiveness } from './liveness.ts';
import { createRegistry } from './registry.ts';

/** The running gateway. */
export interface Gateway {
  readonly routes: AgentRoutes;
  readonly connections: Connections;
  /** Takes over the upgrade requests of that HTTP server. */
  attach(server: Server): void;
  /** A request of somebody who is signed in came over that socket: it, and its address, count as people's. */
  signedIn(socket: Socket): void;
  /** Ends the session of a device with a code, as after a revocation; false when it was offline. */
  disconnect(tenant: number, idx: number, code: ProtocolErrorCode): boolean;
  /** Sends everybody away in good order; resolves when the sockets are gone. */
  stop(): Promise<void>;
  counts(): AdmissionCounts & { readonly sessions: number; readonly frames: number };
}

/** Makes the gateway; nothing happens before `attach`. */
export function createGateway(deps: GatewayDeps): Gateway {
  const { clock, log } = deps;
  const registry = createRegistry();
  const handlers = createHandlers();
  const admission = createAdmission(deps.admission, clock);
  const wheel = deps.createWheel((slot) => liveness.due(slot));
  const liveness = createLiveness({ registry, wheel, clock, beatMs: deps.beatMs });
  const dispatch = createDispatch({ ...deps, registry, handlers, liveness, left: (one) => door.left(one) });
  const door = createDoor({ ...deps, limits: deps.admission, registry, admission, dispatch });

  return {
    routes: handlers.routes,
    connections: { find: registry.find, count: registry.count },
    attach: (server) => door.attach(server),
    signedIn: (socket) => door.signedIn(socket),
    disconnect: (tenant, idx, code) => dispatch.sendAway(tenant, idx, code),
    async stop() {
      log.info({ sessions: registry.count() }, 'draining sessions');
      door.close();
      await drain({ registry, waiting: door.waiting(), clock });
      door.end();
      liveness.stop();
    },
    counts: () => ({ ...admission.counts(), sessions: registry.count(), frames: dispatch.frames() }),
  };
}
