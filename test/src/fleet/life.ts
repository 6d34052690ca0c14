// The life of one simulated device: enrolls once, opens sessions, beats, reports, leaves and comes back.
import { encodeChunkFrame, encodeHeartbeat, type ServerMessage } from '@muster/protocol';
import { type DeviceWire, enrollDevice, openDevice, type SimulatedDevice } from './device.ts';
import { pause } from './gate.ts';
import type { FleetInventory, Inventories } from './inventories.ts';
import { type KeepableKeys, makeDeviceKeys } from './keys.ts';
import { makeBeat, makeChunk } from './measurements.ts';
import type { FleetOptions } from './options.ts';
import { createRandom } from './random.ts';

/** First and longest pause before a failed connection is tried again, ms. */
const BACKOFF_FIRST_MS = 1_000;
const BACKOFF_MAX_MS = 60_000;
/** Share of an interval by which heartbeats lie beside it. */
const JITTER = 0.1;
/** A device sends its first chunk within this time, so that a new fleet has something to show, ms. */
const FIRST_CHUNK_MS = 60_000;

/** What all devices count together. */
export interface FleetCounts {
  enrolled: number;
  online: number;
  /** Sessions opened so far. */
  sessions: number;
  heartbeats: number;
  offers: number;
  stored: number;
  chunks: number;
  acknowledged: number;
  /** Messages the server will not store, and sessions it refused. */
  refused: number;
  /** Connections that failed or broke. */
  failed: number;
  /** Code or words of the last refusal or failure. */
  lastFault: string;
}

/** A device that the next run can take up again. */
export interface FleetDevice extends SimulatedDevice {
  readonly keys: KeepableKeys;
}

/** What a device is given. */
export interface LifeParts {
  readonly options: FleetOptions;
  readonly token: string;
  readonly counts: FleetCounts;
  readonly inventories: Inventories;
  /** Resolves when a connection may begin. */
  gate(): Promise<void>;
  /** A device of an earlier run, or null. */
  known(index: number): FleetDevice | null;
  enrolled(index: number, device: FleetDevice): void;
}

/** A running device. */
export interface Life {
  /** Resolves when it has said goodbye. */
  readonly ended: Promise<void>;
  stop(): void;
}

/** Loopback addresses of its own, since one address has 28,000 ports; elsewhere the system chooses. */
function addressOf(index: number, url: string): { localAddress?: string } {
  const isLoopback = new URL(url).hostname === '127.0.0.1';
  return isLoopback ? { localAddress: `127.0.${process.pid % 250}.${2 + (index % 250)}` } : {};
}

/** What an error says of coming back. */
function readFault(error: unknown): { words: string; isRefusal: boolean; afterMs: number | null } {
  const words = error instanceof Error ? error.message : String(error);
  const { code = '', retryAfterMs } = error as { code?: string; retryAfterMs?: number };
  return {
    words: `${code} ${words}`.trim(),
    isRefusal: code.startsWith('E_'),
    afterMs: retryAfterMs ?? null,
  };
}

/** Starts a device. */
export function startLife(index: number, parts: LifeParts): Life {
  const life = new DeviceLife(index, parts);
  return { ended: life.run(), stop: () => life.stop() };
}

/** One device from start to stop. */
class DeviceLife {
  private readonly index: number;
  private readonly parts: LifeParts;
  private readonly hostname: string;
  /** Made once and kept through retries, so that an enrollment whose answer was lost is the same enrollment. */
  private readonly keys = makeDeviceKeys();
  private readonly random: () => number;
  private readonly startedMs = performance.now();
  private readonly timers = new Set<NodeJS.Timeout>();
  private made: FleetInventory | null = null;
  private wire: DeviceWire | null = null;
  private stopped = false;
  private failures = 0;
  private seq = 0;

  constructor(index: number, parts: LifeParts) {
    this.index = index;
    this.parts = parts;
    this.hostname = `sim-${String(index).padStart(4, '0')}`;
    this.random = createRandom(index + 1);
  }

  /** Made when it is first asked for: a fleet that only beats needs none. */
  private get inventory(): FleetInventory {
    this.made ??= this.parts.inventories.of(this.index, this.hostname);
    return this.made;
  }

  /** Opens sessions until it is stopped, with pauses. */
  async run(): Promise<void> {
    while (!this.stopped) {
      const waitMs = await this.once().catch((error: unknown) => this.noteFault(error));
      this.wire = null;
      for (const until = performance.now() + waitMs; !this.stopped && performance.now() < until; )
        await pause(Math.min(500, until - performance.now()));
    }
  }

  stop(): void {
    this.stopped = true;
    this.wire?.socket.close();
  }

