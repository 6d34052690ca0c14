// Finds devices that fell silent: one wheel for all sessions, and a frame costs one store into an array.
import { randomBytes } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import type { AgentConnection } from './connection.ts';
import { CLONE_PROBE_MS, MAX_UNANSWERED, PING_TIMEOUT_MS, SILENT_BEATS } from './limits.ts';
import type { Registry } from './registry.ts';

/** A wheel of one-shot timers; see core/timer-wheel.ts. */
export interface Wheel {
  schedule(delayMs: number, payload: number): number;
  cancel(handle: number): boolean;
  stop(): void;
}

/** Watches the sessions of a registry. */
export interface Liveness {
  /** Begins to watch a slot. */
  watch(slot: number): void;
  /** The wheel's call for a slot. */
  due(slot: number): void;
  /** Resolves true when the connection answers a ping in time. */
  probe(connection: AgentConnection): Promise<boolean>;
  /** Something arrived; a pong with its payload. Only the pong of a probe answers the probe: other frames may be older than it. */
  answered(connection: AgentConnection, pong?: Uint8Array): void;
  /** Forgets all timers. */
  stop(): void;
}

/** Makes the watcher. */
export function createLiveness(deps: {
  registry: Registry;
  wheel: Wheel;
  clock: Clock;
  beatMs: number;
}): Liveness {
  const { registry, wheel, clock } = deps;
  const silentMs = deps.beatMs * SILENT_BEATS;
  const probes = new Map<AgentConnection, { readonly payload: Buffer; finish(alive: boolean): void }>();
  /** The one timer of each slot, by slot. */
  const timers: number[] = [];

  function arm(slot: number, delayMs: number): void {
    timers[slot] = wheel.schedule(delayMs, slot);
  }

  function due(slot: number): void {
    const connection = registry.at(slot);
    if (connection === undefined) return;
    const quietMs = clock.monotonic() - registry.lastSeen(slot);
    // What is not read cannot be heard: the device has sent more than this server can store just now.
    if (connection.socket.isPaused) {
      arm(slot, silentMs);
      return;
    }
    if (quietMs < silentMs && connection.unanswered === 0) {
      arm(slot, silentMs - quietMs);
      return;
    }
    if (connection.unanswered >= MAX_UNANSWERED) {
      connection.abort('silent');
      return;
    }
    connection.unanswered++;
    connection.socket.ping();
    arm(slot, PING_TIMEOUT_MS);
  }

  return {
    watch(slot) {
      // A timer of the slot's former session would count this one's silence a second time.
      const former = timers[slot];
      if (former !== undefined) wheel.cancel(former);
      arm(slot, silentMs);
    },
    due,
    probe(connection) {
      return new Promise((resolve) => {
        const cancel = clock.after(CLONE_PROBE_MS, () => finish(false));
        function finish(alive: boolean): void {
          cancel();
          probes.delete(connection);
          resolve(alive);
        }
        const payload = randomBytes(8);
        probes.set(connection, { payload, finish });
        connection.socket.ping(payload);
      });
    },
    answered(connection, pong) {
      connection.unanswered = 0;
      const probe = probes.get(connection);
      if (probe !== undefined && pong !== undefined && probe.payload.equals(pong)) probe.finish(true);
    },
    stop: () => wheel.stop(),
  };
}
