// One outstanding offer: which bodies are still missing, what has arrived, and what may not arrive.
import { type BodyFrame, PACKAGE_PARTS, type Section } from '@muster/protocol';
import { fail } from '../../errors.ts';
import { type CheckedPart, type CheckedSlice, checkPart, checkSlice } from './body.ts';
import { MAX_DEVICE_PACKAGES, MAX_OFFER_BYTES } from './limits.ts';
import type { Offer } from './offer.ts';
import type { KnownRow } from './store.ts';
import type { KnownSet } from './writer.ts';

/** What a wanted body must be. */
export type Wanted =
  | { readonly kind: 'slice'; readonly section: Section }
  | { readonly kind: 'part'; readonly part: number };

/** An offer on its way into the database; docs/architecture/inventory.md draws the phases. */
export interface Pending {
  readonly offer: Offer;
  phase: 'checking' | 'awaiting' | 'storing';
  /** Hashes whose body has not arrived. */
  readonly missing: Map<string, Wanted>;
  readonly known: Map<string, KnownSet>;
  readonly slices: Map<string, CheckedSlice>;
  readonly parts: Map<string, CheckedPart>;
  /** Bytes that the bodies which arrived take in memory, and what they were when inflated. */
  bytes: number;
  rawBytes: number;
  packages: number;
  /** When it began and when something last happened, monotonic ms. */
  readonly begunMs: number;
  touchedMs: number;
}

/** Begins with everything missing. @throws MusterError E_SCHEMA when one hash is offered for two contents that cannot be equal. */
export function createPending(
  offer: Offer,
  findSection: (name: string) => Section | undefined,
  nowMs: number,
): Pending {
  const missing = new Map<string, Wanted>();
  for (const { name, hash } of offer.slices) {
    const section = findSection(name);
    if (section === undefined) continue;
    // A body names its section, so two sections never share one.
    if (missing.has(hash)) throw twice();
    missing.set(hash, { kind: 'slice', section });
  }
  offer.parts.forEach((hash, part) => {
    const wanted = missing.get(hash);
    if (wanted?.kind === 'slice') throw twice();
    // Parts without rows are all alike; whatever has rows fits one part only.
    if (wanted === undefined) missing.set(hash, { kind: 'part', part });
  });
  return {
    offer,
    phase: 'checking',
    missing,
    known: new Map(),
    slices: new Map(),
    parts: new Map(),
    bytes: 0,
    rawBytes: 0,
    packages: 0,
    begunMs: nowMs,
    touchedMs: nowMs,
  };
}

function twice() {
  return fail('E_SCHEMA', { detail: 'The offer gives one hash to two sections; offer again.' });
}

/** Takes away what the organization has. @throws MusterError E_SCHEMA when it has that hash as something else. */
export function takeKnown(pending: Pending, rows: readonly KnownRow[]): void {
  for (const row of rows) {
    const wanted = pending.missing.get(row.hash);
    if (wanted === undefined) continue;
    if (wanted.kind === 'slice' ? row.section !== wanted.section.name : row.setId === null) throw misplaced();
    if (wanted.kind === 'part') takeKnownPart(pending, row);
    pending.missing.delete(row.hash);
  }
}

function takeKnownPart(pending: Pending, row: KnownRow): void {
  checkPlaces(pending.offer, row.hash, row.part);
  pending.known.set(row.hash, { setId: row.setId ?? 0, installed: row.installed });
  countPackages(pending, row.installed);
}

/** A part with rows stands in its own place and nowhere else; then a device holds one set a part. */
function checkPlaces(offer: Offer, hash: string, part: number | null): void {
  if (part === null) return;
  for (let at = 0; at < PACKAGE_PARTS; at++)
    if ((offer.parts[at] === hash) !== (at === part)) throw misplaced();
}

function misplaced() {
  return fail('E_SCHEMA', { detail: 'The offer names content of another section or part; offer again.' });
}

function countPackages(pending: Pending, more: number): void {
  pending.packages += more;
  if (pending.packages > MAX_DEVICE_PACKAGES) {
    throw fail('E_SIZE', {
      detail: `The device lists more than ${MAX_DEVICE_PACKAGES} packages; they are not stored.`,
    });
  }
}

/** What a body will take in memory, bytes: parts of the package list are kept as rows, about as large as their text. */
export function weighBody(pending: Pending, hash: string, frame: BodyFrame): number {
  return pending.missing.get(hash)?.kind === 'part' ? frame.rawBytes : frame.data.length;
}

/**
 * Takes a body in that was asked for. Large ones are checked in pieces, so that the offer may be let go meanwhile; then this one is too.
 * @throws MusterError when it is not what its hash and place say, or too much.
 */
export async function takeBody(pending: Pending, hash: string, frame: BodyFrame): Promise<void> {
  const wanted = pending.missing.get(hash);
  if (wanted === undefined) return;
  // Before it is inflated: what it announces is what it may become.
  pending.rawBytes += frame.rawBytes;
  if (pending.rawBytes > MAX_OFFER_BYTES) {
    throw fail('E_SIZE', {
      detail: `The bodies of one offer are larger than ${MAX_OFFER_BYTES} bytes; they are not stored.`,
    });
  }
  if (wanted.kind === 'slice') {
    pending.slices.set(hash, await checkSlice(wanted.section, frame));
  } else {
    const part = await checkPart(wanted.part, frame);
    checkPlaces(pending.offer, hash, part.part);
    countPackages(pending, part.rows.length);
    pending.parts.set(hash, part);
  }
  pending.missing.delete(hash);
}
