// The life of one simulated device: enrolls once, opens sessions, beats, reports, leaves and comes back.
import { encodeChunkFrame, encodeHeartbeat, type ServerMessage } from '@muster/protocol';
import { type DeviceWire, enrollDevice, openDevice, type SimulatedDevice } from './device.ts';
import { pause } from './gate.ts';
import type { Inventories } from './inventories.ts';
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

/** What a device is given. */
export interface LifeParts {
  readonly options: FleetOptions;
  readonly token: string;
  readonly counts: FleetCounts;
  readonly inventories: Inventories;
  /** Resolves when a connection may begin. */
  gate(): Promise<void>;
  /** A device of an earlier run, or null. */
  known(index: number): SimulatedDevice | null;
  enrolled(index: number, device: SimulatedDevice): void;
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
  const { options, counts, inventories } = parts;
  const random = createRandom(index + 1);
  const hostname = `sim-${String(index).padStart(4, '0')}`;
  const inventory = inventories.of(index, hostname);
  const address = addressOf(index, options.url);
  const startedMs = performance.now();
  let wire: DeviceWire | null = null;
  let stopped = false;
  let tries = 0;
  let seq = 0;

  function beat(): Uint8Array {
    const digest = options.idle ? new Uint8Array(8) : inventory.digest();
    counts.heartbeats++;
    return encodeHeartbeat(makeBeat(random, digest, 60 + (performance.now() - startedMs) / 1_000));
  }

  function sendChunk(to: DeviceWire): void {
    const chunk = makeChunk(index, Date.now());
    if (chunk === null) return;
    counts.chunks++;
    to.socket.send(encodeChunkFrame({ seq: ++seq, chunk }));
  }

  /** Repeats work while the session lives; `soonMs` until the first time. */
  function repeat(timers: Set<NodeJS.Timeout>, everyMs: number, work: () => void, soonMs = everyMs): void {
    if (everyMs === 0) return;
    const timer = setTimeout(
      () => {
        timers.delete(timer);
        work();
        repeat(timers, everyMs, work);
      },
      soonMs * (1 - JITTER + 2 * JITTER * random()),
    );
    timers.add(timer);
  }

  function startWork(to: DeviceWire, timers: Set<NodeJS.Timeout>): void {
    repeat(timers, options.beatMs || to.beatMs, () => to.socket.send(beat()));
    repeat(
      timers,
      options.reconnectEvery * 1_000,
      () => to.socket.close(),
      options.reconnectEvery * 2_000 * random(),
    );
    if (options.idle) return;
    repeat(timers, options.chunkEvery * 1_000, () => sendChunk(to), FIRST_CHUNK_MS * random());
    repeat(
      timers,
      options.driftEvery * 1_000,
      () => {
        inventory.drift();
        to.socket.send(beat());
      },
      options.driftEvery * 2_000 * random(),
    );
  }

  /** Reacts to a message; answers when to come back if the server says so. */
  function react(to: DeviceWire, message: ServerMessage): number | null {
    switch (message.type) {
      case 'inventory.ask':
        counts.offers++;
        to.send(inventory.offer());
        return null;
      case 'inventory.want':
        if (message.hashes.length > 0) to.socket.send(inventories.bundle(message.hashes));
        return null;
      case 'inventory.stored':
        counts.stored++;
        return null;
      case 'ack':
        counts.acknowledged += message.seqs.length;
        return null;
      case 'nack':
        counts.refused++;
        counts.lastFault = message.code;
        return null;
      case 'metrics.get':
        sendChunk(to);
        return null;
      case 'reconnect':
        return message.afterMs;
      case 'refuse':
        throw Object.assign(new Error(message.message), message);
      default:
        // Nobody sits before a simulated device: live questions stay unanswered.
        return null;
    }
  }

  async function live(to: DeviceWire): Promise<number | null> {
    const timers = new Set<NodeJS.Timeout>();
    counts.online++;
    counts.sessions++;
    tries = 0;
    try {
      startWork(to, timers);
      let afterMs: number | null = null;
      for (let message = await to.next(); message !== null; message = await to.next())
        afterMs = react(to, message) ?? afterMs;
      return afterMs;
    } finally {
      counts.online--;
      for (const timer of timers) clearTimeout(timer);
    }
  }

  async function enroll(): Promise<SimulatedDevice> {
    const known = parts.known(index);
    if (known !== null) return known;
    await parts.gate();
    const device = await enrollDevice(options.url, parts.token, { hostname, ...address });
    parts.enrolled(index, device);
    return device;
  }

  /** Enrolls and opens one session; answers the pause before the next. */
  async function once(): Promise<number> {
    const device = await enroll();
    await parts.gate();
    if (stopped) return 0;
    wire = await openDevice(options.url, device, { ...address, beat: null });
    wire.socket.send(beat());
    return (await live(wire)) ?? BACKOFF_FIRST_MS * random();
  }

  async function run(): Promise<void> {
    while (!stopped) {
      let waitMs: number;
      try {
        waitMs = await once();
      } catch (error) {
        const { words, isRefusal, afterMs } = readFault(error);
        counts[isRefusal ? 'refused' : 'failed']++;
        counts.lastFault = words;
        waitMs = afterMs ?? random() * Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** tries++);
      }
      wire = null;
      for (const until = performance.now() + waitMs; !stopped && performance.now() < until; )
        await pause(Math.min(500, until - performance.now()));
    }
  }

  return {
    ended: run(),
    stop() {
      stopped = true;
      wire?.socket.close();
    },
  };
}
