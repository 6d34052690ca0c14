// Durable upward messages: written before they are sent, kept until the server acknowledges them after its commit.

import { fail } from '../errors.ts';
import { OUTBOX_MAX_BYTES, OUTBOX_MAX_ITEMS } from '../limits.ts';
import { isDiskFull, type Storage } from '../platform/storage.ts';
import {
  frameRecord,
  type OutboxRecord,
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

interface StoredItem extends OutboxItem {
  /** Place on disk; null while the disk was full when it was put. */
  readonly place: { readonly segment: number; readonly offset: number; readonly length: number } | null;
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
  put(message: { kind: OutboxKind; key: string; body: Uint8Array }): Promise<number>;
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

/** Makes an outbox in `storage`, below `outbox/`. */
export function createOutbox(storage: Storage): Outbox {
  const items = new Map<number, StoredItem>();
  const byKey = new Map<string, number>();
  /** Waiting messages a segment holds; a segment without any is removed. */
  const alive = new Map<number, number>();
  let pendingDone: number[] = [];
  let nextSeq = 1;
  let segment = 0;
  let segmentBytes = 0;
  let totalBytes = 0;
  let dropped = 0;
  let full = false;
  let queue: Promise<unknown> = Promise.resolve();

  function inOrder<T>(work: () => Promise<T>): Promise<T> {
    const result = queue.then(work, work);
    queue = result.catch(() => undefined);
    return result;
  }

  function add(item: StoredItem): void {
    const replaced = item.key === '' ? undefined : byKey.get(item.key);
    if (replaced !== undefined) forget(replaced);
    items.set(item.seq, item);
    totalBytes += item.sizeBytes;
    if (item.key !== '') byKey.set(item.key, item.seq);
    if (item.place !== null) alive.set(item.place.segment, (alive.get(item.place.segment) ?? 0) + 1);
  }

  function forget(seq: number): void {
    const item = items.get(seq);
    if (item === undefined) return;
    items.delete(seq);
    totalBytes -= item.sizeBytes;
    if (byKey.get(item.key) === seq) byKey.delete(item.key);
    if (item.place === null) return;
    pendingDone.push(seq);
    alive.set(item.place.segment, (alive.get(item.place.segment) ?? 1) - 1);
  }

  /** Makes room for one more message by dropping the oldest measurements. @throws MusterError E_OUTBOX_FULL */
  function makeRoom(sizeBytes: number): void {
    for (const item of items.values()) {
      if (items.size < OUTBOX_MAX_ITEMS && totalBytes + sizeBytes <= OUTBOX_MAX_BYTES) return;
      if (item.kind !== 'chunk') continue;
      forget(item.seq);
      dropped++;
    }
    if (items.size >= OUTBOX_MAX_ITEMS || totalBytes + sizeBytes > OUTBOX_MAX_BYTES)
      throw fail('E_OUTBOX_FULL');
  }

  async function removeDeadSegments(): Promise<void> {
    for (const [number, count] of [...alive]) {
      if (count > 0 || number === segment) continue;
      await storage.remove(segmentPath(number));
      alive.delete(number);
    }
  }

  /** Appends records, with what became done since the last time, in one synced write; returns the place of the last. */
  async function append(record: OutboxRecord): Promise<NonNullable<StoredItem['place']>> {
    const records: OutboxRecord[] = [];
    if (segment === 0 || segmentBytes >= SEGMENT_BYTES) {
      segment++;
      segmentBytes = 0;
      alive.set(segment, 0);
      records.push({ t: 'open', nextSeq });
    }
    const done = pendingDone;
    if (done.length > 0) records.push({ t: 'done', seqs: done });
    const before = Buffer.concat(records.map(frameRecord));
    const framed = frameRecord(record);
    await storage.append(segmentPath(segment), Buffer.concat([before, framed]), { sync: true });
    pendingDone = pendingDone.slice(done.length);
    const place = { segment, offset: segmentBytes + before.length, length: framed.length };
    segmentBytes += before.length + framed.length;
    await removeDeadSegments();
    return place;
  }

  async function put(message: { kind: OutboxKind; key: string; body: Uint8Array }): Promise<number> {
    makeRoom(message.body.length);
    const { kind, key } = message;
    const seq = nextSeq++;
    const sizeBytes = message.body.length;
    try {
      const body = Buffer.from(message.body).toString('base64');
      const place = await append({ t: 'put', seq, kind, key, body });
      full = false;
      add({ seq, kind, key, sizeBytes, place, held: null });
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      full = true;
      add({ seq, kind, key, sizeBytes, place: null, held: message.body });
    }
    return seq;
  }

  function replay({
    record,
    ...place
  }: {
    record: OutboxRecord;
    segment: number;
    offset: number;
    length: number;
  }): void {
    if (!alive.has(place.segment)) alive.set(place.segment, 0);
    if (record.t === 'open') nextSeq = Math.max(nextSeq, record.nextSeq);
    if (record.t === 'done') for (const seq of record.seqs) forget(seq);
    if (record.t !== 'put') return;
    nextSeq = Math.max(nextSeq, record.seq + 1);
    const kind: OutboxKind = record.kind === 'alert' ? 'alert' : 'chunk';
    add({
      seq: record.seq,
      kind,
      key: record.key,
      sizeBytes: Math.floor((record.body.length * 3) / 4),
      place,
      held: null,
    });
  }

  return {
    load: () =>
      inOrder(async () => {
        const content = await readLog(storage);
        for (const placed of content.records) replay(placed);
        pendingDone = [];
        segment = content.lastSegment;
        segmentBytes = segment === 0 ? 0 : ((await storage.size(segmentPath(segment))) ?? 0);
        await removeDeadSegments();
        return { waiting: items.size, damagedBytes: content.damagedBytes };
      }),
    put: (message) => inOrder(() => put(message)),
    done(seqs) {
      for (const seq of seqs) forget(seq);
    },
    waiting(limit, except) {
      const found: OutboxItem[] = [];
      for (const item of items.values()) {
        if (found.length >= limit) break;
        if (!except.has(item.seq)) found.push(item);
      }
      return found;
    },
    async body(seq) {
      const item = items.get(seq);
      if (item === undefined) return null;
      if (item.place === null) return item.held;
      const record = await readRecord(storage, item.place);
      if (record?.t === 'put' && record.seq === seq) return Buffer.from(record.body, 'base64');
      forget(seq);
      dropped++;
      return null;
    },
    depth: () => items.size,
    dropped: () => dropped,
    diskFull: () => full,
    flush: () =>
      inOrder(async () => {
        if (pendingDone.length === 0 || segment === 0) return;
        const seqs = pendingDone;
        await append({ t: 'done', seqs: [] });
        pendingDone = pendingDone.filter((seq) => !seqs.includes(seq));
      }),
  };
}
