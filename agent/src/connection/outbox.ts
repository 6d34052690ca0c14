// Durable upward messages: written before they are sent or while they are, kept until the server acknowledges them after its commit.

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

/** What kind of message waits. Measurements may be dropped, oldest first, when the outbox is full; alerts, results and what concerns policies never for them. */
const OUTBOX_KINDS = ['chunk', 'alert', 'result', 'policies', 'compliance'] as const;
export type OutboxKind = (typeof OUTBOX_KINDS)[number];

/** A waiting message. */
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
  /**
   * Called when it may be sent although it is still being written: for messages that whoever made them keeps, and makes again
   * after a power cut, until `put` has resolved. Absent: it is sent after it is on disk.
   */
  early?(): void;
}

/** A message on disk, or held in memory: while it is written, or because the disk is full. */
interface StoredItem extends OutboxItem {
  readonly at: Place | { readonly held: Uint8Array };
}

/** A record that puts a message. */
type PutRecord = Extract<OutboxRecord, { t: 'put' }>;

/** Messages that are written together once a full disk has room again, bytes of their bodies. */
const BATCH_BYTES = 256 * 1024;

function toPut({ seq, kind, key }: Omit<OutboxItem, 'sizeBytes'>, body: Uint8Array): PutRecord {
  return { t: 'put', seq, kind, key, body: Buffer.from(body).toString('base64') };
}

/** The outbox. Calls may overlap; writes happen in the order of the calls. */
export interface Outbox {
  /** Reads what an earlier run left. Must be called once, first. */
  load(): Promise<{ readonly waiting: number; readonly cutBytes: number }>;
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
  /** Messages dropped since the agent started because the outbox was full or damaged, or the disk full until the end. */
  dropped(): number;
  /** Bytes of records that an earlier run had written and `load` found damaged; their copies lie in DAMAGED_FOLDER. */
  damagedBytes(): number;
  /** True while messages are held in memory because the disk is full. */
  diskFull(): boolean;
  /** Writes down what is held in memory or known to be done; call before the process ends. On a full disk it resolves too. */
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
  private damaged = 0;
  /** Messages in memory only because the disk is full, in order of sequence. */
  private readonly heldSeqs = new Set<number>();
  private hasFlushed = false;
  private queue: Promise<unknown> = Promise.resolve();

  constructor(storage: Storage, now: () => number) {
    this.storage = storage;
    this.now = now;
  }

