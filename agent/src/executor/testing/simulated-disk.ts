// A disk in memory that loses what a power cut may lose: unsynced writes are dropped, torn, filled with zeros or kept out of order.
//
// The model is that of a journaling file system that owes nobody anything: bytes are durable after datasync of their file; names and
// their absence after dirsync of their folder, in the order in which they were made; a synced file whose name is not durable is gone.
import type { AppendFile, Disk } from '../disk.ts';

/** A write that no datasync has followed yet. */
type Pending = { readonly offset: number; readonly bytes: Uint8Array } | { readonly cutTo: number };

/** The bytes behind one or more names. */
interface Inode {
  durable: Uint8Array;
  pending: Pending[];
  /** What a running system reads, at the start of a larger buffer. */
  live: Uint8Array;
  length: number;
}

/** A change of a folder's names that no dirsync has followed yet. */
type NameChange = { readonly name: string; readonly inode: Inode | null };

/** A folder: names as a running system sees them, and what a power cut would leave. */
interface Folder {
  readonly live: Map<string, Inode>;
  readonly durable: Map<string, Inode>;
  pending: NameChange[];
}

/** What a power cut does beside dropping: each is tried with a share of the cuts. */
export interface SimulatedDisk {
  readonly disk: Disk;
  /** The power fails: this disk answers nothing any more; the result is what the next start finds. */
  cutPower(): SimulatedDisk;
  /** Changes the durable bytes of every file below a folder, as a failing medium does. */
  damage(folder: string, change: (bytes: Uint8Array) => Uint8Array): void;
  /** Bytes that files may take together; appends beyond it fail with ENOSPC. */
  setRoom(bytes: number): void;
  /** Bytes that files take now. */
  usedBytes(): number;
  /** Calls so far. */
  readonly counts: { datasyncs: number; dirsyncs: number; bytes: number };
}

/** What the simulation is told. */
export interface SimulatedDiskOptions {
  /** [0, 1) */
  random(): number;
  /** True for a sync that is to be left out, as by a fault in the program; says which by `datasync` or `dirsync` and path. */
  omits?(sync: 'datasync' | 'dirsync', path: string): boolean;
}

function errorOf(code: string): Error {
  return Object.assign(new Error(`${code}: simulated disk`), { code });
}

function split(path: string): { folder: string; name: string } {
  const at = path.lastIndexOf('/');
  return at < 0 ? { folder: '.', name: path } : { folder: path.slice(0, at), name: path.slice(at + 1) };
}

/** The bytes after some writes. */
function apply(bytes: Uint8Array, writes: readonly Pending[]): Uint8Array {
  let now = bytes;
  for (const write of writes) {
    if ('cutTo' in write) {
      now = now.slice(0, write.cutTo);
      continue;
    }
    const next = new Uint8Array(Math.max(now.length, write.offset + write.bytes.length));
    next.set(now);
    next.set(write.bytes, write.offset);
    now = next;
  }
  return now;
}

function inodeOf(bytes: Uint8Array): Inode {
  return { durable: bytes, pending: [], live: bytes, length: bytes.length };
}

/** Appends to what a running system reads; the buffer doubles, so that many small writes cost little. */
function grow(inode: Inode, bytes: Uint8Array): void {
  const length = inode.length + bytes.length;
  if (length > inode.live.length) {
    const larger = new Uint8Array(Math.max(length, 2 * inode.live.length));
    larger.set(inode.live.subarray(0, inode.length));
    inode.live = larger;
  }
  inode.live.set(bytes, inode.length);
  inode.length = length;
}

/** What a cut leaves of one unsynced write: nothing, all, a torn part, or its length filled with zeros. */
function tear(write: Pending, random: () => number): Pending[] {
  const chance = random();
  if (chance < 0.4) return [];
  if (chance < 0.6 || 'cutTo' in write) return [write];
  const kept = Math.floor(random() * write.bytes.length);
  if (chance < 0.8) return [{ offset: write.offset, bytes: write.bytes.slice(0, kept) }];
  // The file grew before its blocks were written: zeros, with a part of the data in some place.
  const zeros = new Uint8Array(write.bytes.length);
  const from = Math.floor(random() * (write.bytes.length - kept));
  zeros.set(write.bytes.subarray(from, from + kept), from);
  return [{ offset: write.offset, bytes: zeros }];
}

