// The agents' side of the server: takes their sockets, opens sessions, hands frames to features, drains. Knows no feature.
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { ProtocolErrorCode } from '@muster/protocol';
import type { DeviceNumber } from '../core/agents/directory.ts';
import type { AgentPlaces, Connections, Session } from '../core/agents/session.ts';
import { createPauses } from '../core/turns.ts';
import { type AdmissionCounts, createAdmission } from './admission.ts';
import type { AgentConnection } from './connection.ts';
import { type ControlPath, createControlPath } from './control-path.ts';
import type { GatewayDeps } from './deps.ts';
import { createDispatch, type Dispatch } from './dispatch.ts';
import { createDoor } from './door.ts';
import { drain } from './drain.ts';
import { createHandlers } from './handlers.ts';
import { createLiveness } from './liveness.ts';
import { createRegistry, type Registry } from './registry.ts';
import { createRemoteSessions, type RemoteSessions } from './remote-sessions.ts';
import { type SendAway, TOPIC } from './wire.ts';

/** The running gateway. */
export interface Gateway {
  readonly places: AgentPlaces;
  /** Those of this process; at the controller, of all. */
  readonly connections: Connections;
  /** Takes over the upgrade requests of that HTTP server. */
  attach(server: Server): void;
  /** A request of somebody who is signed in came over that socket: it, and its address, count as people's. */
  signedIn(socket: Socket): void;
  /** Ends the session of a device with a code, as after a revocation, on whichever gateway it is. */
  disconnect(tenant: number, idx: number, code: ProtocolErrorCode): void;
  /** This process is the controller from now on, under that token; its handlers hear of every session there is. */
  take(token: number): Promise<void>;
  /** Sends everybody away in good order; resolves when the sockets are gone. */
  stop(): Promise<void>;
  counts(): AdmissionCounts & { readonly sessions: number; readonly frames: number };
}

/** Makes the gateway; nothing happens before `attach`. */
export function createGateway(deps: GatewayDeps): Gateway {
  const { bus, clock, log } = deps;
  const registry = createRegistry();
  const handlers = createHandlers();
  const controlled = createHandlers();
  const remote = createRemoteSessions({ bus, handlers: controlled, log });
  const followed = (controller: string | null) => {
    deps.followed?.(controller);
    if (controller !== null) void sendInactive(deps, registry, dispatch);
  };
  const { handshakesPerSecond } = deps.admission;
  const control = createControlPath({
    ...{ bus, registry, handlers: controlled, clock, handshakesPerSecond, followed },
  });
  const admission = createAdmission(deps.admission, clock, deps.delayMs);
  const wheel = deps.createWheel((slot) => liveness.due(slot));
  const liveness = createLiveness({ registry, wheel, clock, beatMs: deps.beatMs });
  const left = (connection: AgentConnection) => door.left(connection);
  const dispatch = createDispatch({ ...deps, registry, handlers, controlled, control, liveness, left });
  const door = createDoor({ ...deps, limits: deps.admission, registry, admission, dispatch });
  const ends: (() => void)[] = [];

  return {
    places: { here: handlers.routes, controller: controlled.routes },
    connections: mergeConnections({ registry, control, remote }),
    attach(server) {
      ends.push(
        bus.handle(TOPIC.probe, (body) => dispatch.probe(body as DeviceNumber)),
        bus.handle(TOPIC.sendAway, (body) => {
          const { tenant, idx, code } = body as SendAway;
          dispatch.sendAway(tenant, idx, code);
        }),
      );
      control.start();
      door.attach(server);
    },
    signedIn: (socket) => door.signedIn(socket),
    disconnect(tenant, idx, code) {
      dispatch.sendAway(tenant, idx, code);
      bus.send({ everyone: true }, TOPIC.sendAway, { tenant, idx, code } satisfies SendAway);
    },
    async take(token) {
      const told = control.take(token);
      remote.start(token);
      await told;
    },
    async stop() {
      log.info({ sessions: registry.count() }, 'draining sessions');
      door.close();
      await drain({ registry, waiting: door.waiting(), clock, handshakesPerSecond });
      door.end();
      liveness.stop();
      control.stop();
      remote.stop();
      for (const end of ends) end();
    },
    counts: () => ({ ...admission.counts(), sessions: registry.count(), frames: dispatch.frames() }),
  };
}

/** A device that is changing gateways may have a session on both; the newer one counts. One that was not opened to features is none. */
function mergeConnections(parts: {
  readonly registry: Registry;
  readonly control: ControlPath;
  readonly remote: RemoteSessions;
}): Connections {
  const { registry, control, remote } = parts;
  return {
    find(tenant, idx): Session | undefined {
      const present = registry.find(tenant, idx);
      const here = present !== undefined && control.knows(present) ? present : undefined;
      const there = remote.count() === 0 ? undefined : remote.find(tenant, idx);
      if (here === undefined || there === undefined) return here ?? there;
      return here.epoch >= there.epoch ? here : there;
    },
    count: () => registry.count() + remote.count(),
  };
}

/** A controller that is gone may have retired a device and not been able to say so. */
async function sendInactive(deps: GatewayDeps, registry: Registry, dispatch: Dispatch): Promise<void> {
  const devices: DeviceNumber[] = [];
  registry.forEach(({ tenant, idx }) => {
    devices.push({ tenant, idx });
  });
  try {
    const rest = createPauses();
    for (const { tenant, idx, state } of await deps.directory.findInactive(devices)) {
      dispatch.sendAway(tenant, idx, state === 'retired' ? 'E_RETIRED' : 'E_CLONE');
      await rest();
    }
  } catch (err) {
    deps.log.warn({ err }, 'it could not be asked which connected devices may stay');
  }
}
