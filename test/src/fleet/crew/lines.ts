// The connections of simulated devices: dialing, the upgrade, frames in and out, silence, and what follows an end.
import type { Socket } from 'node:net';
import { reconnectPauseMs } from '@muster/protocol';
import { jitter } from '../profile.ts';
import { createDialer, type Dialer } from '../wire/dial.ts';
import { createFrameReader, encodeFrame, type FrameReader, OPCODE } from '../wire/frames.ts';
import { createUpgrade, type Upgrade } from '../wire/upgrade.ts';
import { STATE, TIMER } from './tables.ts';
import type { World } from './world.ts';

/** Times of the agent (agent/src/timing.ts), ms. */
const OPEN_TIMEOUT_MS = 15_000;
const CLOSE_TIMEOUT_MS = 1_500;
const SILENCE_MS = 90_000;
const PING_TIMEOUT_MS = 15_000;
const HEALTHY_AFTER_MS = 60_000;
/** Source addresses of a process. */
const ADDRESSES = 250;
/** Normal closure (RFC 6455 §7.4), as a close frame carries it. */
const GOODBYE = Buffer.from([0x03, 0xe8]);

/** Who hears of connections. */
export interface LineEvents {
  text(slot: number, bytes: Buffer): void;
  /** The socket is gone, whatever the state was. */
  closed(slot: number): void;
  /** False: the device reads no more until `Lines.readOn`. */
  mayRead(slot: number): boolean;
}

/** Connections of all devices of a process. */
export interface Lines {
  dial(slot: number): void;
  send(slot: number, opcode: number, payload: Uint8Array | string): boolean;
  /** The step timer of a device: the next try, or the end of patience. */
  step(slot: number): void;
  silence(slot: number): void;
  /** Says goodbye; `afterMs` is when the server wants the device back at the earliest, `off`: not before it is told. */
  leave(slot: number, afterMs: number | undefined | 'off'): void;
  /** Cuts the socket without a word; the device comes back as after any failure. */
  cut(slot: number): void;
  /** Takes the socket away from the device without touching it: for the server it is still there. */
  abandon(slot: number): Socket | null;
  readOn(slot: number): void;
  /** Ends the socket because the next one follows at once; nothing is counted. */
  renew(slot: number): void;
}

/** Makes the lines. */
export function createLines(world: World, events: LineEvents): Lines {
  return new CrewLines(world, events);
}

class CrewLines implements Lines {
  private readonly world: World;
  private readonly events: LineEvents;
  private readonly dialer: Dialer;
  private readonly upgrade: Upgrade;
  private readonly reader: FrameReader;
  /** Beginnings of answers to upgrades. */
  private readonly heads = new Map<number, Buffer>();

  constructor(world: World, events: LineEvents) {
    this.world = world;
    this.events = events;
    const { url, resume } = world.options;
    this.upgrade = createUpgrade(url);
    this.reader = createFrameReader({
      frame: (slot, opcode, payload) => this.frame(slot, opcode, payload),
      broken: (slot, why) => this.broken(slot, why),
    });
    this.dialer = createDialer(
      { url, resume },
      {
        connected: (slot, socket) => this.connected(slot, socket),
        data: (slot, bytes) => this.data(slot, bytes),
        failed: (slot, error) => this.failed(slot, error),
        closed: (slot, socket) => this.closed(slot, socket),
      },
    );
  }

  dial(slot: number): void {
    const { world } = this;
    const { tables, options } = world;
    world.count('dials');
    tables.state[slot] = STATE.connecting;
    tables.wanted[slot] = 0;
    tables.comeBackMs[slot] = Number.NaN;
    tables.openedAt[slot] = 0;
    tables.stepAt[slot] = world.now();
    world.arm(slot, TIMER.step, OPEN_TIMEOUT_MS);
    const address = options.addresses === '' ? undefined : `${options.addresses}.${2 + (slot % ADDRESSES)}`;
    tables.sockets[slot] = this.dialer.dial(slot, address);
  }

