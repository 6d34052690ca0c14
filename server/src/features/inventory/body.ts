// Opens a body frame of a device: inflates it within its bounds, checks its hash, its form and its values.
import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import {
  type BodyFrame,
  checkBody,
  MAX_JSON_DEPTH,
  MAX_SLICE_BYTES,
  MAX_SLICE_ROWS,
  packagesSection,
  parseStrict,
  partOf,
  type Section,
  type SliceBody,
} from '@muster/protocol';
import { inPieces, pause } from '../../core/turns.ts';
import { fail } from '../../errors.ts';
import { type Facts, readFacts } from './facts.ts';
import { PIECE_ROWS } from './limits.ts';
import { type PackageRow, readPackageRows } from './package-rows.ts';

/** A checked slice, as it is stored. */
export interface CheckedSlice {
  readonly kind: 'slice';
  readonly section: string;
  readonly outcome: SliceBody['outcome'];
  readonly reason: string;
  readonly rowCount: number;
  readonly rawBytes: number;
  /** Raw deflate of the canonical text. */
  readonly deflated: Uint8Array;
  readonly facts: Facts | null;
}

/** A checked part of the package list. */
export interface CheckedPart {
  readonly kind: 'part';
  /** Which of the 64 parts it is; null when it has no rows. */
  readonly part: number | null;
  readonly outcome: SliceBody['outcome'];
  readonly reason: string;
  readonly rows: readonly PackageRow[];
}

/** A text above this is parsed in a turn of its own, bytes: inflating and hashing it took about as long as parsing will. */
const PAUSE_BYTES = 256 * 1024;

/** What went over the wire as a body or a live reply. */
type Packed = Pick<BodyFrame, 'encoding' | 'rawBytes' | 'data'>;

/** Raw text and its compressed form. */
interface Unpacked {
  readonly raw: Uint8Array;
  readonly deflated: Uint8Array;
}

/** Inflates within the announced size. @throws MusterError E_SIZE, or E_SHAPE for what is no deflate stream of exactly that size. */
export function unpack({ encoding, rawBytes, data }: Packed): Unpacked {
  if (rawBytes < 1 || rawBytes > MAX_SLICE_BYTES) throw fail('E_SIZE');
  if (encoding === 'raw') {
    if (data.length !== rawBytes) throw fail('E_SHAPE');
    return { raw: data, deflated: deflateRawSync(data) };
  }
  const { buffer, engine } = inflate(data, rawBytes);
  // Bytes behind the end of the stream would be stored without ever being read.
  if (buffer.length !== rawBytes || engine.bytesWritten !== data.length) throw fail('E_SHAPE');
  return { raw: buffer, deflated: data };
}

/** With `info`, Node answers with the stream as well; its type does not say so. */
function inflate(data: Uint8Array, rawBytes: number): { buffer: Buffer; engine: { bytesWritten: number } } {
  try {
    const options = { maxOutputLength: rawBytes, info: true };
    return inflateRawSync(data, options) as unknown as ReturnType<typeof inflate>;
  } catch (cause) {
    const isTooLong = cause instanceof Error && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE';
    throw fail(isTooLong ? 'E_SIZE' : 'E_SHAPE', { cause });
  }
}

/** Unpacks and checks the hash. @throws MusterError E_SIZE, E_SHAPE, E_HASH. */
function openBody(frame: BodyFrame): Unpacked {
  const unpacked = unpack(frame);
  const hash = createHash('sha256').update(unpacked.raw).digest();
  if (!hash.equals(frame.hash)) throw fail('E_HASH');
  return unpacked;
}

/**
 * Parses and checks the text of a body, a large one in pieces with pauses for everybody else.
 * @throws MusterError E_CANON, E_SCHEMA, E_RANGE.
 */
export async function readBody(section: Section, raw: Uint8Array): Promise<SliceBody> {
  if (raw.length > PAUSE_BYTES) await pause();
  const value = parseStrict(raw, { maxBytes: MAX_SLICE_BYTES, maxDepth: MAX_JSON_DEPTH });
  if (!isLong(value)) return requireClean(section, checkBody(section, value));
  const { rows, ...head } = value;
  // Its head, and everything else that is not a row.
  const body = requireClean(section, checkBody(section, { ...head, rows: rows.slice(0, 1) }));
  await pause();
  await inPieces(rows, PIECE_ROWS, (piece) =>
    requireClean(section, checkBody(section, { ...head, rows: piece })),
  );
  return { ...body, rows: rows as SliceBody['rows'] };
}

/** True for a value with more rows than are checked at once, and not more than there may be; the check itself judges all others. */
function isLong(value: unknown): value is Record<string, unknown> & { readonly rows: readonly unknown[] } {
  if (typeof value !== 'object' || value === null || !('rows' in value)) return false;
  const { rows } = value;
  return Array.isArray(rows) && rows.length > PIECE_ROWS && rows.length <= MAX_SLICE_ROWS;
}

function requireClean(section: Section, body: SliceBody): SliceBody {
  const isClean =
    isCleanText(body.reason) &&
    body.columns.every(isColumnName) &&
    body.rows.every((row) => row.every(isCleanValue));
  if (isClean) return body;
  throw fail('E_SCHEMA', {
    detail: `Section ${section.name} has control characters in a value; update the agent.`,
  });
}

function isColumnName(name: string): boolean {
  return /^[a-z][a-z0-9_]*$/.test(name);
}

/** Line breaks and tabs may stand in a value; agents replace every other control character. */
function isCleanText(text: string): boolean {
  return !/[\u0000-\u0008\u000b-\u001f\u007f]/.test(text);
}

function isCleanValue(value: unknown): boolean {
  return typeof value !== 'string' || isCleanText(value);
}

/** Checks the body of a slice. @throws as {@link openBody} and {@link readBody} do. */
export async function checkSlice(section: Section, frame: BodyFrame): Promise<CheckedSlice> {
  const { raw, deflated } = openBody(frame);
  const body = await readBody(section, raw);
  return {
    kind: 'slice',
    section: section.name,
    outcome: body.outcome,
    reason: body.reason,
    rowCount: body.rows.length,
    rawBytes: raw.length,
    // The frame's buffer is the socket's; a batch may come much later.
    deflated: Uint8Array.from(deflated),
    facts: readFacts(body),
  };
}

/** Checks the body of a package part that was offered as part `expected`. @throws as above, and E_SCHEMA for a package of another part. */
export async function checkPart(expected: number, frame: BodyFrame): Promise<CheckedPart> {
  const body = await readBody(packagesSection, openBody(frame).raw);
  const rows: PackageRow[] = [];
  await inPieces(body.rows, PIECE_ROWS, (piece) => {
    const read = readPackageRows({ ...body, rows: piece });
    if (read.some(({ name }) => partOf(name) !== expected)) {
      throw fail('E_SCHEMA', {
        detail: `Package part ${expected} has a package of another part; update the agent.`,
      });
    }
    rows.push(...read);
  });
  return {
    kind: 'part',
    part: rows.length === 0 ? null : expected,
    outcome: body.outcome,
    reason: body.reason,
    rows,
  };
}

/** Reads a stored body back. It was checked when it was stored. */
export function inflateStored(deflated: Uint8Array): SliceBody {
  return JSON.parse(inflateRawSync(deflated, { maxOutputLength: MAX_SLICE_BYTES }).toString('utf8'));
}