class MemoryDisk implements SimulatedDisk, Disk {
  readonly counts = { datasyncs: 0, dirsyncs: 0, bytes: 0 };
  private readonly options: SimulatedDiskOptions;
  private readonly folders: Map<string, Folder>;
  private room = Number.POSITIVE_INFINITY;
  private isOff = false;

  constructor(options: SimulatedDiskOptions, folders: Map<string, Folder>) {
    this.options = options;
    this.folders = folders;
  }

  get disk(): Disk {
    return this;
  }

  setRoom(bytes: number): void {
    this.room = bytes;
  }

  damage(folder: string, change: (bytes: Uint8Array) => Uint8Array): void {
    for (const [path, { live }] of this.folders) {
      if (path !== folder) continue;
      for (const inode of live.values()) {
        inode.live = change(inode.live.slice(0, inode.length));
        inode.length = inode.live.length;
        inode.durable = inode.live;
        inode.pending = [];
      }
    }
  }

  cutPower(): SimulatedDisk {
    this.isOff = true;
    const { random } = this.options;
    const survivors = new Map<Inode, Inode>();
    const survive = (inode: Inode): Inode => {
      const known = survivors.get(inode);
      if (known !== undefined) return known;
      const bytes = apply(
        inode.durable,
        inode.pending.flatMap((write) => tear(write, random)),
      );
      const next = inodeOf(bytes);
      survivors.set(inode, next);
      return next;
    };
    const folders = new Map<string, Folder>();
    for (const [path, folder] of this.folders) {
      const names = new Map(folder.durable);
      // Some of the changes, in their order.
      const kept = Math.floor(random() * (folder.pending.length + 1));
      for (const { name, inode } of folder.pending.slice(0, kept)) {
        if (inode === null) names.delete(name);
        else names.set(name, inode);
      }
      const left = new Map([...names].map(([name, inode]) => [name, survive(inode)] as const));
      folders.set(path, { live: new Map(left), durable: new Map(left), pending: [] });
    }
    return new MemoryDisk(this.options, folders);
  }

  makeFolder(path: string): Promise<void> {
    return this.turn(() => {
      // Folders are kept through a cut: what is tried here is files; a start makes its folders again anyway.
      for (
        let at = path;
        at !== '' && !this.folders.has(at);
        at = at.slice(0, Math.max(0, at.lastIndexOf('/')))
      )
        this.folders.set(at, { live: new Map(), durable: new Map(), pending: [] });
    });
  }

  open(path: string): Promise<AppendFile> {
    return this.turn(() => {
      const { folder, name } = split(path);
      const place = this.folderOf(folder);
      let inode = place.live.get(name);
      if (inode === undefined) {
        inode = inodeOf(new Uint8Array(0));
        this.change(place, { name, inode });
      }
      return this.fileOf(inode, path);
    });
  }

  link(from: string, to: string): Promise<boolean> {
    return this.turn(() => {
      const inode = this.find(from);
      const { folder, name } = split(to);
      const place = this.folderOf(folder);
      if (inode === undefined) throw errorOf('ENOENT');
      if (place.live.has(name)) return false;
      this.change(place, { name, inode });
      return true;
    });
  }

  rename(from: string, to: string): Promise<void> {
    return this.turn(() => {
      const inode = this.find(from);
      if (inode === undefined) throw errorOf('ENOENT');
      const source = split(from);
      const target = split(to);
      // One step in a journal: the new name first, so that a cut between the two leaves both, never neither.
      this.change(this.folderOf(target.folder), { name: target.name, inode });
      this.change(this.folderOf(source.folder), { name: source.name, inode: null });
    });
  }

