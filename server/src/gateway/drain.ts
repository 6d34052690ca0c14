// Sends devices away when the server stops, spread over a window that the next server can take; and says one ahead, for a stop that cannot.
import { MAX_RECONNECT_WINDOW_MS } from '@muster/protocol';
import type { Clock } from '../core/clock.ts';
import { sleep } from '../core/clock.ts';
import { type AgentConnection, CLOSE } from './connection.ts';
import {
  BROADCAST_SLICE,
  HANDSHAKE_COST_MS,
  MIN_DRAIN_WINDOW_MS,
  MIN_RECONNECT_WINDOW_MS,
  RECONNECT_SLACK,
} from './limits.ts';
import type { Registry } from './registry.ts';

/** What so many devices take to come back, ms: twice the processor time of their handshakes, and no faster than they are let in. */
function comebackMs(sessions: number, handshakesPerSecond: number): number {
  return sessions * Math.max(HANDSHAKE_COST_MS * 2, 1_000 / handshakesPerSecond);
}

/** The window over which so many devices come back after they were sent away, ms. */
export function awayWindowMs(sessions: number, handshakesPerSecond: number): number {
  return Math.max(MIN_DRAIN_WINDOW_MS, comebackMs(sessions, handshakesPerSecond));
}

/** What a welcome says, ms: the window for that many when this process dies without a word. Undefined where the backoff of agents does as well. */
export function reconnectWindowMs(sessions: number, handshakesPerSecond: number): number | undefined {
  const windowMs = Math.ceil(comebackMs(sessions, handshakesPerSecond) * RECONNECT_SLACK);
  return windowMs <= MIN_RECONNECT_WINDOW_MS ? undefined : Math.min(windowMs, MAX_RECONNECT_WINDOW_MS);
}

/** Tells every session when to come back and closes it, in slices so that other work goes on; cuts what has not authenticated. */
export async function drain(deps: {
  registry: Registry;
  waiting: Iterable<AgentConnection>;
  clock: Clock;
  handshakesPerSecond: number;
}): Promise<void> {
  for (const connection of [...deps.waiting]) connection.abort('drained');
  const connections: AgentConnection[] = [];
  deps.registry.forEach((connection) => {
    connections.push(connection);
  });
  const windowMs = awayWindowMs(connections.length, deps.handshakesPerSecond);
  for (let from = 0; from < connections.length; from += BROADCAST_SLICE) {
    for (const connection of connections.slice(from, from + BROADCAST_SLICE)) {
      connection.send({ type: 'reconnect', afterMs: Math.floor(Math.random() * windowMs) });
      connection.close('drained', CLOSE.drained);
    }
    await sleep(deps.clock, 0);
  }
}
