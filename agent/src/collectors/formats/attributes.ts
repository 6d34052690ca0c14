// Small readings that many collectors share: one line, one number, the stamp of files, and the kernel's simple text forms.
import type { Files } from '../../platform/files.ts';

/** An attribute of /sys or /proc holds one short line; longer ones are cut, characters. */
const MAX_LINE_BYTES = 4096;
export const HOUR_MS = 3_600_000;
export const MINUTE_MS = 60_000;

/** First line of a file without surrounding blanks; null when absent, unreadable or empty. */
export async function readLine(files: Files, path: string): Promise<string | null> {
  const text = await files.readText(path, MAX_LINE_BYTES);
  const line = text?.split('\n', 1)[0]?.trim();
  return line ? line : null;
}

/** The whole number that a file holds; null when absent or not a number. */
export async function readInteger(files: Files, path: string): Promise<number | null> {
  return parseInteger(await readLine(files, path));
}

/** A whole decimal number within 2^53; null for anything else. */
export function parseInteger(text: string | null | undefined): number | null {
  if (text === null || text === undefined || !/^-?\d{1,16}$/.test(text.trim())) return null;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : null;
}

/** A number of up to eight hexadecimal digits, with or without `0x`; null for anything else. */
export function parseHex(text: string | null | undefined): number | null {
  return /^(0x)?[0-9a-f]{1,8}$/i.test(text ?? '') ? Number.parseInt(text ?? '', 16) : null;
}

/** A count in units of so many bytes, as bytes; null where there is none or it lies beyond 2^53. */
export function toBytes(count: number | null, unitBytes: number): number | null {
  const bytes = count === null ? Number.NaN : count * unitBytes;
  return Number.isSafeInteger(bytes) && bytes >= 0 ? bytes : null;
}

/** Times, sizes and numbers of files: differs when one of them was written, replaced, made or removed. */
export async function readStamp(files: Files, paths: readonly string[]): Promise<string> {
  const marks: string[] = [];
  for (const path of paths) {
    const facts = await files.stat(path);
    marks.push(facts === null ? '-' : `${facts.mtimeMs}:${facts.ctimeMs}:${facts.size}:${facts.ino}`);
  }
  return marks.join('|');
}

/** Lines of the form `key<separator>value`, blanks trimmed; the first of equal keys wins. */
export function parsePairs(text: string, separator: string): Map<string, string> {
  const pairs = new Map<string, string>();
  for (const line of text.split('\n')) {
    const at = line.indexOf(separator);
    if (at <= 0) continue;
    const key = line.slice(0, at).trim();
    if (!pairs.has(key)) pairs.set(key, line.slice(at + separator.length).trim());
  }
  return pairs;
}

/** Last part of a path, which is what a link in /sys says; null when there is none. */
export function baseName(path: string | null): string | null {
  const name = path?.slice(path.lastIndexOf('/') + 1);
  return name ? name : null;
}

/** Processors of a kernel list such as `0-3,8`; null when it is no such list. */
export function countCpuList(text: string | null): number | null {
  if (text === null || !/^\d+(-\d+)?(,\d+(-\d+)?)*$/.test(text)) return null;
  return text.split(',').reduce((sum, range) => {
    const [from, to] = range.split('-').map(Number);
    return sum + Math.max(0, (to ?? from ?? 0) - (from ?? 0)) + 1;
  }, 0);
}