  load(): Promise<{ readonly waiting: number; readonly cutBytes: number }> {
    return this.inOrder(async () => {
      const content = await readLog(this.storage);
      for (const placed of content.records) this.replay(placed);
      this.pendingDone = [];
      this.nextSeq = Math.max(this.nextSeq, Math.floor(this.now() / 1000) * NUMBERS_PER_SECOND, 1);
      for (const segment of content.segments) this.count(segment, 0);
      this.segment = content.segments.at(-1) ?? 0;
      const size = (await this.storage.size(segmentPath(this.segment))) ?? 0;
      // One that may not be appended to counts as full.
      this.segmentBytes = content.isSealed ? SEGMENT_BYTES : size;
      this.damaged = content.damagedBytes;
      await this.removeDeadSegments();
      return { waiting: this.items.size, cutBytes: content.cutBytes };
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
    if ('held' in item.at) return item.at.held;
    const record = await readRecord(this.storage, item.at);
    if (record?.t === 'put' && record.seq === seq) return Buffer.from(record.body, 'base64');
    this.forget(seq);
    this.lost++;
    return null;
  }

  depth(): number {
    return this.items.size;
  }

  dropped(): number {
    return this.hasFlushed ? this.lost + this.heldSeqs.size : this.lost;
  }

  damagedBytes(): number {
    return this.damaged;
  }

  diskFull(): boolean {
    return this.heldSeqs.size > 0;
  }

  flush(): Promise<void> {
    return this.inOrder(async () => {
      try {
        await this.writeHeld();
        if (this.pendingDone.length > 0 && this.segment > 0) await this.append([]);
      } catch (error) {
        if (!isDiskFull(error)) throw error;
      } finally {
        this.hasFlushed = true;
      }
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
    if (!('held' in item.at)) this.count(item.at.segment, 1);
  }

  private forget(seq: number): void {
    const item = this.items.get(seq);
    if (item === undefined) return;
    this.items.delete(seq);
    this.totalBytes -= item.sizeBytes;
    if (this.byKey.get(item.key) === seq) this.byKey.delete(item.key);
    this.heldSeqs.delete(seq);
    if ('held' in item.at) return;
    this.pendingDone.push(seq);
    this.count(item.at.segment, -1);
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

  /** Appends messages, after what became done since the last time, in one synced write; returns their places. */
  private async append(puts: readonly PutRecord[]): Promise<Place[]> {
    const isNew = this.segment === 0 || this.segmentBytes >= SEGMENT_BYTES;
    const segment = isNew ? this.segment + 1 : this.segment;
    const doneCount = this.pendingDone.length;
    const records: OutboxRecord[] = isNew ? [{ t: 'open', nextSeq: this.nextSeq }] : [];
    if (doneCount > 0) records.push({ t: 'done', seqs: [...this.pendingDone] });
    const first = records.length;
    let end = isNew ? 0 : this.segmentBytes;
    const frames = [...records, ...puts].map((record) => {
      const bytes = frameRecord(record);
      end += bytes.length;
      return { bytes, place: { segment, offset: end - bytes.length, length: bytes.length } };
    });
    await this.storage.append(segmentPath(segment), Buffer.concat(frames.map(({ bytes }) => bytes)), {
      sync: true,
    });
    this.segment = segment;
    this.segmentBytes = end;
    this.count(segment, 0);
    this.pendingDone = this.pendingDone.slice(doneCount);
    await this.removeDeadSegments();
    return frames.slice(first).map(({ place }) => place);
  }

  /** Messages held in memory that are written next. */
  private nextBatch(): PutRecord[] {
    const batch: PutRecord[] = [];
    let sizeBytes = 0;
    for (const seq of this.heldSeqs) {
      const item = this.items.get(seq);
      if (item === undefined || !('held' in item.at)) continue;
      sizeBytes += item.sizeBytes;
      if (batch.length > 0 && sizeBytes > BATCH_BYTES) break;
      batch.push(toPut(item, item.at.held));
    }
    return batch;
  }

  /** Writes what is held in memory, oldest first, so that the order on disk is that of the numbers. */
  private async writeHeld(): Promise<void> {
    for (let batch = this.nextBatch(); batch.length > 0; batch = this.nextBatch()) {
      const places = await this.append(batch);
      for (const [n, { seq }] of batch.entries()) this.place(seq, places[n]);
    }
  }

  private place(seq: number, at: Place | undefined): void {
    const item = this.items.get(seq);
    if (at === undefined) return;
    // Sent from memory and acknowledged while it was written.
    if (item === undefined) {
      this.pendingDone.push(seq);
      return;
    }
    this.heldSeqs.delete(seq);
    this.items.set(seq, { ...item, at });
    this.count(at.segment, 1);
  }

  private async putNow({ kind, key, body, early }: NewMessage): Promise<number> {
    this.makeRoom(body.length);
    const seq = this.nextSeq++;
    const item = { seq, kind, key, sizeBytes: body.length, at: { held: body } };
    const isEarly = early !== undefined;
    if (isEarly) {
      this.add(item);
      early();
    }
    try {
      await this.writeHeld();
      const [at] = await this.append([toPut(item, body)]);
      if (!isEarly) this.add(item);
      this.place(seq, at);
    } catch (error) {
      if (!isDiskFull(error)) {
        this.forget(seq);
        throw error;
      }
      if (!isEarly) this.add(item);
      if (this.items.has(seq)) this.heldSeqs.add(seq);
    }
    return seq;
  }

  private replay({ record, ...place }: PlacedRecord): void {
    if (record.t === 'open') this.nextSeq = Math.max(this.nextSeq, record.nextSeq);
    if (record.t === 'done') this.done(record.seqs);
    if (record.t !== 'put') return;
    this.nextSeq = Math.max(this.nextSeq, record.seq + 1);
    const { kind: name } = record;
    const kind = OUTBOX_KINDS.find((one) => one === name) ?? 'chunk';
    const sizeBytes = Math.floor((record.body.length * 3) / 4);
    this.add({ seq: record.seq, kind, key: record.key, sizeBytes, at: place });
  }
}
