// A device whose socket another process holds, as the controller's features see it; and what is gathered for its gateway.
import { type AgentMessage, fail, type ServerMessage } from '@muster/protocol';
import type { Bus } from '../bus/bus.ts';
import type { CloseReason, FrameKind, Session } from '../core/agents/session.ts';
import { MAX_CONCURRENT_HANDLERS, MAX_GATHERED_BYTES, MAX_REMOTE_HANDLERS } from './limits.ts';
import { headOf, tailOf } from './offers.ts';
import { type Down, type DownItem, type SessionCard, TOPIC } from './wire.ts';

/** What goes to one gateway, gathered for a turn of the event loop. */
export interface Outgoing {
  /** Queues an item for a session; equal objects cross the bus once. */
  put(number: number, item: ServerMessage | DownItem): void;
}

/** Messages that were written down already: a broadcast goes on for many turns. */
const texts = new WeakMap<object, string>();

function textOf(message: ServerMessage): string {
  const text = texts.get(message) ?? JSON.stringify(message);
  texts.set(message, text);
  return text;
}

function sizeOf(item: DownItem): number {
  if (typeof item === 'string' || item instanceof Uint8Array) return item.length;
  if ('text' in item) return item.text.length;
  return 'tail' in item ? item.tail.length : 64;
}

/** Makes the way to a gateway. */
export function createOutgoing(bus: Bus, gateway: string): Outgoing {
  let items: DownItem[] = [];
  let ops: number[] = [];
  let places = new Map<unknown, number>();
  let sizeBytes = 0;

  /** The place of an item under its name, where it is put the first time. */
  function place(name: unknown, write: () => DownItem): number {
    const known = places.get(name);
    if (known !== undefined) return known;
    const item = write();
    places.set(name, items.length);
    sizeBytes += sizeOf(item);
    return items.push(item) - 1;
  }

  function placeOf(item: ServerMessage | DownItem): number {
    if (typeof item !== 'object' || !('type' in item)) return place(item, () => item);
    if (item.type === 'file.stored') return place(item, () => ({ stored: item.cmdId, text: textOf(item) }));
    if (item.type !== 'run.offer') return place(item, () => textOf(item));
    const head = place(item.envelope, () => headOf(item).text);
    return place(item, () => ({ head, tail: tailOf(item) }));
  }

  function flush(): void {
    if (ops.length === 0) return;
    const down: Down = { items, ops };
    items = [];
    ops = [];
    places = new Map();
    sizeBytes = 0;
    bus.send({ gateway }, TOPIC.down, down);
  }

  return {
    put(number, item) {
      if (ops.length === 0) setImmediate(flush);
      ops.push(placeOf(item), number);
      if (sizeBytes > MAX_GATHERED_BYTES) flush();
    },
  };
}

/** What a remote session reports; one object for all of them. */
export interface RemoteEvents {
  message(session: RemoteSession, message: AgentMessage): void | Promise<void>;
  frame(session: RemoteSession, kind: FrameKind, frame: Uint8Array): void | Promise<void>;
  failed(session: RemoteSession, error: unknown): void;
}

/** The controller's side of a session of another gateway. */
export class RemoteSession implements Session {
  readonly slot = -1;
  readonly card: SessionCard;
  readonly gateway: string;
  open = true;
  private readonly out: Outgoing;
  private readonly events: RemoteEvents;
  private handling = 0;
  private isHeld = false;
  private isOverrun = false;

  constructor(options: { card: SessionCard; gateway: string; out: Outgoing; events: RemoteEvents }) {
    this.card = options.card;
    this.gateway = options.gateway;
    this.out = options.out;
    this.events = options.events;
  }

  get tenant(): number {
    return this.card.tenant;
  }

  get idx(): number {
    return this.card.idx;
  }

  get deviceId(): string {
    return this.card.deviceId;
  }

  get sessionId(): string {
    return this.card.sessionId;
  }

  get epoch(): number {
    return this.card.epoch;
  }

  get capability(): number {
    return this.card.capability;
  }

  get clockOffsetMs(): number {
    return this.card.clockOffsetMs;
  }

  send(message: ServerMessage): void {
    if (this.open) this.out.put(this.card.number, message);
  }

  sendFrame(frame: Uint8Array): void {
    if (this.open) this.out.put(this.card.number, frame);
  }

  /** Its gateway closes the socket and says so; until then it counts as open. */
  refuse(code: string, message: string): void {
    if (this.open) this.out.put(this.card.number, { code, message });
  }

  message(message: AgentMessage): void {
    this.handle(() => this.events.message(this, message));
  }

  frame(kind: FrameKind, frame: Uint8Array): void {
    this.handle(() => this.events.frame(this, kind, frame));
  }

  /** Runs a handler; while too many of one device are under way its gateway does not read its socket. */
  private handle(start: () => void | Promise<void>): void {
    if (this.handling >= MAX_REMOTE_HANDLERS) this.overrun();
    if (this.isOverrun) return;
    try {
      const work = start();
      if (work === undefined) return;
      this.handling++;
      if (this.handling === MAX_CONCURRENT_HANDLERS) this.hold(true);
      work.then(
        () => this.handled(),
        (error: unknown) => {
          this.handled();
          this.events.failed(this, error);
        },
      );
    } catch (error) {
      this.events.failed(this, error);
    }
  }

  /** What is not handled now is lost: the device says it again over its next session, and nothing of this one counts behind the gap. */
  private overrun(): void {
    if (this.isOverrun) return;
    this.isOverrun = true;
    const detail = `More than ${MAX_REMOTE_HANDLERS} messages of the device wait for the server; connect again.`;
    this.events.failed(this, fail('E_BUSY', { detail }));
  }

  private handled(): void {
    this.handling--;
    if (this.isHeld && this.handling < MAX_CONCURRENT_HANDLERS) this.hold(false);
  }

  private hold(isHeld: boolean): void {
    this.isHeld = isHeld;
    if (this.open) this.out.put(this.card.number, { isHeld });
  }
}

/** Why a session is over for the controller when its gateway is gone. */
export const GONE_REASON: CloseReason = 'error';
