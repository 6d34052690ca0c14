// The middle of the bus: knows who is here and who owns what, and passes frames on from one member to another.
import type { Logger } from '../core/log.ts';
import type { BusAddress } from './bus.ts';
import type { BusFault, DownFrame, MessageFrame, UpFrame } from './frames.ts';
import { createOutbox, type Outbox, type WriteFrames } from './outbox.ts';

/** One member's channel, seen from the hub. */
export interface Seat {
  receive(frames: readonly UpFrame[]): void;
  /** Its process has ended and everything it wrote has been received. Once is enough. */
  leave(): void;
}

/** Routes between members. */
export interface Hub {
  join(id: string, write: WriteFrames<DownFrame>): Seat;
  /** Messages that did not fit into a member's queue, since start. */
  dropped(): number;
}

export interface HubOptions {
  readonly log: Logger;
  /** Bytes that may wait for one member; MAX_BUS_QUEUED_BYTES unless a test says otherwise. */
  readonly limitBytes?: number;
}

const NOBODY: BusFault = {
  code: 'E_UNAVAILABLE',
  message:
    'The process of the server that this was for is not there, or too much is waiting for it; try again shortly.',
  retryable: true,
};

/** Makes a hub without members. */
export function createHub(options: HubOptions): Hub {
  const hub = new HubOfBus(options);
  return {
    join(id, write) {
      hub.join(id, createOutbox(write, options.limitBytes));
      return {
        receive(frames) {
          for (const frame of frames) hub.receive(frame, id);
        },
        leave: () => hub.leave(id),
      };
    },
    dropped: () => hub.dropped,
  };
}

class HubOfBus {
  dropped = 0;
  private readonly log: Logger;
  private readonly members = new Map<string, Outbox<DownFrame>>();
  private readonly owners = new Map<string, string>();

  constructor({ log }: HubOptions) {
    this.log = log;
  }

  join(id: string, outbox: Outbox<DownFrame>): void {
    outbox.tell('welcome', { kind: 'welcome', id, members: [...this.members.keys()] });
    this.tellAll({ kind: 'joined', id });
    this.members.set(id, outbox);
  }

  leave(id: string): void {
    if (!this.members.delete(id)) return;
    for (const [name, owner] of [...this.owners]) if (owner === id) this.disown(name, id);
    this.tellAll({ kind: 'gone', id });
  }

  receive(frame: UpFrame, from: string): void {
    if (!this.members.has(from)) return;
    if (frame.kind === 'message') this.pass(frame, from);
    else if (frame.kind === 'answer' || frame.kind === 'fault') this.answer(frame);
    else if (frame.kind === 'own') this.own(frame.name, from);
    else if (frame.kind === 'disown') this.disown(frame.name, from);
    else if (frame.kind === 'lost') for (const id of this.find(frame.to, from)) this.tellMissed(id, from);
    else this.leave(from);
  }

  private find(to: BusAddress, from: string): string[] {
    if ('everyone' in to) return [...this.members.keys()].filter((id) => id !== from);
    const id = 'gateway' in to ? to.gateway : this.owners.get(to.owner);
    return id !== undefined && this.members.has(id) ? [id] : [];
  }

  private pass(frame: MessageFrame & { readonly kind: 'message' }, from: string): void {
    const { topic, body, ask } = frame;
    const found = this.find(frame.to, from);
    const passed = { kind: 'message', from, topic, body, ...(ask === undefined ? {} : { ask }) } as const;
    let isTaken = found.length > 0;
    for (const id of found) {
      if (this.members.get(id)?.put(passed) === true) continue;
      isTaken = false;
      this.dropped += 1;
      this.tellMissed(id, from);
    }
    if (!isTaken && ask !== undefined) this.refuse(from, ask);
  }

  private answer(frame: Exclude<MessageFrame, { kind: 'message' }>): void {
    const { to, ask } = frame;
    const outbox = this.members.get(to);
    if (frame.kind === 'fault') outbox?.tell(`fault ${ask}`, { kind: 'fault', ask, fault: frame.fault });
    else if (outbox?.put({ kind: 'answer', ask, body: frame.body }) === false) this.refuse(to, ask);
  }

  private own(name: string, id: string): void {
    const former = this.owners.get(name);
    this.owners.set(name, id);
    if (former !== undefined && former !== id)
      this.members.get(former)?.tell(`succeeded ${name}`, { kind: 'succeeded', name });
  }

  private disown(name: string, id: string): void {
    if (this.owners.get(name) !== id) return;
    this.owners.delete(name);
    for (const outbox of this.members.values()) outbox.tell(`vacant ${name}`, { kind: 'vacant', name });
  }

  private tellAll(frame: DownFrame & { readonly id: string }): void {
    for (const [id, outbox] of this.members)
      if (id !== frame.id) outbox.tell(`${frame.kind} ${frame.id}`, frame);
  }

  private tellMissed(to: string, from: string): void {
    if (this.members.get(to)?.tell(`missed ${from}`, { kind: 'missed', id: from }) === true)
      this.log.warn({ from, to }, 'messages between workers were dropped: too much was waiting');
  }

  private refuse(to: string, ask: number): void {
    this.members.get(to)?.tell(`fault ${ask}`, { kind: 'fault', ask, fault: NOBODY });
  }
}
