// Durable upward messages: written before they are sent, kept until the server acknowledges them after its commit.

import { fail } from '../errors.ts';
import { OUTBOX_MAX_BYTES, OUTBOX_MAX_ITEMS } from '../limits.ts';
import { isDiskFull, type Storage } from '../platform/storage.ts';
import {
  frameRecord,
  type OutboxRecord,
  type PlacedRecord,
  readLog,
  readRecord,
  SEGMENT_BYTES,
  segmentPath,
} from './outbox-log.ts';

/** What kind of message waits. Measurements may be dropped, oldest first, when the outbox is full; alerts never for them. */
export type OutboxKind = 'chunk' | 'alert';

/** A waiting message; its body lies on disk, or in memory while the disk is full. */
export interface OutboxItem {
  readonly seq: number;
  readonly kind: OutboxKind;
  /** A newer message with the same key replaces this one; empty: never replaced. */
  readonly key: string;
  readonly sizeBytes: number;
}

/** Where a message lies on disk. */
type Place = Omit<PlacedRecord, 'record'>;

/** A message to be taken. */
export interface NewMessage {
  readonly kind: OutboxKind;
  readonly key: string;
  readonly body: Uint8Array;
}

interface StoredItem extends OutboxItem {
  /** Place on disk; null while the disk was full when it was put. */
  readonly place: Place | null;
  readonly held: Uint8Array | null;
}

/** The outbox. Calls may overlap; writes happen in the order of the calls. */
export interface Outbox {
  /** Reads what an earlier run left. Must be called once, first. */
  load(): Promise<{ readonly waiting: number; readonly damagedBytes: number }>;
  /**
   * Takes a message; resolves with its sequence number once it is on disk.
   * @throws MusterError E_OUTBOX_FULL when it is full of messages that may not be dropped.
   */
  put(message: NewMessage): Promise<number>;
  /** The server has stored these, or will never store them. */
  done(seqs: readonly number[]): void;
  /** Waiting messages in order of sequence, without those in `except`, at most `limit`. */
  waiting(limit: number, except: ReadonlySet<number>): OutboxItem[];
  /** Body of a waiting message; null when it is gone or its record is damaged (it is given up then). */
  body(seq: number): Promise<Uint8Array | null>;
  depth(): number;
  /** Measurements dropped since the agent started because the outbox was full or damaged. */
  dropped(): number;
  /** True while messages are held in memory because the disk is full. */
  diskFull(): boolean;
  /** Writes down what is known to be done; call before the process ends. */
  flush(): Promise<void>;
}

/** Numbers set aside for each second of the wall clock; no device sends so many messages in one. */
const NUMBERS_PER_SECOND = 1024;

/**
 * Makes an outbox in `storage`, below `outbox/`. Numbers go up over restarts even where the log was lost, came from a copy, or
 * could not be written because the disk was full: a start takes none below those that belong to its second.
 */
export function createOutbox(storage: Storage, now: () => number): Outbox {
  return new DiskOutbox(storage, now);
}

/** The outbox over segments on disk. */
class DiskOutbox implements Outbox {
  private readonly storage: Storage;
  private readonly now: () => number;
  private readonly items = new Map<number, StoredItem>();
  private readonly byKey = new Map<string, number>();
  /** Waiting messages a segment holds; a segment without any is removed. */
  private readonly alive = new Map<number, number>();
  private pendingDone: number[] = [];
  private nextSeq = 1;
  private segment = 0;
  private segmentBytes = 0;
  private totalBytes = 0;
  private lost = 0;
  private isFull = false;
  private queue: Promise<unknown> = Promise.resolve();

  constructor(storage: Storage, now: () => number) {
    this.storage = storage;
    this.now = now;
  }

  load(): Promise<{ readonly waiting: number; readonly damagedBytes: number }> {
    return this.inOrder(async () => {
      const content = await readLog(this.storage);
      for (const placed of content.records) this.replay(placed);
      this.pendingDone = [];
      this.nextSeq = Math.max(this.nextSeq, Math.floor(this.now() / 1000) * NUMBERS_PER_SECOND, 1);
      this.segment = content.lastSegment;
      this.segmentBytes =
        this.segment === 0 ? 0 : ((await this.storage.size(segmentPath(this.segment))) ?? 0);
      await this.removeDeadSegments();
      return { waiting: this.items.size, damagedBytes: content.damagedBytes };
    });
  }

  put(message: NewMessage): Promise<number> {
    return this.inOrder(() => this.putNow(message));
  }

  done(seqs: readonly number[]): void {
    for (const seq of seqs) this.forget(seq);
  }

  waiting(limit: number, except: ReadonlySet<number>): OutboxItem[] {
    const found: OutboxItem[] = [];
    for (const item of this.items.values()) {
      if (found.length >= limit) break;
      if (!except.has(item.seq)) found.push(item);
    }
    return found;
  }

