// Picks a page of devices out of a set in some order, and counts the set: one walk, a heap of the page's size.
import { type Bits, eachBitScattered } from './bits.ts';
import type { DeviceTable } from './table.ts';

/** By what a list is ordered. */
export type SortKey = 'hostname' | 'id' | 'seen';

/** A place in a list: a device, and what it is ordered by. */
export interface Place {
  readonly key: string | number;
  readonly idx: number;
}

/** What is wanted. */
export interface Pick {
  readonly by: SortKey;
  readonly isDescending: boolean;
  /** The last of the page before; null for the first page. */
  readonly after: Place | null;
  readonly limit: number;
  /** Beginnings of the shown name and of the id. */
  readonly hostname?: string | undefined;
  readonly id?: string | undefined;
}

/** The page, in order, and how many fit in all. */
export interface Picked {
  readonly places: readonly Place[];
  readonly count: number;
}

/** Sorts behind every time that a cursor can have. */
const ONLINE = 8.64e15;
/** Sorts before every time. */
const NEVER = -1;

/** Picks from a set of the table. */
export function pick(table: DeviceTable, devices: Bits, wish: Pick): Picked {
  const { after, limit, hostname, id } = wish;
  const read = createReader(table, wish.by);
  const compare = wish.isDescending ? compareDown : compareUp;
  const best = new Heap(limit, compare);
  let count = 0;
  eachBitScattered(devices, (idx) => {
    if (hostname !== undefined && !table.shownName.read(idx)?.startsWith(hostname)) return;
    if (id !== undefined && !table.id.read(idx)?.startsWith(id)) return;
    count += 1;
    const key = read(idx);
    if (after !== null && compare(after.key, key, after.idx - idx) >= 0) return;
    best.offer(key, idx);
  });
  return { places: best.list(), count };
}

/** The key of a device. Who is online is seen now: one key for all of them, so that a list does not move while it is read. */
function createReader(table: DeviceTable, by: SortKey): (idx: number) => string | number {
  switch (by) {
    case 'hostname':
      return (idx) => table.shownName.read(idx) ?? '';
    case 'id':
      return (idx) => table.id.read(idx) ?? '';
    case 'seen':
      return (idx) => (table.standing.read(idx) === 'online' ? ONLINE : (table.lastSeen.read(idx) ?? NEVER));
  }
}

type Key = string | number;
/** Below zero: the first comes first. Keys of one list are of one type; equal ones go by number, whose difference is the third. */
type Order = (key: Key, other: Key, idxs: number) => number;

const compareUp: Order = (key, other, idxs) => (key < other ? -1 : key > other ? 1 : idxs);
const compareDown: Order = (key, other, idxs) => -compareUp(key, other, idxs);

/** Keeps the first so many of all that are offered; the last of these is on top. */
class Heap {
  private readonly keys: Key[] = [];
  private readonly idxs: number[] = [];
  private readonly most: number;
  private readonly compare: Order;

  constructor(most: number, compare: Order) {
    this.most = most;
    this.compare = compare;
  }

  offer(key: Key, idx: number): void {
    if (this.keys.length < this.most) {
      this.keys.push(key);
      this.idxs.push(idx);
      this.rise(this.keys.length - 1);
    } else if (this.compare(key, this.keys[0] ?? '', idx - (this.idxs[0] ?? 0)) < 0) {
      this.keys[0] = key;
      this.idxs[0] = idx;
      this.sink();
    }
  }

  /** All that is kept, in order. */
  list(): Place[] {
    return this.keys
      .map((key, at) => ({ key, idx: this.idxs[at] ?? 0 }))
      .sort((a, b) => this.compare(a.key, b.key, a.idx - b.idx));
  }

  private rise(from: number): void {
    for (let at = from; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!this.isLater(at, parent)) return;
      this.swap(at, parent);
      at = parent;
    }
  }

  private sink(): void {
    for (let at = 0; ; ) {
      const left = 2 * at + 1;
      if (left >= this.keys.length) return;
      const child = left + 1 < this.keys.length && this.isLater(left + 1, left) ? left + 1 : left;
      if (!this.isLater(child, at)) return;
      this.swap(at, child);
      at = child;
    }
  }

  private isLater(a: number, b: number): boolean {
    const [key, other] = [this.keys[a] ?? '', this.keys[b] ?? ''];
    return this.compare(key, other, (this.idxs[a] ?? 0) - (this.idxs[b] ?? 0)) > 0;
  }

  private swap(a: number, b: number): void {
    [this.keys[a], this.keys[b]] = [this.keys[b] ?? '', this.keys[a] ?? ''];
    [this.idxs[a], this.idxs[b]] = [this.idxs[b] ?? 0, this.idxs[a] ?? 0];
  }
}
