// Divides the package list into 64 parts by package name, so that one upgrade re-sends one part.
import { PACKAGE_PARTS } from '../limits.ts';

/** Part of a package name: 32-bit FNV-1a of its UTF-16 units, modulo 64. Stable for all versions of the protocol. */
export function partOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) {
    hash ^= name.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  return (hash >>> 0) % PACKAGE_PARTS;
}

/** Splits rows into the 64 parts, in part order; a part may be empty. */
export function splitIntoParts<Row extends { readonly name: string }>(rows: readonly Row[]): Row[][] {
  const parts: Row[][] = Array.from({ length: PACKAGE_PARTS }, () => []);
  for (const row of rows) parts[partOf(row.name)]?.push(row);
  return parts;
}
