// Durable messages of many devices: numbered, kept until they are acknowledged, sent again in a new session. In memory only.
import { type AgentMessage, encodeChunkFrame } from '@muster/protocol';
import { TIMER } from './tables.ts';
import type { World } from './world.ts';

/** Messages of a device without an acknowledgement that are on their way at once; the server's own window. */
const WINDOW = 64;
/** Messages of a device that wait; measurements are dropped first. */
const MAX_WAITING = 512;
/** A message without an acknowledgement is sent again after, ms; the agent's own. */
const RESEND_AFTER_MS = 60_000;
/** Numbers set aside for each second of the wall clock, as the agent does: a fleet that comes back begins above its old ones. */
const NUMBERS_PER_SECOND = 1_024;

/** What is to arrive. */
export type DurableBody =
  /** An hour of measurements; a later form of the same hour replaces it. `make` is called at each sending. */
  | { readonly what: 'chunk'; readonly fromMs: number; make(): Uint8Array }
  | { readonly what: 'alert' | 'policies'; make(seq: number): AgentMessage }
  | {
      readonly what: 'report';
      readonly cmdId: string;
      readonly isEnd: boolean;
      make(seq: number): AgentMessage;
    };

interface Item {
  readonly seq: number;
  readonly body: DurableBody;
  /** When it was sent last in this session; 0: not yet. */
  sentAt: number;
}

/** Outboxes of all devices of a process. */
export interface Outboxes {
  put(slot: number, body: DurableBody): void;
  /** A session is open: everything goes again. */
  opened(slot: number): void;
  /** The server has them, or will never take them. */
  settled(slot: number, seqs: readonly number[]): void;
  resend(slot: number): void;
  /** Messages of one device, and of all, that wait. */
  depth(slot: number): number;
  waiting(): number;
}

/** Makes empty outboxes. `ended` is told when the end of a run was acknowledged. */
export function createOutboxes(world: World, ended: (cmdId: string) => void): Outboxes {
  return new MemoryOutboxes(world, ended);
}

class MemoryOutboxes implements Outboxes {
  private readonly world: World;
  private readonly ended: (cmdId: string) => void;
  /** Only devices that have something. */
  private readonly boxes = new Map<number, Item[]>();
  private count = 0;

  constructor(world: World, ended: (cmdId: string) => void) {
    this.world = world;
    this.ended = ended;
  }

  depth(slot: number): number {
    return this.boxes.get(slot)?.length ?? 0;
  }

  waiting(): number {
    return this.count;
  }

  put(slot: number, body: DurableBody): void {
    const { seqs } = this.world.tables;
    const base = Math.floor(Date.now() / 1_000) * NUMBERS_PER_SECOND;
    const before = seqs[slot] ?? 0;
    const seq = before === 0 ? base : before + 1;
    seqs[slot] = seq;
    const items = this.boxes.get(slot) ?? [];
    this.boxes.set(slot, items);
    if (body.what === 'chunk') this.forgetHour(items, body.fromMs);
    if (items.length >= MAX_WAITING) this.dropOne(items);
    items.push({ seq, body, sentAt: 0 });
    this.count++;
    this.pump(slot);
  }

  /** The newer form says everything the older one did; one that is on its way is left to its acknowledgement. */
  private forgetHour(items: Item[], fromMs: number): void {
    const place = items.findIndex(
      ({ body, sentAt }) => sentAt === 0 && body.what === 'chunk' && body.fromMs === fromMs,
    );
    if (place === -1) return;
    items.splice(place, 1);
    this.count--;
  }

  private dropOne(items: Item[]): void {
    const place = items.findIndex(({ body }) => body.what === 'chunk');
    // Results are never dropped; a device with so many of them gets no new work, which the commands' own limits see to.
    if (place === -1) return;
    items.splice(place, 1);
    this.count--;
    this.world.count('chunksDropped');
  }

  opened(slot: number): void {
    for (const item of this.boxes.get(slot) ?? []) item.sentAt = 0;
    this.pump(slot);
  }

  private pump(slot: number): void {
    const items = this.boxes.get(slot);
    if (items === undefined) return;
    const { world } = this;
    const now = world.now();
    for (const item of items.slice(0, WINDOW)) {
      if (item.sentAt !== 0) continue;
      if (!this.transmit(slot, item)) return;
      item.sentAt = now;
    }
    if (items.length > 0) world.arm(slot, TIMER.resend, RESEND_AFTER_MS);
  }

  private transmit(slot: number, { seq, body }: Item): boolean {
    const { world } = this;
    if (body.what !== 'chunk') return world.send(slot, body.make(seq));
    const isSent = world.send(slot, encodeChunkFrame({ seq, chunk: body.make() }));
    if (isSent) world.count('chunks');
    return isSent;
  }

  resend(slot: number): void {
    const items = this.boxes.get(slot) ?? [];
    const oldest = this.world.now() - RESEND_AFTER_MS;
    for (const item of items) {
      if (item.sentAt === 0 || item.sentAt > oldest) continue;
      item.sentAt = 0;
      this.world.count('resent');
    }
    this.pump(slot);
  }

  settled(slot: number, seqs: readonly number[]): void {
    const items = this.boxes.get(slot);
    if (items === undefined) return;
    const { world } = this;
    const now = world.now();
    for (const seq of seqs) {
      const place = items.findIndex((item) => item.seq === seq);
      const [item] = place === -1 ? [] : items.splice(place, 1);
      if (item === undefined) continue;
      this.count--;
      if (item.sentAt !== 0) world.measure('ack', now - item.sentAt);
      if (item.body.what === 'chunk') world.count('chunksAcked');
      if (item.body.what === 'report' && item.body.isEnd) this.ended(item.body.cmdId);
    }
    if (items.length > 0) this.pump(slot);
    else {
      this.boxes.delete(slot);
      world.disarm(slot, TIMER.resend);
    }
  }
}