  async body(seq: number): Promise<Uint8Array | null> {
    const item = this.items.get(seq);
    if (item === undefined) return null;
    if (item.place === null) return item.held;
    const record = await readRecord(this.storage, item.place);
    if (record?.t === 'put' && record.seq === seq) return Buffer.from(record.body, 'base64');
    this.forget(seq);
    this.lost++;
    return null;
  }

  depth(): number {
    return this.items.size;
  }

  dropped(): number {
    return this.lost;
  }

  diskFull(): boolean {
    return this.isFull;
  }

  flush(): Promise<void> {
    return this.inOrder(async () => {
      if (this.pendingDone.length > 0 && this.segment > 0) await this.append({ t: 'done', seqs: [] });
    });
  }

  private inOrder<T>(work: () => Promise<T>): Promise<T> {
    const result = this.queue.then(work, work);
    this.queue = result.catch(() => undefined);
    return result;
  }

  private add(item: StoredItem): void {
    const replaced = item.key === '' ? undefined : this.byKey.get(item.key);
    if (replaced !== undefined) this.forget(replaced);
    this.items.set(item.seq, item);
    this.totalBytes += item.sizeBytes;
    if (item.key !== '') this.byKey.set(item.key, item.seq);
    if (item.place !== null) this.count(item.place.segment, 1);
  }

  private forget(seq: number): void {
    const item = this.items.get(seq);
    if (item === undefined) return;
    this.items.delete(seq);
    this.totalBytes -= item.sizeBytes;
    if (this.byKey.get(item.key) === seq) this.byKey.delete(item.key);
    if (item.place === null) return;
    this.pendingDone.push(seq);
    this.count(item.place.segment, -1);
  }

  private count(segment: number, change: number): void {
    this.alive.set(segment, (this.alive.get(segment) ?? 0) + change);
  }

  private hasRoom(sizeBytes: number): boolean {
    return this.items.size < OUTBOX_MAX_ITEMS && this.totalBytes + sizeBytes <= OUTBOX_MAX_BYTES;
  }

  /** Makes room for one more message by dropping the oldest measurements. @throws MusterError E_OUTBOX_FULL */
  private makeRoom(sizeBytes: number): void {
    for (const item of this.items.values()) {
      if (this.hasRoom(sizeBytes)) return;
      if (item.kind !== 'chunk') continue;
      this.forget(item.seq);
      this.lost++;
    }
    if (!this.hasRoom(sizeBytes)) throw fail('E_OUTBOX_FULL');
  }

  private async removeDeadSegments(): Promise<void> {
    for (const [number, count] of [...this.alive]) {
      if (count > 0 || number === this.segment) continue;
      await this.storage.remove(segmentPath(number));
      this.alive.delete(number);
    }
  }

  /** Appends a record, with what became done since the last time, in one synced write; returns its place. */
  private async append(record: OutboxRecord): Promise<Place> {
    const records: OutboxRecord[] = [];
    if (this.segment === 0 || this.segmentBytes >= SEGMENT_BYTES) {
      this.segment++;
      this.segmentBytes = 0;
      this.alive.set(this.segment, 0);
      records.push({ t: 'open', nextSeq: this.nextSeq });
    }
    const done = this.pendingDone;
    if (done.length > 0) records.push({ t: 'done', seqs: done });
    const before = Buffer.concat(records.map(frameRecord));
    const framed = frameRecord(record);
    await this.storage.append(segmentPath(this.segment), Buffer.concat([before, framed]), { sync: true });
    this.pendingDone = this.pendingDone.slice(done.length);
    const place = {
      segment: this.segment,
      offset: this.segmentBytes + before.length,
      length: framed.length,
    };
    this.segmentBytes += before.length + framed.length;
    await this.removeDeadSegments();
    return place;
  }

  private async putNow({ kind, key, body }: NewMessage): Promise<number> {
    this.makeRoom(body.length);
    const seq = this.nextSeq++;
    const item = { seq, kind, key, sizeBytes: body.length };
    try {
      const text = Buffer.from(body).toString('base64');
      const place = await this.append({ t: 'put', seq, kind, key, body: text });
      this.isFull = false;
      this.add({ ...item, place, held: null });
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      this.isFull = true;
      this.add({ ...item, place: null, held: body });
    }
    return seq;
  }

  private replay({ record, ...place }: PlacedRecord): void {
    this.count(place.segment, 0);
    if (record.t === 'open') this.nextSeq = Math.max(this.nextSeq, record.nextSeq);
    if (record.t === 'done') this.done(record.seqs);
    if (record.t !== 'put') return;
    this.nextSeq = Math.max(this.nextSeq, record.seq + 1);
    const kind: OutboxKind = record.kind === 'alert' ? 'alert' : 'chunk';
    const sizeBytes = Math.floor((record.body.length * 3) / 4);
    this.add({ seq: record.seq, kind, key: record.key, sizeBytes, place, held: null });
  }
}
