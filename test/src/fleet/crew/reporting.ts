// What devices tell by themselves: heartbeats, chunks of measurements, inventories, alerts.
import { type AgentMessage, encodeHeartbeat, formatSeries, type InventoryWant } from '@muster/protocol';
import { characterOf } from '../characters.ts';
import type { Inventories } from '../inventories.ts';
import { createChunkMaker, type Filling, HOUR_MS, levelsOf, makeBeat } from '../measurements.ts';
import { jitter, phase } from '../profile.ts';
import { createRandom } from '../random.ts';
import type { Outboxes } from './outbox.ts';
import { STATE, TIMER } from './tables.ts';
import type { World } from './world.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * HOUR_MS;
/** Devices were started on different days of so many. */
const MAX_UP_DAYS = 83;
/** Bytes on a socket above which the server does not read: a heartbeat would come too late. */
const MAX_UNSENT_BYTES = 64 * 1024;
const DIGEST_BYTES = 8;
/** Part of an interval after which a heartbeat is missed: the server takes a device for silent after one and a half. */
const GRACE_BEATS = 0.5;
/** Thresholds of a device that has been running for long have fired long ago; here they do so soon after it came, ms. */
const FIRST_ALERT_MS = 20_000;

/** Reporting of all devices of a process. */
export interface Reporting {
  /** A session is open. */
  opened(slot: number, welcomeBeatMs: number): void;
  /** Timers. */
  beat(slot: number): void;
  chunk(slot: number): void;
  change(slot: number): void;
  alert(slot: number): void;
  /** Messages of the server. */
  ask(slot: number): void;
  want(slot: number, message: InventoryWant): void;
  sendOpenHour(slot: number): void;
}

/** What reporting needs. */
export interface ReportingParts {
  readonly inventories: Inventories;
  readonly outboxes: Outboxes;
}

/** Makes it. */
export function createReporting(world: World, parts: ReportingParts): Reporting {
  return new CrewReporting(world, parts);
}

class CrewReporting implements Reporting {
  private readonly world: World;
  private readonly parts: ReportingParts;
  private readonly makeChunk = createChunkMaker();
  /** Digests as they stand in heartbeats, and the number of changes they are of, plus one. */
  private readonly digests: Uint8Array;
  private readonly digestOf: Uint16Array;
  private readonly bootMs = Date.now() - 7 * DAY_MS;
  /** Alerts that are open: the rule, by device. */
  private readonly firing = new Map<number, 'disk_filling' | 'disk_full'>();

  constructor(world: World, parts: ReportingParts) {
    this.world = world;
    this.parts = parts;
    this.digests = new Uint8Array(world.tables.slots * DIGEST_BYTES);
    this.digestOf = new Uint16Array(world.tables.slots);
  }

  opened(slot: number, welcomeBeatMs: number): void {
    const { world } = this;
    const { profile, speed, isDemo } = world.options;
    const { tables } = world;
    tables.beatMs[slot] = profile.beatEveryMs || welcomeBeatMs / speed;
    this.sendBeat(slot);
    // Intervals go on over reconnects; a device that comes for the first time is somewhere in the middle of each.
    if (tables.wasOnline[slot] === 0) {
      tables.wasOnline[slot] = 1;
      this.arm(slot, TIMER.chunk, profile.chunkEveryMs);
      this.arm(slot, TIMER.change, profile.changeEveryMs);
      if (isDemo) world.arm(slot, TIMER.alert, FIRST_ALERT_MS * world.random());
    }
    this.arm(slot, TIMER.leave, profile.leaveEveryMs);
  }

  private arm(slot: number, timer: number, everyMs: number): void {
    const { world } = this;
    if (everyMs > 0) world.arm(slot, timer as typeof TIMER.chunk, phase(everyMs, world.random));
  }

  private again(slot: number, timer: typeof TIMER.chunk | typeof TIMER.change, everyMs: number): void {
    this.world.arm(slot, timer, jitter(everyMs, this.world.random));
  }

  private sourceOf(slot: number) {
    return { device: this.world.deviceOf(slot), changes: this.world.tables.changes[slot] ?? 0 };
  }

  private digest(slot: number): Uint8Array {
    const source = this.sourceOf(slot);
    const place = this.digests.subarray(slot * DIGEST_BYTES, (slot + 1) * DIGEST_BYTES);
    if (this.digestOf[slot] !== source.changes + 1) {
      place.set(this.parts.inventories.digest(source));
      this.digestOf[slot] = source.changes + 1;
    }
    return place;
  }

  beat(slot: number): void {
    const { world } = this;
    const { tables } = world;
    const lateMs = world.now() - (tables.beatAt[slot] ?? 0);
    const graceMs = (tables.beatMs[slot] ?? MINUTE_MS) * GRACE_BEATS;
    const socket = tables.sockets[slot];
    const isOpen = tables.state[slot] === STATE.open && socket !== null && socket !== undefined;
    const canSend = isOpen && socket.writableLength <= MAX_UNSENT_BYTES;
    if (lateMs >= graceMs) world.count('missed');
    else if (!canSend) {
      // A session that opens meanwhile begins with a heartbeat, and this one is not missed.
      world.arm(slot, TIMER.beat, graceMs - lateMs);
      return;
    }
    if (canSend) {
      world.measure('lag', Math.max(0, lateMs));
      this.sendBeat(slot);
    } else this.planBeat(slot);
  }