  private connected(slot: number, socket: Socket): void {
    const { tables } = this.world;
    if (tables.sockets[slot] !== socket) return;
    tables.state[slot] = STATE.upgrading;
    socket.write(this.upgrade.request);
  }

  private data(slot: number, bytes: Buffer): boolean {
    const { tables } = this.world;
    if (tables.sockets[slot] === null) return true;
    this.world.count('receivedBytes', bytes.length);
    tables.heardAt[slot] = this.world.now();
    if (tables.state[slot] === STATE.upgrading) this.readHead(slot, bytes);
    else this.reader.feed(slot, bytes);
    return this.events.mayRead(slot);
  }

  private readHead(slot: number, bytes: Buffer): void {
    const before = this.heads.get(slot);
    const all = before === undefined ? bytes : Buffer.concat([before, bytes]);
    const answer = this.upgrade.read(all);
    if (answer === null) {
      this.heads.set(slot, Buffer.from(all));
      return;
    }
    this.heads.delete(slot);
    if (answer.status !== 101) {
      this.world.note(`HTTP ${answer.status}`);
      this.cut(slot);
      return;
    }
    this.world.tables.state[slot] = STATE.greeting;
    if (answer.bodyAt < all.length) this.reader.feed(slot, all.subarray(answer.bodyAt));
  }

  private frame(slot: number, opcode: number, payload: Buffer): void {
    const { world } = this;
    switch (opcode) {
      case OPCODE.text:
        this.events.text(slot, payload);
        break;
      case OPCODE.ping:
        if (this.send(slot, OPCODE.pong, payload)) world.count('pingsAnswered');
        break;
      case OPCODE.close:
        if (!this.isWanted(slot))
          world.note(`closed with ${payload.length >= 2 ? payload.readUInt16BE(0) : 'no code'}`);
        this.send(slot, OPCODE.close, payload.subarray(0, 2));
        world.tables.sockets[slot]?.end();
        break;
      default:
        // Pieces of bodies, which nobody here asks for, and pongs.
        break;
    }
  }

  /** The device, or a word of the server before, wants it to end. */
  private isWanted(slot: number): boolean {
    return this.world.tables.wanted[slot] === 1;
  }

  private broken(slot: number, why: string): void {
    this.world.count('protocolFaults');
    this.world.note(why);
    this.cut(slot);
  }

  private failed(slot: number, error: NodeJS.ErrnoException): void {
    if (slot >= 0) this.world.note(error.code ?? error.message);
  }

  send(slot: number, opcode: number, payload: Uint8Array | string): boolean {
    const socket = this.world.tables.sockets[slot];
    if (socket === null || socket === undefined || !socket.writable) return false;
    const frame = encodeFrame(opcode, payload, (this.world.random() * 2 ** 32) >>> 0);
    this.world.count('sentBytes', frame.length);
    socket.write(frame);
    return true;
  }

  step(slot: number): void {
    const { state } = this.world.tables;
    if (state[slot] === STATE.waiting) this.dial(slot);
    else if (state[slot] !== STATE.open && state[slot] !== STATE.off) {
      if (state[slot] !== STATE.leaving) this.world.note('no welcome within 15 s');
      this.world.tables.sockets[slot]?.destroy();
    }
  }

  /** Asks a server that said nothing for long, and gives up one that does not answer; as the agent does. */
  silence(slot: number): void {
    const { world } = this;
    const { tables } = world;
    if (tables.state[slot] !== STATE.open) return;
    const quietMs = world.now() - (tables.heardAt[slot] ?? 0);
    if (quietMs >= SILENCE_MS + PING_TIMEOUT_MS) {
      world.note('the server fell silent');
      tables.sockets[slot]?.destroy();
      return;
    }
    if (quietMs < SILENCE_MS) {
      world.arm(slot, TIMER.silence, SILENCE_MS - quietMs);
      return;
    }
    if (this.send(slot, OPCODE.ping, Buffer.alloc(0))) world.count('pingsSent');
    world.arm(slot, TIMER.silence, PING_TIMEOUT_MS);
  }

