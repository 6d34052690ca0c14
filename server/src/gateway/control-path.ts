// The gateway's way to the controller: runs its handlers here while this process is the controller, else hands everything on over the bus, in order.
import type { AgentMessage, Heartbeat } from '@muster/protocol';
import type { Bus } from '../bus/bus.ts';
import type { CloseReason, FrameKind } from '../core/agents/session.ts';
import type { Clock } from '../core/clock.ts';
import { createPauses } from '../core/turns.ts';
import { type AgentConnection, CLOSE } from './connection.ts';
import { awayWindowMs } from './drain.ts';
import type { Handlers } from './handlers.ts';
import { ANNOUNCE_AGAIN_MS, ANNOUNCE_SLICE, BUS_GATHER_MS, MAX_OFFERS } from './limits.ts';
import { joinOffer } from './offers.ts';
import type { Registry } from './registry.ts';
import {
  type Beat,
  type Begin,
  type Down,
  type DownItem,
  packBeats,
  type SessionCard,
  TOPIC,
  type UpItem,
} from './wire.ts';

/** What the path needs. */
export interface ControlPathDeps {
  readonly bus: Bus;
  readonly registry: Registry;
  /** What is registered at the controller. */
  readonly handlers: Handlers;
  readonly clock: Clock;
  /** How many come back in a second when they were sent away. */
  readonly handshakesPerSecond: number;
  /** Another process is the controller, and what this one was told before may have been lost. Null: it is gone. */
  followed(controller: string | null): void;
}

/** A heartbeat as it came, and as it was read. */
interface HeardBeat {
  readonly beat: Heartbeat;
  readonly frame: Uint8Array;
}

/** Where the sessions of this process report to. */
export interface ControlPath {
  message(connection: AgentConnection, message: AgentMessage): void | Promise<void>;
  frame(connection: AgentConnection, kind: FrameKind, frame: Uint8Array): void | Promise<void>;
  heartbeat(connection: AgentConnection, heard: HeardBeat): void;
  opened(connection: AgentConnection): void;
  closed(connection: AgentConnection, reason: CloseReason): void;
  /** Asks who the controller is, and listens to it. */
  start(): void;
  /** This process is the controller from now on. Resolves when all its sessions were opened to the handlers here. */
  take(token: number): Promise<void>;
  /** False for a session that the handlers here have yet to be told of. */
  knows(connection: AgentConnection): boolean;
  stop(): void;
}

/** Makes the path. Until a controller is known what happens leads nowhere: when one begins it is told who is there. */
export function createControlPath(deps: ControlPathDeps): ControlPath {
  return new Path(deps);
}

function cardOf({ number, identity }: AgentConnection): SessionCard {
  return { number, ...identity };
}

class Path implements ControlPath {
  private readonly deps: ControlPathDeps;
  /** Id of the controller when it is another process. */
  private controller: string | null = null;
  private isHere = false;
  private token = 0;
  private waiting: UpItem[] = [];
  private beats: Beat[] = [];
  private announcedMs = Number.NEGATIVE_INFINITY;
  private isAnnouncing = false;
  /** To be announced once more when this announcement is over. */
  private isDue = false;
  /** Sessions that the controller, here or elsewhere, has yet to be told of: slice by slice, or when something happens on one. */
  private untold = new Set<AgentConnection>();
  /**
   * Commands whose files a session sends up: a conversation that only the controller knows, and that a device begins again when it
   * connects.
   */
  private readonly sending = new Map<AgentConnection, Set<string>>();
  /** Over which time those are sent away. */
  private awayMs = 0;
  private readonly ends: (() => void)[] = [];

  constructor(deps: ControlPathDeps) {
    this.deps = deps;
  }

  message(connection: AgentConnection, message: AgentMessage): void | Promise<void> {
    if (!this.tell(connection)) return;
    if (this.isHere) return this.deps.handlers.message(message.type)?.(connection, message as never);
    if (message.type === 'file.offer') this.noteOffer(connection, message.cmdId);
    this.push({ is: 'message', number: connection.number, message });
  }