  private planBeat(slot: number): void {
    const { tables } = this.world;
    const inMs = jitter(tables.beatMs[slot] ?? MINUTE_MS, this.world.random);
    tables.beatAt[slot] = this.world.now() + inMs;
    this.world.arm(slot, TIMER.beat, inMs);
  }

  private sendBeat(slot: number): void {
    const { world } = this;
    const isIdle = world.options.profile.chunkEveryMs === 0;
    const digest = isIdle ? new Uint8Array(DIGEST_BYTES) : this.digest(slot);
    const upMs = Date.now() - this.bootMs + ((world.deviceOf(slot) * 37) % MAX_UP_DAYS) * DAY_MS;
    const beat = makeBeat(world.random, digest, upMs / 1_000);
    const levels = world.options.isDemo ? this.levelsOf(slot) : null;
    const outboxDepth = this.parts.outboxes.depth(slot);
    if (world.send(slot, encodeHeartbeat({ ...beat, ...levels, outboxDepth }))) world.count('beats');
    this.planBeat(slot);
  }

  private levelsOf(slot: number) {
    const { world } = this;
    const device = world.deviceOf(slot);
    const atMs = world.deviceNow(slot);
    const wish = { course: device % world.options.courses, atMs, filling: this.fillingOf(slot) };
    return levelsOf(wish, characterOf(device).role.cores);
  }

  /** The open hour, or the one before it as long as that was not told to its end: each hour becomes whole, at one chunk an interval. */
  chunk(slot: number): void {
    const { tables, options } = this.world;
    this.again(slot, TIMER.chunk, options.profile.chunkEveryMs);
    const nowMs = this.world.deviceNow(slot);
    const openMs = Math.floor(nowMs / HOUR_MS) * HOUR_MS;
    const lastMs = tables.hourMs[slot] ?? 0;
    const isLate = lastMs > 0 && lastMs < openMs;
    tables.hourMs[slot] = openMs;
    this.putHour(slot, isLate ? openMs - HOUR_MS : openMs);
  }

  sendOpenHour(slot: number): void {
    this.putHour(slot, Math.floor(this.world.deviceNow(slot) / HOUR_MS) * HOUR_MS);
  }

  private putHour(slot: number, fromMs: number): void {
    const { world } = this;
    const count = Math.min(60, Math.floor((world.deviceNow(slot) - fromMs) / MINUTE_MS));
    if (count === 0) return;
    const course = world.deviceOf(slot) % world.options.courses;
    const filling = this.fillingOf(slot);
    this.parts.outboxes.put(slot, {
      what: 'chunk',
      fromMs,
      make: () => this.makeChunk({ course, fromMs, count, filling }),
    });
  }

  change(slot: number): void {
    const { tables, options } = this.world;
    tables.changes[slot] = (tables.changes[slot] ?? 0) + 1;
    this.again(slot, TIMER.change, options.profile.changeEveryMs);
    // The agent tells a change at once, by the digest of a heartbeat.
    if (tables.state[slot] === STATE.open) this.sendBeat(slot);
  }

  ask(slot: number): void {
    const times = {
      since: new Date(this.bootMs).toISOString(),
      packagesSince: new Date(this.world.deviceNow(slot)).toISOString(),
    };
    this.world.count('inventoryOffers');
    this.world.send(slot, this.parts.inventories.offer(this.sourceOf(slot), times));
  }

  want(slot: number, { hashes }: InventoryWant): void {
    if (hashes.length === 0) return;
    const { frame, bodies } = this.parts.inventories.bundleOf(this.sourceOf(slot), hashes);
    if (this.world.send(slot, frame)) this.world.count('inventoryBodies', bodies);
  }

  /** In a demo every thirtieth device has a disk that fills within hours, some of them full already. */
  private fillingOf(slot: number): Filling | null {
    const device = this.world.deviceOf(slot);
    if (!this.world.options.isDemo || device % 30 !== 7) return null;
    const random = createRandom(device + 0xd15c);
    const [startRatio, anHour] = [0.8 + 0.19 * random(), 0.01 + 0.05 * random()];
    const fromMs = this.bootMs + 7 * DAY_MS;
    return {
      usedAt: (atMs) => Math.min(1, Math.max(0.5, startRatio + ((atMs - fromMs) / HOUR_MS) * anHour)),
    };
  }

  alert(slot: number): void {
    const filling = this.fillingOf(slot);
    if (filling === null) return;
    this.world.arm(slot, TIMER.alert, MINUTE_MS);
    const at = new Date(this.world.deviceNow(slot)).toISOString();
    const value = filling.usedAt(Date.now());
    const rule = value > 0.95 ? 'disk_full' : value > 0.85 ? 'disk_filling' : null;
    if (rule === null || this.firing.get(slot) === rule) return;
    this.firing.set(slot, rule);
    this.world.count('alerts');
    const message = {
      type: 'alert',
      rule,
      series: formatSeries({ metric: 'system.filesystem.utilization', instance: '/' }),
      state: 'firing',
      severity: rule === 'disk_full' ? 'critical' : 'warning',
      value,
      threshold: rule === 'disk_full' ? 0.95 : 0.85,
      since: at,
      at,
    } as const;
    this.parts.outboxes.put(slot, { what: 'alert', make: (seq): AgentMessage => ({ ...message, seq }) });
  }
}