  leave(slot: number, afterMs: number | undefined | 'off'): void {
    const { world } = this;
    const { tables } = world;
    tables.wanted[slot] = 1;
    tables.comeBackMs[slot] = afterMs === 'off' ? Number.POSITIVE_INFINITY : (afterMs ?? Number.NaN);
    if (tables.sockets[slot] === null) {
      if (afterMs === 'off') this.rest(slot);
      return;
    }
    const isTalking = (tables.state[slot] ?? 0) >= STATE.greeting;
    tables.state[slot] = STATE.leaving;
    world.arm(slot, TIMER.step, CLOSE_TIMEOUT_MS);
    if (!isTalking || !this.send(slot, OPCODE.close, GOODBYE)) tables.sockets[slot]?.destroy();
  }

  private rest(slot: number): void {
    this.world.tables.state[slot] = STATE.off;
    this.world.disarm(slot, TIMER.step);
    this.world.disarm(slot, TIMER.beat);
  }

  cut(slot: number): void {
    const socket = this.world.tables.sockets[slot];
    // Only a plain socket can be reset; a TLS one ends without a word all the same.
    if (this.dialer.isTls) socket?.destroy();
    else socket?.resetAndDestroy();
  }

  abandon(slot: number): Socket | null {
    const { sockets } = this.world.tables;
    const socket = sockets[slot] ?? null;
    if (socket === null) return null;
    socket.pause();
    sockets[slot] = null;
    this.ended(slot);
    return socket;
  }

  renew(slot: number): void {
    const { sockets } = this.world.tables;
    const socket = sockets[slot];
    sockets[slot] = null;
    socket?.destroy();
    this.reader.forget(slot);
    this.events.closed(slot);
    this.dial(slot);
  }

  readOn(slot: number): void {
    this.world.tables.sockets[slot]?.resume();
  }

  private closed(slot: number, socket: Socket): void {
    const { tables } = this.world;
    if (tables.sockets[slot] !== socket) return;
    tables.sockets[slot] = null;
    this.ended(slot);
  }

  /** The socket is not the device's any more: counts what that means, and plans the next try. */
  private ended(slot: number): void {
    const { world } = this;
    const { tables } = world;
    const wasOpen = tables.state[slot] === STATE.open;
    const isWanted = this.isWanted(slot);
    this.reader.forget(slot);
    this.heads.delete(slot);
    world.disarm(slot, TIMER.silence);
    if (wasOpen && !isWanted) world.count('dropped');
    if (!wasOpen && !isWanted) world.count('failed');
    if (wasOpen && tables.lostAt[slot] === 0) tables.lostAt[slot] = world.now();
    this.events.closed(slot);
    const comeBackMs = tables.comeBackMs[slot] ?? Number.NaN;
    if (comeBackMs === Number.POSITIVE_INFINITY) {
      this.rest(slot);
      return;
    }
    const openedAt = tables.openedAt[slot] ?? 0;
    // Also when it was left, by the device or because the server said so.
    const hadSession = openedAt > 0;
    const wasHealthy = hadSession && world.now() - openedAt >= HEALTHY_AFTER_MS;
    const failures = wasHealthy ? 0 : (tables.failures[slot] ?? 0);
    tables.failures[slot] = Math.min(30, failures + 1);
    tables.state[slot] = STATE.waiting;
    const atLeastMs = Number.isNaN(comeBackMs) ? undefined : comeBackMs;
    // What belongs to the day goes as fast as the day; what the server or a failure caused does not.
    const windowMs = hadSession ? undefined : tables.windowMs[slot];
    const pauseMs = reconnectPauseMs({ failures, atLeastMs, windowMs }, world.random);
    const isPlanned = isWanted && atLeastMs === undefined;
    world.arm(slot, TIMER.step, isPlanned ? pauseMs / world.options.speed : pauseMs);
  }
}

/** Begins to watch for silence. */
export function watchSilence(world: World, slot: number): void {
  world.arm(slot, TIMER.silence, jitter(SILENCE_MS, world.random));
}