  frame(connection: AgentConnection, kind: FrameKind, frame: Uint8Array): void | Promise<void> {
    if (!this.tell(connection)) return;
    if (this.isHere) return this.deps.handlers.frame(kind)?.(connection, frame);
    this.push({ is: 'frame', number: connection.number, kind, frame });
  }

  heartbeat(connection: AgentConnection, { beat, frame }: HeardBeat): void {
    if (!this.tell(connection)) return;
    if (this.isHere) {
      this.deps.handlers.heartbeat(connection, beat);
      return;
    }
    if (this.controller === null) return;
    if (this.beats.length === 0) this.deps.clock.after(BUS_GATHER_MS, () => this.sendBeats());
    this.beats.push({ number: connection.number, frame });
  }

  opened(connection: AgentConnection): void {
    if (this.isHere) this.deps.handlers.opened(connection);
    else this.push({ is: 'opened', card: cardOf(connection) });
  }

  closed(connection: AgentConnection, reason: CloseReason): void {
    this.sending.delete(connection);
    // Whoever never heard of it need not hear that it is over.
    if (this.untold.delete(connection)) return;
    if (this.isHere) this.deps.handlers.closed(connection, reason);
    else this.push({ is: 'closed', number: connection.number, reason });
  }

  knows(connection: AgentConnection): boolean {
    return !this.isHere || !this.untold.has(connection);
  }

  start(): void {
    const { bus } = this.deps;
    this.ends.push(
      bus.handle(TOPIC.begin, (body, from) => this.begin(body as Begin, from)),
      bus.handle(TOPIC.down, (body, from) => this.down(body as Down, from)),
      bus.watch({
        joined: () => undefined,
        gone: (id) => {
          if (id !== this.controller) return;
          this.forget();
          this.deps.followed(null);
        },
        missed: (id) => {
          if (id === this.controller) this.announceSoon();
        },
      }),
    );
    bus.send({ owner: 'controller' }, TOPIC.hello, null);
  }

  async take(token: number): Promise<void> {
    this.forget();
    this.token = token;
    this.isHere = true;
    await this.tellAll();
  }

  stop(): void {
    this.send();
    for (const end of this.ends.splice(0)) end();
  }

  private forget(): void {
    this.controller = null;
    this.untold = new Set();
    this.waiting = [];
    this.beats = [];
  }

  /** Somebody says that it is the controller. Here it is told of that by the bus: who owns its name. */
  private begin({ token }: Begin, from: string): void | Promise<void> {
    // The word of one that was succeeded came late.
    if (token < this.token || this.isHere) return;
    this.token = token;
    const isOther = from !== this.controller;
    this.controller = from;
    if (isOther) return this.announce(from);
    this.announceSoon();
  }

  private announceSoon(): void {
    if (this.isAnnouncing) return;
    this.isAnnouncing = true;
    const waitMs = this.announcedMs + ANNOUNCE_AGAIN_MS - this.deps.clock.monotonic();
    this.deps.clock.after(Math.max(0, waitMs), () => {
      this.isAnnouncing = false;
      // One that is under way ends first: begun anew each time it might never.
      if (this.untold.size > 0) this.isDue = true;
      else if (this.controller !== null) void this.announce(this.controller);
    });
  }

  /** Tells everything anew; what was said before counts no more, and what was not heard is asked for. */
  private async announce(controller: string): Promise<void> {
    this.announcedMs = this.deps.clock.monotonic();
    this.isDue = false;
    this.waiting = [];
    this.beats = [];
    this.push({ is: 'all' });
    if (!(await this.tellAll())) return;
    this.send();
    this.deps.followed(controller);
    if (this.isDue) this.announceSoon();
  }

