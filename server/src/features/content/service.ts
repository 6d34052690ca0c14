// Content: signed documents, bodies uploaded in pieces and held against their hash, pieces for devices.
import { createHash } from 'node:crypto';
import { decodeBase64url, type Envelope, parseEnvelope } from '@muster/protocol';
import { PIECE_BYTES } from '@muster/protocol/commands';
import { withMappedErrors } from '../../core/db/failures.ts';
import { fail } from '../../errors.ts';
import { joinSignatures, type OpenedContent, openContent, readHash } from './approval.ts';
import { type BodyBytes, createPieceCache } from './cache.ts';
import type { ContentDeps } from './deps.ts';
import { CHECK_PIECES, LIST_ROWS, MAX_CONTENT, MAX_STORED_BYTES } from './limits.ts';
import {
  type ContentRef,
  type ContentRow,
  type ContentState,
  discardBody,
  insertContent,
  insertPiece,
  markComplete,
  selectAllContent,
  selectBytes,
  selectContent,
  selectPieces,
  selectUsage,
  updateEnvelope,
} from './store.ts';

/** Progress of an upload. */
export interface Upload {
  readonly received: number;
  readonly size: number;
  readonly complete: boolean;
}

/** What there is to do with content. */
export interface ContentService {
  add(envelope: unknown): Promise<ContentRow>;
  sign(sha256: string, envelope: unknown): Promise<ContentRow>;
  list(): Promise<ContentRow[]>;
  /** @throws MusterError E_NOT_FOUND */
  find(sha256: string): Promise<ContentRow>;
  /** Appends to a body. @throws MusterError E_RANGE for another place, E_HASH when the whole is not what was signed */
  upload(sha256: string, offset: number, body: Uint8Array): Promise<Upload>;
  /** The envelope of approved content whose body is here. @throws MusterError E_CONTENT */
  approved(sha256: string): Promise<Envelope>;
  /** A piece of a complete body for a device; null: not here, or behind its end. */
  piece(sha256: string, offset: number): Promise<BodyBytes | null>;
}

/** Makes the service. */
export function createContentService(deps: ContentDeps): ContentService {
  const { sql, clock, trust } = deps;
  const refOf = (sha256: string): ContentRef => ({ tenant: trust.tenant, sha256: readHash(sha256) });
  const cache = createPieceCache((sha256, offset) => readPiece(deps, refOf(sha256), offset));

  async function find(sha256: string): Promise<ContentRow> {
    const row = await withMappedErrors(() => selectContent(sql, refOf(sha256)));
    if (row === undefined) throw fail('E_NOT_FOUND', { detail: 'There is no content with that hash.' });
    return row;
  }

  async function sign(sha256: string, envelope: unknown): Promise<ContentRow> {
    const row = await find(sha256);
    const opened = openContent(joinSignatures(parseEnvelope(row.envelope), parseEnvelope(envelope)), deps);
    return exchangeEnvelope(deps, row, opened);
  }

  /** Another document over the same body takes the place of one that nobody could use, or comes with all its signatures. */
  async function exchange(sha256: string, opened: OpenedContent): Promise<ContentRow> {
    const row = await find(sha256);
    if (parseEnvelope(row.envelope).payload === opened.envelope.payload) return sign(sha256, opened.envelope);
    checkExchange(row, opened);
    return exchangeEnvelope(deps, row, opened);
  }

  return {
    find,
    sign,
    list: () => withMappedErrors(() => selectAllContent(sql, trust.tenant, LIST_ROWS)),
    async add(input) {
      const opened = openContent(input, deps);
      const { sha256, sizeBytes } = opened.document;
      const usage = await withMappedErrors(() => selectUsage(sql, trust.tenant));
      if (usage.count >= MAX_CONTENT || usage.sizeBytes + sizeBytes > MAX_STORED_BYTES)
        throw fail('E_LIMIT', { detail: 'The store of signed content is full.' });
      const row = {
        sha256: Buffer.from(decodeBase64url(sha256)),
        state: stateOf(opened),
        envelope: JSON.stringify(opened.envelope),
        sizeBytes,
        createdAt: new Date(clock.now()),
      };
      const isNew = await withMappedErrors(() => insertContent(sql, trust.tenant, row));
      return isNew ? { ...row, received: 0, complete: false } : exchange(sha256, opened);
    },
    async upload(sha256, offset, body) {
      const ref = refOf(sha256);
      const row = await find(sha256);
      const size = row.sizeBytes;
      if (row.complete) return { received: size, size, complete: true };
      if (offset !== row.received || offset + body.length > size || (body.length === 0 && size > 0))
        throw fail('E_RANGE', { detail: `The body continues at ${row.received} of ${size} bytes.` });
      if (body.length > 0 && !(await withMappedErrors(() => insertPiece(sql, ref, { start: offset, body }))))
        throw fail('E_CONFLICT');
      const received = offset + body.length;
      if (received < size) return { received, size, complete: false };
      await withMappedErrors(() => completeBody(deps, ref, sha256));
      return { received, size, complete: true };
    },
    async approved(sha256) {
      const row = await withMappedErrors(() => selectContent(sql, refOf(sha256)));
      if (row === undefined || !row.complete) throw fail('E_CONTENT');
      // Roles may have changed since: what devices would say counts.
      const opened = openContent(row.envelope, deps);
      if (!opened.isApproved) throw fail('E_CONTENT');
      return opened.envelope;
    },
    piece: (sha256, offset) => cache(sha256, offset),
  };
}