  dirsync(path: string): Promise<void> {
    return this.turn(() => {
      this.counts.dirsyncs++;
      if (this.options.omits?.('dirsync', path) === true) return;
      const folder = this.folders.get(path);
      if (folder === undefined) return;
      for (const { name, inode } of folder.pending) {
        if (inode === null) folder.durable.delete(name);
        else folder.durable.set(name, inode);
      }
      folder.pending = [];
    });
  }

  readRange(path: string, offset: number, length: number): Promise<Uint8Array | null> {
    return this.turn(() => {
      const inode = this.find(path);
      return inode === undefined ? null : inode.live.slice(offset, Math.min(inode.length, offset + length));
    });
  }

  size(path: string): Promise<number | null> {
    return this.turn(() => {
      const inode = this.find(path);
      return inode === undefined ? null : inode.length;
    });
  }

  list(path: string): Promise<string[]> {
    return this.turn(() => {
      const files = [...(this.folders.get(path)?.live.keys() ?? [])];
      const below = [...this.folders.keys()]
        .filter((one) => one !== path && split(one).folder === path)
        .map((one) => split(one).name);
      return [...files, ...below].toSorted();
    });
  }

  remove(path: string): Promise<void> {
    return this.turn(() => {
      const { folder, name } = split(path);
      const place = this.folders.get(folder);
      if (place?.live.has(name) === true) this.change(place, { name, inode: null });
      for (const one of [...this.folders.keys()])
        if (one === path || one.startsWith(`${path}/`)) this.folders.delete(one);
    });
  }

  private fileOf(inode: Inode, path: string): AppendFile {
    const disk = this;
    return {
      append(bytes) {
        return disk.turn(() => {
          if (Number.isFinite(disk.room) && disk.usedBytes() + bytes.length > disk.room)
            throw errorOf('ENOSPC');
          disk.counts.bytes += bytes.length;
          inode.pending.push({ offset: inode.length, bytes: new Uint8Array(bytes) });
          grow(inode, bytes);
        });
      },
      datasync() {
        return disk.turn(() => {
          disk.counts.datasyncs++;
          if (disk.options.omits?.('datasync', path) === true) return;
          if (inode.pending.length === 0) return;
          // A view: bytes before its end are never written again, a cut makes a copy.
          inode.durable = inode.live.subarray(0, inode.length);
          inode.pending = [];
        });
      },
      truncate(sizeBytes) {
        return disk.turn(() => {
          inode.pending.push({ cutTo: sizeBytes });
          inode.live = inode.live.slice(0, Math.min(inode.length, sizeBytes));
          inode.length = inode.live.length;
        });
      },
      close: () => disk.turn(() => undefined),
    };
  }

  /** Every call takes a turn of the event loop, so that a cut can fall between any two; a disk without power never answers. */
  private async turn<T>(work: () => T): Promise<T> {
    await Promise.resolve();
    // Looked at in the same step as the work: a call that was under way when the power failed does nothing.
    return this.isOff ? new Promise<never>(() => undefined) : work();
  }

  usedBytes(): number {
    const inodes = new Set([...this.folders.values()].flatMap(({ live }) => [...live.values()]));
    return [...inodes].reduce((sum, { length }) => sum + length, 0);
  }

  private find(path: string): Inode | undefined {
    const { folder, name } = split(path);
    return this.folders.get(folder)?.live.get(name);
  }

  private folderOf(path: string): Folder {
    const folder = this.folders.get(path);
    if (folder === undefined) throw errorOf('ENOENT');
    return folder;
  }

  private change(folder: Folder, change: NameChange): void {
    if (change.inode === null) folder.live.delete(change.name);
    else folder.live.set(change.name, change.inode);
    folder.pending.push(change);
  }
}

/** An empty disk. */
export function createSimulatedDisk(options: SimulatedDiskOptions): SimulatedDisk {
  const root: Folder = { live: new Map(), durable: new Map(), pending: [] };
  return new MemoryDisk(options, new Map([['.', root]]));
}