  /** Tells of all sessions, in slices; false when that became pointless. */
  private async tellAll(): Promise<boolean> {
    const untold = new Set<AgentConnection>();
    this.deps.registry.forEach((connection) => void untold.add(connection));
    this.untold = untold;
    this.awayMs = awayWindowMs(this.sending.size, this.deps.handshakesPerSecond);
    const rest = createPauses();
    for (const connection of untold) {
      this.tell(connection);
      await rest();
      if (this.untold !== untold) return false;
    }
    return true;
  }

  /** The session comes before everything that happens on it. False when it was sent away instead. */
  private tell(connection: AgentConnection): boolean {
    if (!this.untold.has(connection)) return true;
    if (this.sending.has(connection)) {
      // For the controller it would be new: the file on its way is offered again when the device is back.
      connection.send({ type: 'reconnect', afterMs: Math.floor(Math.random() * this.awayMs) });
      connection.close('drained', CLOSE.drained);
      return false;
    }
    this.untold.delete(connection);
    // Nobody is left who would let go of it.
    connection.hold(false);
    if (this.isHere) this.deps.handlers.opened(connection);
    else this.push({ is: 'opened', card: cardOf(connection) });
    return true;
  }

  private noteOffer(connection: AgentConnection, cmdId: string): void {
    const offers = this.sending.get(connection) ?? new Set();
    this.sending.set(connection, offers);
    if (offers.size < MAX_OFFERS) offers.add(cmdId);
  }

  /** The controller has the file. */
  private noteStored(connection: AgentConnection, cmdId: string): void {
    const offers = this.sending.get(connection);
    offers?.delete(cmdId);
    if (offers?.size === 0) this.sending.delete(connection);
  }

  private push(item: UpItem): void {
    if (this.controller === null) return;
    // One message of the bus for all that happens in one turn of the event loop.
    if (this.waiting.length === 0) setImmediate(() => this.send());
    this.waiting.push(item);
    if (this.waiting.length >= ANNOUNCE_SLICE) this.send();
  }

  private send(): void {
    const items = this.waiting;
    if (items.length === 0 || this.controller === null) return;
    this.waiting = [];
    this.deps.bus.send({ gateway: this.controller }, TOPIC.up, items);
  }

  private sendBeats(): void {
    const beats = this.beats;
    if (beats.length === 0 || this.controller === null) return;
    this.beats = [];
    // Never before the sessions that they belong to.
    this.send();
    this.deps.bus.send({ gateway: this.controller }, TOPIC.beats, packBeats(beats));
  }

  private down({ items, ops }: Down, from: string): void {
    if (from !== this.controller) return;
    const encoded = new Map<string, Buffer>();
    // The text of a broadcast is turned into bytes once.
    const encode = (text: string) => {
      const bytes = encoded.get(text) ?? Buffer.from(text);
      encoded.set(text, bytes);
      return bytes;
    };
    for (let at = 0; at + 1 < ops.length; at += 2) {
      const item = items[ops[at] ?? 0];
      const connection = this.deps.registry.named(ops[at + 1] ?? 0);
      if (item === undefined || connection === undefined) continue;
      if (typeof item === 'string') connection.sendText(encode(item));
      else if ('tail' in item) {
        const head = items[item.head];
        if (typeof head === 'string') connection.sendText(joinOffer(encode(head), item.tail));
      } else {
        if ('stored' in item) this.noteStored(connection, item.stored);
        apply(connection, item);
      }
    }
  }
}

/** Does to a session what the controller wants. */
function apply(
  connection: AgentConnection,
  item: Exclude<DownItem, string | { readonly head: number }>,
): void {
  if (item instanceof Uint8Array) connection.sendFrame(item);
  else if ('stored' in item) connection.sendText(Buffer.from(item.text));
  else if ('isHeld' in item) connection.hold(item.isHeld);
  else connection.refuse(item.code, item.message);
}
