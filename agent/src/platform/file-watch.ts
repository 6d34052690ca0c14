// Hears that files change, through the kernel's own events for their folders (inotify(7)); what it cannot hear of is left to who looks in time.
import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { errorCode } from './storage.ts';

/** Folders that are watched at once. */
const MAX_FOLDERS = 64;
/** Quiet after a change before it is told, ms: a program seldom writes once. */
const QUIET_MS = 2_000;
/** Longest time a change is kept, ms, however busy the files are. */
const LONGEST_MS = 10_000;
/** Events of a folder about other files within NOISE_MS; a folder with more is let go. */
const MAX_NOISE = 1_000;
const NOISE_MS = 60_000;
/** File systems that tell nothing, or would all the time. */
const SILENT = /^\/(?:proc|sys|dev|run)(?:\/|$)/;

/** What it needs. */
export interface FileWatchDeps {
  /** Something changed. Not told more often than once in QUIET_MS. */
  changed(): void;
  /** Least time between two tellings, ms: whoever may write in a watched folder must not keep its reader awake. Absent: none. */
  readonly restMs?: number;
  readonly log: { warn(fields: object, message: string): void };
}

/** Watches. */
export interface FileWatch {
  /** Files to be watched in the place of those before; a name that ends in `/` is all of a folder. Folders that are not there are tried again the next time. */
  set(files: readonly string[]): void;
  close(): void;
}

/** A folder, and what of it counts. */
interface Folder {
  readonly watcher: FSWatcher;
  names: ReadonlySet<string>;
  noise: number;
  noisySince: number;
}

/** Any name. */
const ALL = '';

/** Folders in the order of their first file, with the names in them that count. */
function groupFiles(files: readonly string[]): ReadonlyMap<string, ReadonlySet<string>> {
  const folders = new Map<string, Set<string>>();
  for (const file of files) {
    if (SILENT.test(file)) continue;
    const isAll = file.endsWith('/');
    const folder = isAll ? file.replace(/\/+$/, '') || '/' : dirname(file);
    if (!folders.has(folder) && folders.size === MAX_FOLDERS) continue;
    const names = folders.get(folder) ?? new Set<string>();
    folders.set(folder, names.add(isAll ? ALL : basename(file)));
  }
  return folders;
}

/** Makes it; nothing is watched yet. */
export function createFileWatch(deps: FileWatchDeps): FileWatch {
  return new Watch(deps);
}

class Watch implements FileWatch {
  private readonly deps: FileWatchDeps;
  private readonly folders = new Map<string, Folder>();
  private timer: NodeJS.Timeout | undefined;
  private firstAt: number | null = null;
  private toldAt = Number.NEGATIVE_INFINITY;

  constructor(deps: FileWatchDeps) {
    this.deps = deps;
  }

  set(files: readonly string[]): void {
    const wanted = groupFiles(files);
    for (const path of this.folders.keys()) if (!wanted.has(path)) this.drop(path);
    for (const [path, names] of wanted) {
      const folder = this.folders.get(path);
      if (folder === undefined) this.open(path, names);
      else folder.names = names;
    }
  }

  close(): void {
    clearTimeout(this.timer);
    for (const path of [...this.folders.keys()]) this.drop(path);
  }

  private open(path: string, names: ReadonlySet<string>): void {
    try {
      const watcher = watch(path, { persistent: false }, (event, name) => this.heard(path, event, name));
      watcher.on('error', (err) => this.lost(path, err));
      this.folders.set(path, { watcher, names, noise: 0, noisySince: performance.now() });
    } catch (err) {
      // Not there, or not to be read by this user: who looks in time finds what changed.
      if (!['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM'].includes(errorCode(err))) this.lost(path, err);
    }
  }

  private drop(path: string): void {
    this.folders.get(path)?.watcher.close();
    this.folders.delete(path);
  }

  private lost(path: string, err: unknown): void {
    this.drop(path);
    this.deps.log.warn({ err, path }, 'a folder cannot be watched; changes in it are found once an hour');
  }

  private heard(path: string, event: string, name: string | null): void {
    const folder = this.folders.get(path);
    if (folder === undefined) return;
    // Of the folder itself: it may be gone, and another one may come in its place.
    const isItself = event === 'rename' && name === basename(path);
    if (isItself) this.drop(path);
    const counts = isItself || name === null || folder.names.has(ALL) || folder.names.has(name);
    if (counts) this.tellSoon();
    else this.ignore(path, folder);
  }

  private ignore(path: string, folder: Folder): void {
    const now = performance.now();
    if (now - folder.noisySince > NOISE_MS) {
      folder.noise = 0;
      folder.noisySince = now;
    }
    folder.noise += 1;
    if (folder.noise > MAX_NOISE) this.lost(path, new Error('too much happens in it'));
  }

  private tellSoon(): void {
    const now = performance.now();
    this.firstAt ??= now;
    clearTimeout(this.timer);
    const soonMs = Math.min(QUIET_MS, Math.max(0, this.firstAt + LONGEST_MS - now));
    const waitMs = Math.max(soonMs, this.toldAt + (this.deps.restMs ?? 0) - now);
    this.timer = setTimeout(() => {
      this.firstAt = null;
      this.toldAt = performance.now();
      this.deps.changed();
    }, waitMs);
    this.timer.unref();
  }
}