/** @throws MusterError E_HASH, E_DUPLICATE */
function checkExchange(row: ContentRow, { document, isApproved }: OpenedContent): void {
  if (document.sizeBytes !== row.sizeBytes) throw fail('E_HASH');
  if (row.state !== 'approved' || isApproved) return;
  throw fail('E_DUPLICATE', {
    detail:
      'Content with that body is approved already; use it by its hash, or hand in a document with all its signatures.',
  });
}

/** @throws MusterError E_CONFLICT when somebody else was first */
async function exchangeEnvelope(
  { sql, trust }: ContentDeps,
  row: ContentRow,
  opened: OpenedContent,
): Promise<ContentRow> {
  const change = { before: row.envelope, after: JSON.stringify(opened.envelope), state: stateOf(opened) };
  const ref = { tenant: trust.tenant, sha256: row.sha256 };
  if (!(await withMappedErrors(() => updateEnvelope(sql, ref, change)))) throw fail('E_CONFLICT');
  return { ...row, envelope: change.after, state: change.state };
}

function stateOf({ isApproved }: OpenedContent): ContentState {
  return isApproved ? 'approved' : 'awaiting-signatures';
}

async function readPiece({ sql }: ContentDeps, ref: ContentRef, offset: number): Promise<BodyBytes | null> {
  const found = await withMappedErrors(() => selectBytes(sql, ref, { offset, limit: PIECE_BYTES }));
  if (found === undefined) return null;
  if (found.sizeBytes === 0) return { sizeBytes: 0, data: new Uint8Array(0) };
  if (found.data === null || found.data.length === 0) return null;
  return { sizeBytes: found.sizeBytes, data: found.data };
}

/** Holds the stored pieces against the hash. A body that is another one is thrown away. */
async function completeBody({ sql }: ContentDeps, ref: ContentRef, sha256: string): Promise<void> {
  const hash = createHash('sha256');
  for (let from = 0; ; ) {
    const pieces = await selectPieces(sql, ref, { from, limit: CHECK_PIECES });
    for (const { body } of pieces) hash.update(body);
    const last = pieces.at(-1);
    if (last === undefined || pieces.length < CHECK_PIECES) break;
    from = last.start + last.body.length;
  }
  if (hash.digest('base64url') !== sha256) {
    await discardBody(sql, ref);
    throw fail('E_HASH');
  }
  await markComplete(sql, ref);
}