  /** Enrolls if need be and lives through one session; answers the pause before the next, ms. */
  private async once(): Promise<number> {
    const { parts, index } = this;
    const address = addressOf(index, parts.options.url);
    const device = parts.known(index) ?? (await this.enroll(address));
    await parts.gate();
    if (this.stopped) return 0;
    const wire = await openDevice(parts.options.url, device, { ...address, beat: null });
    this.wire = wire;
    this.failures = 0;
    this.beat(wire);
    return (await this.live(wire)) ?? BACKOFF_FIRST_MS * this.random();
  }

  private async enroll(address: { localAddress?: string }): Promise<FleetDevice> {
    const { parts, index, hostname, keys } = this;
    await parts.gate();
    const enrolled = await enrollDevice(parts.options.url, parts.token, { hostname, keys, ...address });
    const device = { ...enrolled, keys };
    parts.enrolled(index, device);
    return device;
  }

  /** Answers the pause before the next try, ms. */
  private noteFault(error: unknown): number {
    const { counts } = this.parts;
    const { words, isRefusal, afterMs } = readFault(error);
    counts[isRefusal ? 'refused' : 'failed']++;
    counts.lastFault = words;
    return afterMs ?? this.random() * Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** this.failures++);
  }

  /** Takes messages until the socket is closed; answers when to come back if the server said so. */
  private async live(wire: DeviceWire): Promise<number | null> {
    const { counts } = this.parts;
    counts.online++;
    counts.sessions++;
    try {
      this.startWork(wire);
      let afterMs: number | null = null;
      for (let message = await wire.next(); message !== null; message = await wire.next())
        afterMs = this.react(wire, message) ?? afterMs;
      return afterMs;
    } finally {
      counts.online--;
      for (const timer of this.timers) clearTimeout(timer);
      this.timers.clear();
    }
  }

  private startWork(wire: DeviceWire): void {
    const { beatMs, idle, chunkEvery, driftEvery, reconnectEvery } = this.parts.options;
    const withinTwice = (everyS: number) => everyS * 2_000 * this.random();
    this.repeat(beatMs || wire.beatMs, () => this.beat(wire));
    this.repeat(reconnectEvery * 1_000, () => wire.socket.close(), withinTwice(reconnectEvery));
    if (idle) return;
    this.repeat(chunkEvery * 1_000, () => this.chunk(wire), FIRST_CHUNK_MS * this.random());
    const drift = () => {
      this.inventory.drift();
      this.beat(wire);
    };
    this.repeat(driftEvery * 1_000, drift, withinTwice(driftEvery));
  }

  /** Repeats work while the session lives, the first time after `firstMs`; an interval of 0 is never. */
  private repeat(everyMs: number, work: () => void, firstMs = everyMs): void {
    if (everyMs === 0) return;
    const delayMs = firstMs * (1 - JITTER + 2 * JITTER * this.random());
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      work();
      this.repeat(everyMs, work);
    }, delayMs);
    this.timers.add(timer);
  }

  private beat(wire: DeviceWire): void {
    const { counts, options } = this.parts;
    const digest = options.idle ? new Uint8Array(8) : this.inventory.digest();
    const uptimeS = 60 + (performance.now() - this.startedMs) / 1_000;
    counts.heartbeats++;
    wire.socket.send(encodeHeartbeat(makeBeat(this.random, digest, uptimeS)));
  }

  private chunk(wire: DeviceWire): void {
    const chunk = makeChunk(this.index, Date.now());
    if (chunk === null) return;
    this.parts.counts.chunks++;
    wire.socket.send(encodeChunkFrame({ seq: ++this.seq, chunk }));
  }

  /** Reacts to a message; answers when to come back if the server says so, ms. */
  private react(wire: DeviceWire, message: ServerMessage): number | null {
    const { counts, inventories } = this.parts;
    switch (message.type) {
      case 'inventory.ask':
        counts.offers++;
        wire.send(this.inventory.offer());
        break;
      case 'inventory.want':
        if (message.hashes.length > 0) wire.socket.send(inventories.bundle(message.hashes));
        break;
      case 'inventory.stored':
        counts.stored++;
        break;
      case 'ack':
        counts.acknowledged += message.seqs.length;
        break;
      case 'nack':
        counts.refused++;
        counts.lastFault = message.code;
        break;
      case 'metrics.get':
        this.chunk(wire);
        break;
      case 'reconnect':
        return message.afterMs;
      case 'refuse':
        throw Object.assign(new Error(message.message), message);
      default:
        // Nobody sits before a simulated device: live questions stay unanswered.
        break;
    }
    return null;
  }
}
