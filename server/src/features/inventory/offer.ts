// Checks an offer of a device: times, names, hashes, and that its root is the root of what it lists.
import { createHash } from 'node:crypto';
import { type InventoryOffer, PACKAGE_PARTS, rootInput } from '@muster/protocol';
import { fail } from '../../errors.ts';

/** A slice as offered. */
export interface OfferedSlice {
  readonly name: string;
  /** base64url of 32 bytes; the key of all maps here. */
  readonly hash: string;
  /** When the device first saw it so, ms; never later than the offer. */
  readonly sinceMs: number;
}

/** A checked offer. */
export interface Offer {
  readonly root: string;
  /** Slices this server knows. */
  readonly slices: readonly OfferedSlice[];
  /** Names of slices it does not know; neither asked for nor stored. */
  readonly ignored: readonly string[];
  /** Hashes of the 64 package parts, or none. */
  readonly parts: readonly string[];
  readonly packagesSinceMs: number;
}

/**
 * Reads an offer. `isKnown` tells the slices that this server stores.
 * @throws MusterError E_HASH (root), E_SCHEMA (a name twice, parts that are neither 0 nor 64), E_RANGE (no such time), E_B64.
 */
export function readOffer(
  message: InventoryOffer,
  isKnown: (name: string) => boolean,
  toServerMs: (deviceMs: number) => number,
): Offer {
  const names = new Set(message.slices.map(({ name }) => name));
  if (names.size !== message.slices.length) {
    throw fail('E_SCHEMA', { detail: 'The offer names a slice twice; offer each once.' });
  }
  if (message.packages.length !== 0 && message.packages.length !== PACKAGE_PARTS) {
    throw fail('E_SCHEMA', {
      detail: `The offer has ${message.packages.length} package parts; it must have 0 or ${PACKAGE_PARTS}.`,
    });
  }
  const root = createHash('sha256').update(rootInput(message.slices, message.packages)).digest('base64url');
  if (root !== message.root) {
    throw fail('E_HASH', { detail: 'The root is not the hash of the offered slices; offer again.' });
  }
  // The root covers the texts of the hashes; a text with stray bits is another text for the same bytes.
  for (const hash of [...message.slices.map((slice) => slice.hash), ...message.packages]) checkHash(hash);
  return {
    root,
    slices: message.slices
      .filter(({ name }) => isKnown(name))
      .map(({ name, hash, since }) => ({ name, hash, sinceMs: toServerMs(readSince(since)) })),
    ignored: [...names].filter((name) => !isKnown(name)).sort(),
    parts: message.packages,
    packagesSinceMs: toServerMs(readSince(message.packagesSince)),
  };
}

/** 43 characters carry 258 bits: the last one has only 16 values. */
function checkHash(hash: string): void {
  if (!/[AEIMQUYcgkosw048]$/.test(hash)) throw fail('E_B64');
}

/** A time of the device's clock. The schema checks its form, not that the day exists. */
function readSince(text: string): number {
  const ms = Date.parse(text);
  if (Number.isNaN(ms))
    throw fail('E_RANGE', { detail: 'A time of the offer does not exist; correct the field since.' });
  return ms;
}
