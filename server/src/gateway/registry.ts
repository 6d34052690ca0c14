// The open sessions as a struct of arrays: what a heartbeat touches lies in typed arrays, one slot a session.
import type { AgentConnection } from './connection.ts';

/** The number of a session is its slot and how many came before it: found by the slot, and never used again. */
const SLOTS = 2 ** 24;

/** Slots the arrays begin with; they double when full. */
const FIRST_CAPACITY = 1024;

/** Devices of different tenants share one map: an idx has at most 31 bits. */
export function deviceKey(tenant: number, idx: number): number {
  return tenant * 2 ** 31 + idx;
}

/** All open sessions of this process. */
export interface Registry {
  /** Puts a session into a free slot, gives it its number, and returns the slot. */
  add(connection: AgentConnection, tenant: number, idx: number): number;
  /** Frees a slot; the device is found no more unless another session has taken its place. */
  remove(slot: number): void;
  find(tenant: number, idx: number): AgentConnection | undefined;
  at(slot: number): AgentConnection | undefined;
  /** The open session of that number. */
  named(number: number): AgentConnection | undefined;
  count(): number;
  /** Notes that something arrived, monotonic ms. */
  touch(slot: number, at: number): void;
  lastSeen(slot: number): number;
  /** Every open session, in slot order. */
  forEach(visit: (connection: AgentConnection, slot: number) => void): void;
}

/** Makes an empty registry. */
export function createRegistry(): Registry {
  let lastSeenAt = new Float64Array(FIRST_CAPACITY);
  const connections: (AgentConnection | undefined)[] = [];
  const keys: number[] = [];
  const free: number[] = [];
  const byDevice = new Map<number, number>();
  let added = 0;

  function takeSlot(): number {
    const slot = free.pop() ?? connections.length;
    if (slot >= lastSeenAt.length) {
      const larger = new Float64Array(lastSeenAt.length * 2);
      larger.set(lastSeenAt);
      lastSeenAt = larger;
    }
    return slot;
  }

  return {
    add(connection, tenant, idx) {
      const slot = takeSlot();
      const key = deviceKey(tenant, idx);
      connections[slot] = connection;
      added += 1;
      connection.number = added * SLOTS + slot;
      keys[slot] = key;
      byDevice.set(key, slot);
      return slot;
    },
    remove(slot) {
      const key = keys[slot];
      if (connections[slot] === undefined || key === undefined) return;
      connections[slot] = undefined;
      if (byDevice.get(key) === slot) byDevice.delete(key);
      free.push(slot);
    },
    find(tenant, idx) {
      const slot = byDevice.get(deviceKey(tenant, idx));
      return slot === undefined ? undefined : connections[slot];
    },
    at: (slot) => connections[slot],
    named(number) {
      const connection = connections[number % SLOTS];
      return connection?.number === number ? connection : undefined;
    },
    count: () => byDevice.size,
    touch(slot, at) {
      lastSeenAt[slot] = at;
    },
    lastSeen: (slot) => lastSeenAt[slot] ?? 0,
    forEach(visit) {
      for (let slot = 0; slot < connections.length; slot++) {
        const connection = connections[slot];
        if (connection !== undefined) visit(connection, slot);
      }
    },
  };
}
