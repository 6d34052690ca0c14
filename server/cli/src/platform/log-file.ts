// A log that stays within its size: a full file becomes the one older file, and a new one begins.
import { type FileHandle, open, rename } from 'node:fs/promises';

/** Text that waits for a slow disk, bytes; what comes while there is more is left out. */
const MAX_WAITING_BYTES = 1024 * 1024;

/** The log. */
export interface LogFile {
  /** Adds text behind that of earlier calls; never fails and never waits. */
  write(text: string): void;
  /** Resolves when everything is written or given up. */
  end(): Promise<void>;
}

/** Limits and what is told. */
export interface LogFileOptions {
  /** Most bytes of the file; the older one beside it, `<path>.1`, has as many. */
  readonly maxBytes: number;
  /** The file cannot be written; said once until it can again. */
  onTrouble(error: unknown): void;
}

/** Opens the log at the first write. Text that the disk does not take is lost; the next is tried again. */
export function openLogFile(path: string, { maxBytes, onTrouble }: LogFileOptions): LogFile {
  const waiting: Buffer[] = [];
  let waitingBytes = 0;
  let file: { readonly handle: FileHandle; sizeBytes: number } | null = null;
  let isInTrouble = false;
  let running: Promise<void> | null = null;

  async function close(): Promise<void> {
    const { handle } = file ?? {};
    file = null;
    await handle?.close();
  }

  async function openFile() {
    const handle = await open(path, 'a', 0o600);
    file = { handle, sizeBytes: 0 };
    file.sizeBytes = (await handle.stat()).size;
    return file;
  }

  async function append(bytes: Buffer): Promise<void> {
    let target = file ?? (await openFile());
    if (target.sizeBytes > 0 && target.sizeBytes + bytes.length > maxBytes) {
      await close();
      await rename(path, `${path}.1`);
      target = await openFile();
    }
    await target.handle.appendFile(bytes);
    target.sizeBytes += bytes.length;
  }

  async function writeWaiting(): Promise<void> {
    for (let bytes = waiting.shift(); bytes !== undefined; bytes = waiting.shift()) {
      try {
        await append(bytes);
        isInTrouble = false;
      } catch (error) {
        if (!isInTrouble) onTrouble(error);
        isInTrouble = true;
        // What it holds is unknown now; the next text begins with the file as it is.
        await close().catch(onTrouble);
      }
      waitingBytes -= bytes.length;
    }
    running = null;
  }

  return {
    write(text) {
      if (waitingBytes > MAX_WAITING_BYTES) return;
      for (let at = 0; at < text.length; at += maxBytes) {
        const bytes = Buffer.from(text.slice(at, at + maxBytes));
        waiting.push(bytes);
        waitingBytes += bytes.length;
      }
      running ??= writeWaiting();
    },
    async end() {
      await running;
      await close().catch(onTrouble);
    },
  };
}
