// Content: signed documents, bodies uploaded in pieces and held against their hash, pieces for devices.
import { createHash } from 'node:crypto';
import { decodeBase64url, type Envelope, encodeBase64url, parseEnvelope } from '@muster/protocol';
import { type Content, PIECE_BYTES, parseDocument } from '@muster/protocol/commands';
import { withMappedErrors } from '../../core/db/failures.ts';
import { fail } from '../../errors.ts';
import { joinSignatures, type OpenedContent, openContent, readHash } from './approval.ts';
import { type BodyBytes, createPieceCache } from './cache.ts';
import type { ContentDeps } from './deps.ts';
import { CHECK_PIECES, LIST_ROWS, MAX_CONTENT, MAX_STORED_BYTES } from './limits.ts';
import {
  type BodyRef,
  type ContentRef,
  type ContentRow,
  type ContentState,
  deleteDraft,
  discardBody,
  insertContent,
  insertPiece,
  markComplete,
  selectAllContent,
  selectBytes,
  selectContent,
  selectDrafts,
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

/** What there is to do with content. Documents go by their digest, base64url; bodies by their hash. */
export interface ContentService {
  add(envelope: unknown): Promise<ContentRow>;
  sign(digest: string, envelope: unknown): Promise<ContentRow>;
  list(): Promise<ContentRow[]>;
  /** @throws MusterError E_NOT_FOUND */
  find(digest: string): Promise<ContentRow>;
  /** Appends to the body of a document. @throws MusterError E_RANGE for another place, E_HASH when the whole is not what was signed */
  upload(digest: string, offset: number, body: Uint8Array): Promise<Upload>;
  /** The envelope of approved content whose body is here. @throws MusterError E_CONTENT */
  approved(digest: string): Promise<Envelope>;
  /** True when the document speaks of that body. */
  isOf(digest: string, sha256: string): Promise<boolean>;
  /** A piece of a complete body for a device; null: not here, or behind its end. */
  piece(sha256: string, offset: number): Promise<BodyBytes | null>;
}

/** Makes the service. */
export function createContentService(deps: ContentDeps): ContentService {
  const { sql, trust } = deps;
  const refOf = (digest: string): ContentRef => ({ tenant: trust.tenant, digest: readHash(digest) });
  const cache = createPieceCache((sha256, offset) => readPiece(deps, bodyOf(deps, sha256), offset));
  /** Body by document, of those that were asked for; this never changes, and there are MAX_CONTENT at most. */
  const bodies = new Map<string, string>();

  async function find(digest: string): Promise<ContentRow> {
    const row = await withMappedErrors(() => selectContent(sql, refOf(digest)));
    if (row === undefined) throw fail('E_NOT_FOUND', { detail: 'There is no content with that digest.' });
    return row;
  }

  async function sign(digest: string, envelope: unknown): Promise<ContentRow> {
    const row = await find(digest);
    const opened = openContent(joinSignatures(parseEnvelope(row.envelope), parseEnvelope(envelope)), deps);
    return exchangeEnvelope(deps, row, opened);
  }

  return {
    find,
    sign,
    list: () => withMappedErrors(() => selectAllContent(sql, trust.tenant, LIST_ROWS)),
    async add(input) {
      const opened = openContent(input, deps);
      const { digest, document } = opened;
      if (await storeNew(deps, opened)) {
        await dropDrafts(deps, opened);
        return find(digest);
      }
      const row = await withMappedErrors(() => selectContent(sql, refOf(digest)));
      if (row === undefined)
        throw fail('E_HASH', {
          detail: `A body with that hash has another size than ${document.sizeBytes} bytes.`,
        });
      return sign(digest, opened.envelope);
    },
    async upload(digest, offset, body) {
      const row = await find(digest);
      const size = row.sizeBytes;
      const ref = { tenant: trust.tenant, sha256: row.sha256 };
      if (row.complete) return { received: size, size, complete: true };
      if (offset !== row.received || offset + body.length > size || (body.length === 0 && size > 0))
        throw fail('E_RANGE', { detail: `The body continues at ${row.received} of ${size} bytes.` });
      if (body.length > 0 && !(await withMappedErrors(() => insertPiece(sql, ref, { start: offset, body }))))
        throw fail('E_CONFLICT');
      const received = offset + body.length;
      if (received < size) return { received, size, complete: false };
      await withMappedErrors(() => completeBody(deps, ref));
      return { received, size, complete: true };
    },
    async approved(digest) {
      const row = await withMappedErrors(() => selectContent(sql, refOf(digest)));
      if (row === undefined || !row.complete) throw fail('E_CONTENT');
      // Roles may have changed since: what devices would say counts.
      const opened = openContent(row.envelope, deps);
      if (!opened.isApproved) throw fail('E_CONTENT');
      return opened.envelope;
    },
    async isOf(digest, sha256) {
      if (!bodies.has(digest)) {
        const row = await withMappedErrors(() => selectContent(sql, refOf(digest)));
        if (row === undefined) return false;
        bodies.set(digest, encodeBase64url(row.sha256));
      }
      return bodies.get(digest) === sha256;
    },
    piece: (sha256, offset) => cache(sha256, offset),
  };
}

function bodyOf({ trust }: ContentDeps, sha256: string): BodyRef {
  return { tenant: trust.tenant, sha256: readHash(sha256) };
}

/** False when the document is known, or its body by another size. @throws MusterError E_LIMIT */
async function storeNew({ sql, clock, trust }: ContentDeps, opened: OpenedContent): Promise<boolean> {
  const { sha256, sizeBytes } = opened.document;
  const usage = await withMappedErrors(() => selectUsage(sql, trust.tenant));
  if (usage.count >= MAX_CONTENT || usage.sizeBytes + sizeBytes > MAX_STORED_BYTES)
    throw fail('E_LIMIT', { detail: 'The store of signed content is full.' });
  const row = {
    digest: Buffer.from(decodeBase64url(opened.digest)),
    sha256: Buffer.from(decodeBase64url(sha256)),
    state: stateOf(opened),
    envelope: JSON.stringify(opened.envelope),
    sizeBytes,
    createdAt: new Date(clock.now()),
  };
  return withMappedErrors(() => insertContent(sql, trust.tenant, row));
}

/** What the same person once drafted by the same name over the same bytes gives way: it was corrected before anybody could use it. */
async function dropDrafts(deps: ContentDeps, { digest, document }: OpenedContent): Promise<void> {
  const { sql, trust } = deps;
  const drafts = await withMappedErrors(() => selectDrafts(sql, bodyOf(deps, document.sha256)));
  for (const draft of drafts) {
    if (encodeBase64url(draft.digest) === digest) continue;
    const { payload } = parseEnvelope(draft.envelope);
    const { requester, name } = parseDocument<Content>(decodeBase64url(payload), 'content');
    if (requester !== document.requester || name !== document.name) continue;
    await withMappedErrors(() => deleteDraft(sql, { tenant: trust.tenant, digest: draft.digest }));
  }
}

/** @throws MusterError E_CONFLICT when somebody else was first */
async function exchangeEnvelope(
  { sql, trust }: ContentDeps,
  row: ContentRow,
  opened: OpenedContent,
): Promise<ContentRow> {
  const change = { before: row.envelope, after: JSON.stringify(opened.envelope), state: stateOf(opened) };
  const ref = { tenant: trust.tenant, digest: row.digest };
  if (!(await withMappedErrors(() => updateEnvelope(sql, ref, change)))) throw fail('E_CONFLICT');
  return { ...row, envelope: change.after, state: change.state };
}

function stateOf({ isApproved }: OpenedContent): ContentState {
  return isApproved ? 'approved' : 'awaiting-signatures';
}

async function readPiece({ sql }: ContentDeps, ref: BodyRef, offset: number): Promise<BodyBytes | null> {
  const found = await withMappedErrors(() => selectBytes(sql, ref, { offset, limit: PIECE_BYTES }));
  if (found === undefined) return null;
  if (found.sizeBytes === 0) return { sizeBytes: 0, data: new Uint8Array(0) };
  if (found.data === null || found.data.length === 0) return null;
  return { sizeBytes: found.sizeBytes, data: found.data };
}

/** Holds the stored pieces against the hash. A body that is another one is thrown away. */
async function completeBody({ sql }: ContentDeps, ref: BodyRef): Promise<void> {
  const hash = createHash('sha256');
  for (let from = 0; ; ) {
    const pieces = await selectPieces(sql, ref, { from, limit: CHECK_PIECES });
    for (const { body } of pieces) hash.update(body);
    const last = pieces.at(-1);
    if (last === undefined || pieces.length < CHECK_PIECES) break;
    from = last.start + last.body.length;
  }
  if (!hash.digest().equals(ref.sha256)) {
    await discardBody(sql, ref);
    throw fail('E_HASH');
  }
  await markComplete(sql, ref);
}
