// Rereads small files of /proc and /sys at the lowest cost: open once, pread at offset 0 into one shared buffer.
//
// Synchronous on purpose: these files answer from memory, and a promise a file would cost ten times the read itself.
// Never hand in a path on a disk or a network filesystem.
import {
  closeSync,
  constants,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  type StatsFs,
  statfsSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';

/** First size of the shared buffer, bytes. */
const FIRST_BUFFER_BYTES = 16 * 1024;
/** Largest file that is read, bytes; /proc/stat of 512 processors with their interrupts stays far below. */
export const MAX_PROC_BYTES = 1024 * 1024;
/** Most reads that are skipped after failed ones (1, 2, 4 …), so that an absent file costs nothing: about five minutes at 10 s. */
const MAX_SKIPPED_READS = 32;

/** One file that is read again and again. */
export interface ProcFile {
  /** Reads the file into the source's buffer. Answers the length, or -1 when it is absent or unreadable. */
  read(): number;
  close(): void;
}

/** Space of a filesystem, bytes and counts as statfs gives them. */
export interface FilesystemSpace {
  readonly totalBytes: number;
  readonly freeBytes: number;
  /** What ordinary users may still fill. */
  readonly availableBytes: number;
  /** 0 where the filesystem has no fixed number of inodes. */
  readonly inodes: number;
  readonly inodesFree: number;
}

/** A folder that holds proc/ and sys/; `/` on a device, a fixture in tests. */
export interface ProcSource {
  /** What the last `read` brought; replaced when a file needs more room. */
  readonly bytes: Buffer;
  /** `single`: the kernel answers the whole file in one read, so its end need not be asked for. */
  open(path: string, options?: { readonly single?: boolean }): ProcFile;
  /** Text of a small file, for what is looked at rarely; null when absent. */
  readText(path: string): string | null;
  /** Names in a folder, sorted; empty when absent. */
  list(path: string): string[];
  /** Target of a link; null when there is none. */
  readLink(path: string): string | null;
  /** Number of links of a folder; -1 when absent. The one of /proc grows and falls with the processes. */
  readLinkCount(path: string): number;
  /** Space of the filesystem at that path; null when it cannot be asked. May block on a network filesystem. */
  readSpace(path: string): FilesystemSpace | null;
  /** CPU time of this process since its start, µs, user and system. */
  readOwnCpuUs(): number;
  /** Resident memory of this process, bytes. */
  readOwnResidentBytes(): number;
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}

/** Absent, forbidden and unplugged are answers; anything but an error of a system call is a bug and thrown on. */
function orElse<T>(work: () => T, otherwise: T): T {
  try {
    return work();
  } catch (error) {
    if (isSystemError(error)) return otherwise;
    throw error;
  }
}

function toSpace(facts: StatsFs): FilesystemSpace {
  return {
    totalBytes: facts.blocks * facts.bsize,
    freeBytes: facts.bfree * facts.bsize,
    availableBytes: facts.bavail * facts.bsize,
    inodes: facts.files,
    inodesFree: facts.ffree,
  };
}

/** The buffer that all files of a source are read into, one after the other. */
interface SharedBuffer {
  bytes: Buffer;
}

/** Fills the buffer from the start of the file, growing it where it is too small. */
function fill(shared: SharedBuffer, descriptor: number, single: boolean): number {
  let length = 0;
  for (;;) {
    const room = shared.bytes.length - length;
    const got = readSync(descriptor, shared.bytes, length, room, length);
    length += got;
    if (got === 0 || (got < room && single)) return length;
    if (got < room) continue;
    if (shared.bytes.length >= MAX_PROC_BYTES) return length;
    shared.bytes = Buffer.concat([shared.bytes], shared.bytes.length * 4);
  }
}

/** Makes a file that is opened at the first read and again after an error. */
function createProcFile(shared: SharedBuffer, path: string, single: boolean): ProcFile {
  let descriptor = -1;
  let skip = 0;
  let nextSkip = 1;

  function close() {
    if (descriptor >= 0) closeSync(descriptor);
    descriptor = -1;
  }

  function attempt(): number {
    if (descriptor < 0) descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    return fill(shared, descriptor, single);
  }

  return {
    read() {
      if (skip > 0) {
        skip--;
        return -1;
      }
      const wasOpen = descriptor >= 0;
      let length = orElse(attempt, -1);
      if (length < 0) close();
      // what was open may have been unplugged and come back under the same name
      if (length < 0 && wasOpen) length = orElse(attempt, -1);
      if (length >= 0) {
        nextSkip = 1;
        return length;
      }
      close();
      skip = nextSkip;
      nextSkip = Math.min(MAX_SKIPPED_READS, nextSkip * 2);
      return -1;
    },
    close,
  };
}

/** Makes the reader below a root; `instead` replaces what a test cannot put into a folder. Nothing is opened before the first read. */
export function createProcSource(
  root = '/',
  instead: Partial<Pick<ProcSource, 'readSpace'>> = {},
): ProcSource {
  const shared: SharedBuffer = { bytes: Buffer.allocUnsafe(FIRST_BUFFER_BYTES) };
  const at = (path: string) => join(root, path);
  return {
    get bytes() {
      return shared.bytes;
    },
    open: (path, { single = false } = {}) => createProcFile(shared, at(path), single),
    readText(path) {
      const file = createProcFile(shared, at(path), true);
      const length = file.read();
      file.close();
      return length < 0 ? null : shared.bytes.toString('utf8', 0, length);
    },
    list: (path) => orElse(() => readdirSync(at(path)).sort(), []),
    readLink: (path) => orElse<string | null>(() => readlinkSync(at(path)), null),
    readLinkCount: (path) => orElse(() => statSync(at(path)).nlink, -1),
    readSpace:
      instead.readSpace ??
      ((path) => orElse<FilesystemSpace | null>(() => toSpace(statfsSync(at(path))), null)),
    readOwnCpuUs() {
      const { user, system } = process.cpuUsage();
      return user + system;
    },
    readOwnResidentBytes: () => process.memoryUsage.rss(),
  };
}
