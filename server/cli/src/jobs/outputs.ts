// Output of devices as whole lines, and what of it was printed.
import { safeText } from '../output/safe-text.ts';

/** A character may be cut between two pieces: so far an offset may be off, bytes. */
const MAX_CUT_BYTES = 4;

/** Prints pieces of output as whole lines, with the name of the device before each where there are several. */
export class Outputs {
  private readonly rests = new Map<string, string>();
  /** Bytes up to which the output of a device was printed without a gap, by device. */
  private readonly ends = new Map<string, number>();
  /** Devices of whose output pieces did not come. */
  private readonly gaps = new Set<string>();
  private readonly write: (text: string) => void;
  private readonly prefixOf: (deviceId: string) => string;

  constructor(write: (text: string) => void, prefixOf: (deviceId: string) => string) {
    this.write = write;
    this.prefixOf = prefixOf;
  }

  /** Takes a piece that came live; true where what stands before it did not come, for the first time. */
  addLive(deviceId: string, { offset, text }: { readonly offset: number; readonly text: string }): boolean {
    const end = this.ends.get(deviceId) ?? 0;
    const isNewGap = offset > end + MAX_CUT_BYTES && !this.gaps.has(deviceId);
    if (isNewGap) this.gaps.add(deviceId);
    this.ends.set(deviceId, offset + Buffer.byteLength(text));
    this.add(deviceId, text);
    return isNewGap;
  }

  /** Prints what of the kept output was not printed yet; false where that cannot be told, because the beginning is gone. */
  addKept(
    deviceId: string,
    { output, truncated }: { readonly output: string; readonly truncated: boolean },
  ): boolean {
    const end = this.ends.get(deviceId) ?? 0;
    if (end > 0 && (truncated || this.gaps.has(deviceId))) return false;
    this.add(deviceId, end === 0 ? output : Buffer.from(output).subarray(end).toString());
    this.finish(deviceId);
    return true;
  }

  private add(deviceId: string, text: string): void {
    const lines = `${this.rests.get(deviceId) ?? ''}${text}`.split('\n');
    this.rests.set(deviceId, lines.pop() ?? '');
    for (const line of lines) this.line(deviceId, line);
  }

  /** The last line of a program often has no end. */
  finish(deviceId: string): void {
    const rest = this.rests.get(deviceId) ?? '';
    this.rests.delete(deviceId);
    if (rest !== '') this.line(deviceId, rest);
  }

  finishAll(): void {
    for (const deviceId of [...this.rests.keys()]) this.finish(deviceId);
  }

  private line(deviceId: string, text: string): void {
    this.write(`${this.prefixOf(deviceId)}${safeText(text.replace(/\r$/, '').replaceAll('\t', '    '))}\n`);
  }
}
