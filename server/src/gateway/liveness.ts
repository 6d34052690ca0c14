// Finds devices that fell silent: one wheel for all sessions, and a frame costs one store into an array.
import type { Clock } from '../core/clock.ts';
import type { AgentConnection } from './connection.ts';
import { CLONE_PROBE_MS, MAX_UNANSWERED, PING_TIMEOUT_MS, SILENT_BEATS } from './limits.ts';
import type { Registry } from './registry.ts';

/** A wheel of one-shot timers; see core/timer-wheel.ts. */
export interface Wheel {
  schedule(delayMs: number, payload: number): number;
}

/** Watches the sessions of a registry. */
export interface Liveness {
  /** Begins to watch a slot. */
  watch(slot: number): void;
  /** The wheel's call for a slot. */
  due(slot: number): void;
  /** Resolves true when the connection answers a ping in time. */
  probe(connection: AgentConnection): Promise<boolean>;
  /** A pong, or any frame, arrived. */
  answered(connection: AgentConnection): void;
}

/** Makes the watcher. `sequence` of a slot guards against a timer of the slot's former session. */
export function createLiveness(deps: {
  registry: Registry;
  wheel: Wheel;
  clock: Clock;
  beatMs: number;
}): Liveness {
  const { registry, wheel, clock } = deps;
  const silentMs = deps.beatMs * SILENT_BEATS;
  const probes = new Map<AgentConnection, (alive: boolean) => void>();

  function due(slot: number): void {
    const connection = registry.at(slot);
    if (connection === undefined) return;
    const quietMs = clock.monotonic() - registry.lastSeen(slot);
    if (quietMs < silentMs && connection.unanswered === 0) {
      wheel.schedule(silentMs - quietMs, slot);
      return;
    }
    if (connection.unanswered >= MAX_UNANSWERED) {
      connection.abort('silent');
      return;
    }
    connection.unanswered++;
    connection.socket.ping();
    wheel.schedule(PING_TIMEOUT_MS, slot);
  }

  return {
    watch: (slot) => void wheel.schedule(silentMs, slot),
    due,
    probe(connection) {
      return new Promise((resolve) => {
        const cancel = clock.after(CLONE_PROBE_MS, () => finish(false));
        function finish(alive: boolean): void {
          cancel();
          probes.delete(connection);
          resolve(alive);
        }
        probes.set(connection, finish);
        connection.socket.ping();
      });
    },
    answered(connection) {
      connection.unanswered = 0;
      probes.get(connection)?.(true);
    },
  };
}
