// The output of a run on disk: two pieces named by where they begin, so that the tail is kept and can be read while it grows.
import { MAX_OUTPUT_BYTES } from '@muster/protocol/commands';
import { isDiskFull } from '../../platform/storage.ts';
import type { AppendFile, Disk } from '../disk.ts';

const PREFIX = 'output.';

/** Writes output. Calls must not overlap. */
export interface OutputWriter {
  write(bytes: Uint8Array): Promise<void>;
  /** Puts on disk what was written; gives back how much there was in all, bytes. */
  finish(): Promise<number>;
}

async function listPieces(disk: Disk, folder: string): Promise<number[]> {
  const names = await disk.list(folder);
  return names
    .filter((name) => name.startsWith(PREFIX) && /^\d+$/.test(name.slice(PREFIX.length)))
    .map((name) => Number(name.slice(PREFIX.length)))
    .toSorted((a, b) => a - b);
}

/** Makes a writer for a new spool that keeps so much of the tail. What a full disk does not take is counted and lost. */
export function createOutputWriter(
  disk: Disk,
  folder: string,
  keepBytes: number = MAX_OUTPUT_BYTES,
): OutputWriter {
  let file: AppendFile | null = null;
  let begin = 0;
  let total = 0;

  async function turn(): Promise<AppendFile> {
    await file?.close();
    file = null;
    begin = total;
    const next = await disk.open(`${folder}/${PREFIX}${begin}`);
    const old = (await listPieces(disk, folder)).slice(0, -2);
    for (const offset of old) await disk.remove(`${folder}/${PREFIX}${offset}`);
    file = next;
    return next;
  }

  return {
    async write(bytes) {
      // Only the tail of a long piece can matter.
      const kept = bytes.subarray(-keepBytes);
      total += bytes.length - kept.length;
      try {
        const isNew = file === null || total - begin >= keepBytes || bytes.length > kept.length;
        const target = isNew ? await turn() : file;
        await target?.append(kept);
      } catch (error) {
        if (!isDiskFull(error)) throw error;
      }
      total += kept.length;
    },
    async finish() {
      await file?.datasync();
      await file?.close();
      file = null;
      return total;
    },
  };
}

/** Output from a place on, as far as it is there, and where it begins: later, when what was asked for is gone already. */
export async function readOutput(
  disk: Disk,
  folder: string,
  { from, maxBytes }: { readonly from: number; readonly maxBytes: number },
): Promise<{ readonly offset: number; readonly bytes: Buffer }> {
  const parts: Buffer[] = [];
  let offset = from;
  let length = 0;
  for (const begin of await listPieces(disk, folder)) {
    const size = (await disk.size(`${folder}/${PREFIX}${begin}`)) ?? 0;
    const at = offset + length;
    if (begin + size <= at || length >= maxBytes) continue;
    if (begin > at && length === 0) offset = begin;
    else if (begin > at) break;
    const skip = offset + length - begin;
    const bytes = await disk.readRange(`${folder}/${PREFIX}${begin}`, skip, maxBytes - length);
    if (bytes === null) continue;
    parts.push(Buffer.from(bytes));
    length += bytes.length;
  }
  return { offset, bytes: Buffer.concat(parts) };
}

/** The kept tail, at most so many bytes. */
export async function readTail(
  disk: Disk,
  folder: string,
  keepBytes: number = MAX_OUTPUT_BYTES,
): Promise<Buffer> {
  const { bytes } = await readOutput(disk, folder, { from: 0, maxBytes: 4 * keepBytes });
  return bytes.subarray(-keepBytes);
}
