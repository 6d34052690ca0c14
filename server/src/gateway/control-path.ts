// The gateway's way to the controller: runs its handlers here while this process is the controller, else hands everything on over the bus, in order.
import type { AgentMessage, Heartbeat } from '@muster/protocol';
import type { Bus } from '../bus/bus.ts';
import type { CloseReason, FrameKind } from '../core/agents/session.ts';
import type { Clock } from '../core/clock.ts';
import { type AgentConnection, CLOSE } from './connection.ts';
import type { Handlers } from './handlers.ts';
import { ANNOUNCE_AGAIN_MS, ANNOUNCE_SLICE, BUS_GATHER_MS } from './limits.ts';
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
  /** This process is the controller from now on: its sessions are opened to the handlers here. */
  take(token: number): void;
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
  /** Sessions that send a file up: a conversation that only the controller knows, and that a device begins again when it connects. */
  private readonly sending = new Set<AgentConnection>();
  private readonly ends: (() => void)[] = [];

  constructor(deps: ControlPathDeps) {
    this.deps = deps;
  }

  message(connection: AgentConnection, message: AgentMessage): void | Promise<void> {
    if (this.isHere) return this.deps.handlers.message(message.type)?.(connection, message as never);
    if (message.type === 'file.offer') this.sending.add(connection);
    this.push({ is: 'message', number: connection.number, message });
  }

  frame(connection: AgentConnection, kind: FrameKind, frame: Uint8Array): void | Promise<void> {
    if (this.isHere) return this.deps.handlers.frame(kind)?.(connection, frame);
    this.push({ is: 'frame', number: connection.number, kind, frame });
  }

  heartbeat(connection: AgentConnection, { beat, frame }: HeardBeat): void {
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
    if (this.isHere) this.deps.handlers.closed(connection, reason);
    else this.push({ is: 'closed', number: connection.number, reason });
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

  take(token: number): void {
    this.forget();
    this.token = token;
    this.isHere = true;
    this.sendAgain();
    this.deps.registry.forEach((connection) => {
      connection.hold(false);
      this.deps.handlers.opened(connection);
    });
  }

  stop(): void {
    this.send();
    for (const end of this.ends.splice(0)) end();
  }

  private forget(): void {
    this.controller = null;
    this.waiting = [];
    this.beats = [];
  }

  /** Somebody says that it is the controller. */
  private begin({ token }: Begin, from: string): void {
    // The word of one that was succeeded came late.
    if (token < this.token || this.isHere) return;
    this.token = token;
    const isOther = from !== this.controller;
    this.controller = from;
    if (isOther) this.announce(from);
    else this.announceSoon();
  }

  /** For the controller all sessions are new: files on their way are offered again by devices that come back. */
  private sendAgain(): void {
    for (const connection of [...this.sending]) {
      connection.send({ type: 'reconnect', afterMs: 0 });
      connection.close('drained', CLOSE.drained);
    }
  }

  private announceSoon(): void {
    if (this.isAnnouncing) return;
    this.isAnnouncing = true;
    const waitMs = this.announcedMs + ANNOUNCE_AGAIN_MS - this.deps.clock.monotonic();
    this.deps.clock.after(Math.max(0, waitMs), () => {
      this.isAnnouncing = false;
      if (this.controller !== null) this.announce(this.controller);
    });
  }

  /** Tells everything anew; what was said before counts no more, and what was not heard is asked for. */
  private announce(controller: string): void {
    this.announcedMs = this.deps.clock.monotonic();
    this.sendAgain();
    this.waiting = [{ is: 'all' }];
    this.beats = [];
    this.deps.registry.forEach((connection) => {
      // Nobody is left who would let go of it.
      connection.hold(false);
      this.waiting.push({ is: 'opened', card: cardOf(connection) });
      if (this.waiting.length >= ANNOUNCE_SLICE) this.send();
    });
    this.send();
    this.deps.followed(controller);
  }

  private push(item: UpItem): void {
    if (this.controller === null) return;
    // One message of the bus for all that happens in one turn of the event loop.
    if (this.waiting.length === 0) setImmediate(() => this.send());
    this.waiting.push(item);
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
    for (let at = 0; at + 1 < ops.length; at += 2) {
      const item = whole(items, ops[at] ?? 0);
      const connection = this.deps.registry.named(ops[at + 1] ?? 0);
      if (item !== undefined && connection !== undefined) apply(connection, item, encoded);
    }
  }
}

/** An item that needs no other. */
type WholeItem = Exclude<DownItem, { readonly head: number }>;

function whole(items: readonly DownItem[], place: number): WholeItem | undefined {
  const item = items[place];
  if (typeof item !== 'object' || !('head' in item)) return item;
  const head = items[item.head];
  return typeof head === 'string' ? head + item.tail : undefined;
}

/** Does to a session what the controller wants. */
function apply(connection: AgentConnection, item: WholeItem, encoded: Map<string, Buffer>): void {
  if (typeof item === 'string') {
    // The text of a broadcast is turned into bytes once.
    const bytes = encoded.get(item) ?? Buffer.from(item);
    encoded.set(item, bytes);
    connection.sendText(bytes);
  } else if (item instanceof Uint8Array) connection.sendFrame(item);
  else if ('isHeld' in item) connection.hold(item.isHeld);
  else connection.refuse(item.code, item.message);
}
