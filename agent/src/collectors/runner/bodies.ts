// From outcomes to the bodies that travel, and back to the offer; the only place that knows packages are 64 parts.
import {
  BODY_HEADER_BYTES,
  checkBody,
  type InventoryOffer,
  isMusterError,
  MAX_FRAME_BYTES,
  MAX_SLICE_BYTES,
  MAX_SLICE_ROWS,
  packagesSection,
  type Section,
  splitIntoParts,
  type Value,
  writeBody,
} from '@muster/protocol';
import { deflate } from '../../platform/deflate.ts';
import type { AnyOutcome } from './slot.ts';

type Row = Readonly<Record<string, Value>>;

/** What is known of a section: the hashes of its bodies, and since when they have been these. */
export interface Content {
  /** One hash; 64 for packages; none for packages of a device without a package list. */
  readonly hashes: readonly string[];
  /** RFC 3339. */
  readonly since: string;
  /** UTF-8 size of the bodies together. */
  readonly sizeBytes: number;
}

function isPackages(name: string): boolean {
  return name === packagesSection.name;
}

function isNamed(row: Row): row is Row & { readonly name: string } {
  return typeof row.name === 'string';
}

/** True when no body can say that the section failed: the parts of packages hold rows and nothing else. */
export function keepsContentOnError(section: Section): boolean {
  return isPackages(section.name);
}

/** The bodies of an outcome: one text, or the 64 parts of the packages. */
export function writeBodies(section: Section, outcome: AnyOutcome): string[] {
  if (!isPackages(section.name)) return [writeBody(section, withinRows(outcome))];
  if (outcome.outcome !== 'ok') return [];
  return splitIntoParts(outcome.rows.filter(isNamed)).map((rows) =>
    writeBody(section, { outcome: 'ok', rows }),
  );
}

function withinRows(outcome: AnyOutcome): AnyOutcome {
  if (outcome.outcome !== 'ok' || outcome.rows.length <= MAX_SLICE_ROWS) return outcome;
  return {
    outcome: 'error',
    reason: `There are more than ${MAX_SLICE_ROWS} rows, which is the limit of a section.`,
  };
}

/** A text below this fits into a frame however badly it compresses, bytes of UTF-8 at three a character. */
const ALWAYS_FITS_BYTES = 80_000;

function packedBytes(text: string): number {
  return deflate(new TextEncoder().encode(text)).length;
}

/** Why a server would refuse this body; null when it would not. Asked for new content only: it parses the text. */
export function findFault(section: Section, text: string): string | null {
  if (new TextEncoder().encode(text).length > MAX_SLICE_BYTES) {
    return `The section takes more than ${MAX_SLICE_BYTES} bytes, which is the limit.`;
  }
  if (text.length > ALWAYS_FITS_BYTES && packedBytes(text) + BODY_HEADER_BYTES > MAX_FRAME_BYTES) {
    return `The section takes more than ${MAX_FRAME_BYTES} bytes compressed, which is the limit of a frame.`;
  }
  try {
    checkBody(section, JSON.parse(text));
    return null;
  } catch (error) {
    if (isMusterError(error)) return error.message;
    throw error;
  }
}

/** The offer without its root. */
export function toOffer(
  contents: ReadonlyMap<string, Content>,
): Pick<InventoryOffer, 'slices' | 'packages' | 'packagesSince'> {
  const packages = contents.get(packagesSection.name);
  const slices: InventoryOffer['slices'][number][] = [];
  for (const [name, { hashes, since }] of contents) {
    const [hash] = hashes;
    if (!isPackages(name) && hash !== undefined) slices.push({ name, hash, since });
  }
  return {
    slices,
    packages: [...(packages?.hashes ?? [])],
    packagesSince: packages?.since ?? new Date(0).toISOString(),
  };
}
