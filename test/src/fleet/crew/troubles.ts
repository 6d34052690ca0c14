// Faults at work: slow readers, devices that vanish, storms, second holders of a key, flapping devices.
import type { Socket } from 'node:net';
import { type FaultKind, hasFault } from '../faults.ts';
import type { Lines } from './lines.ts';
import { KEY_BYTES, STATE, TIMER } from './tables.ts';
import type { World } from './world.ts';

/** How long a slow device reads nothing, ms. */
const SLOW_MS = 5_000;
/** Mean time between two disappearances of a half-open device, and between two leaves of a flapping one, ms. */
const VANISH_EVERY_MS = 180_000;
const FLAP_EVERY_MS = 30_000;
/** A second machine shows up so long after the first is online, ms. */
const TWIN_AFTER_MS = 20_000;
/** However fast the day goes, ms. */
const MIN_FAULT_MS = 1_000;
/** Sockets of vanished devices are kept for the server to find out, ms. */
const GHOST_MS = 180_000;

/** Faults of the devices of a process. */
export interface Troubles {
  opened(slot: number): void;
  /** The fault timer of a device. */
  due(slot: number): void;
  /** False: it is a slow one and reads nothing for a while. */
  mayRead(slot: number): boolean;
  /** The slot whose key and character that one has: itself, or the original of a clone. */
  originalOf(slot: number): number;
  storm(share: number): void;
  stop(): void;
}

/** Makes them. `twins` are the slots of devices that have a clone; the clones stand behind all devices, in that order. */
export function createTroubles(world: World, lines: Lines, twins: readonly number[]): Troubles {
  return new CrewTroubles(world, lines, twins);
}

class CrewTroubles implements Troubles {
  private readonly world: World;
  private readonly lines: Lines;
  private readonly twins: readonly number[];
  /** Clones by the slot of their original. */
  private readonly cloneOf: ReadonlyMap<number, number>;
  private readonly slow: Uint8Array;
  private readonly ghosts = new Set<Socket>();
  private readonly storms: NodeJS.Timeout | undefined;

  constructor(world: World, lines: Lines, twins: readonly number[]) {
    this.world = world;
    this.lines = lines;
    this.twins = twins;
    const { devices, stormEveryMs, faults } = world.options;
    this.cloneOf = new Map(twins.map((slot, place) => [slot, devices + place]));
    this.slow = Uint8Array.from({ length: world.tables.slots }, (_, slot) =>
      this.has('slow', slot) ? 1 : 0,
    );
    const share = faults.storm ?? 0;
    if (share > 0 && stormEveryMs > 0) this.storms = setInterval(() => this.storm(share), stormEveryMs);
  }

  private has(kind: FaultKind, slot: number): boolean {
    const { faults, first } = this.world.options;
    return hasFault(faults, kind, first + this.originalOf(slot));
  }

  originalOf(slot: number): number {
    const { devices } = this.world.options;
    return slot < devices ? slot : (this.twins[slot - devices] ?? slot);
  }

  mayRead(slot: number): boolean {
    const { world } = this;
    // On its way in it reads as all do: what is tried is a session that is not read.
    if (this.slow[slot] === 0 || world.tables.state[slot] !== STATE.open) return true;
    world.count('slowReads');
    world.arm(slot, TIMER.fault, SLOW_MS);
    return false;
  }

  opened(slot: number): void {
    const { world } = this;
    if (this.has('half-open', slot)) world.arm(slot, TIMER.fault, this.within(VANISH_EVERY_MS));
    else if (this.has('flaps', slot)) world.arm(slot, TIMER.fault, this.within(FLAP_EVERY_MS));
    const clone = this.cloneOf.get(slot);
    if (clone !== undefined && world.tables.state[clone] === STATE.off)
      world.arm(clone, TIMER.fault, this.within(TWIN_AFTER_MS));
  }

  /** Some time around a mean one, faster where the day is. */
  private within(meanMs: number): number {
    const { speed } = this.world.options;
    return Math.max(MIN_FAULT_MS, meanMs / speed) * (0.5 + this.world.random());
  }

  due(slot: number): void {
    const { world } = this;
    const { state } = world.tables;
    if (slot >= world.options.devices && state[slot] === STATE.off) this.appear(slot);
    else if (this.slow[slot] === 1) this.lines.readOn(slot);
    else if (state[slot] !== STATE.open) return;
    else if (this.has('half-open', slot)) this.vanish(slot);
    else if (this.has('flaps', slot)) this.lines.leave(slot, undefined);
  }

  /** The disk of a device was copied a moment ago. */
  private appear(clone: number): void {
    const { tables } = this.world;
    const original = this.originalOf(clone);
    tables.ids[clone] = tables.ids[original] ?? '';
    tables.epochs[clone] = tables.epochs[original] ?? 0;
    tables.clockMs[clone] = tables.clockMs[original] ?? 0;
    for (const keys of [tables.seeds, tables.publics])
      keys.copyWithin(clone * KEY_BYTES, original * KEY_BYTES, (original + 1) * KEY_BYTES);
    this.world.count('clonesTried');
    this.lines.dial(clone);
  }

  /** The power goes: the server's end of the socket hears nothing more, and the device comes back on another. */
  private vanish(slot: number): void {
    const { world } = this;
    world.count('vanished');
    world.tables.wanted[slot] = 1;
    const ghost = this.lines.abandon(slot);
    if (ghost === null) return;
    this.ghosts.add(ghost);
    setTimeout(() => this.bury(ghost), GHOST_MS).unref();
  }

  private bury(ghost: Socket): void {
    ghost.destroy();
    this.ghosts.delete(ghost);
  }

  storm(share: number): void {
    const { world } = this;
    const { state, wanted } = world.tables;
    for (let slot = 0; slot < world.options.devices; slot++) {
      if (state[slot] !== STATE.open || world.random() >= share) continue;
      world.count('stormed');
      wanted[slot] = 1;
      this.lines.cut(slot);
    }
  }

  stop(): void {
    clearInterval(this.storms);
    for (const ghost of this.ghosts) ghost.destroy();
  }
}
