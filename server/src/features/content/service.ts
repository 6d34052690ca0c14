// Content: signed documents, bodies uploaded in pieces and held against their hash, pieces for devices.
import { createHash } from 'node:crypto';
import { decodeBase64url, type Envelope, encodeBase64url, parseEnvelope } from '@muster/protocol';
import { type Content, PIECE_BYTES, parseDocument } from '@muster/protocol/commands';
import { type AuditEvent, type AuditOrigin, type Change, done } from '../../core/audit/audit.ts';
import { withMappedErrors } from '../../core/db/failures.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { inTransaction } from '../../core/db/transaction.ts';
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

/** The next bytes of a body. */
export interface UploadPiece {
  readonly offset: number;
  readonly body: Uint8Array;
}

/** What there is to do with content. Documents go by their digest, base64url; bodies by their hash. */
export interface ContentService {
  add(envelope: unknown, origin: AuditOrigin): Promise<ContentRow>;
  sign(digest: string, envelope: unknown, origin: AuditOrigin): Promise<ContentRow>;
  list(): Promise<ContentRow[]>;
  /** @throws MusterError E_NOT_FOUND */
  find(digest: string): Promise<ContentRow>;
  /** Appends to the body of a document. @throws MusterError E_RANGE for another place, E_HASH when the whole is not what was signed */
  upload(digest: string, piece: UploadPiece, origin: AuditOrigin): Promise<Upload>;
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

  async function sign(digest: string, envelope: unknown, origin: AuditOrigin): Promise<ContentRow> {
    const row = await find(digest);
    const opened = openContent(joinSignatures(parseEnvelope(row.envelope), parseEnvelope(envelope)), deps);
    return exchangeEnvelope(deps, row, { opened, origin });
  }

  return {
    find,
    sign,
    list: () => withMappedErrors(() => selectAllContent(sql, trust.tenant, LIST_ROWS)),
    async add(input, origin) {
      const opened = openContent(input, deps);
      const { digest, document } = opened;
      if (await storeNew(deps, opened, origin)) {
        await dropDrafts(deps, opened);
        return find(digest);
      }
      const row = await withMappedErrors(() => selectContent(sql, refOf(digest)));
      if (row === undefined)
        throw fail('E_HASH', {
          detail: `A body with that hash has another size than ${document.sizeBytes} bytes.`,
        });
      return sign(digest, opened.envelope, origin);
    },
    async upload(digest, { offset, body }, origin) {
      const row = await find(digest);
      const size = row.sizeBytes;
      const ref = { tenant: trust.tenant, sha256: row.sha256 };
      if (row.complete) return { received: size, size, complete: true };
      if (offset !== row.received || offset + body.length > size || (body.length === 0 && size > 0))
        throw fail('E_RANGE', { detail: `The body continues at ${row.received} of ${size} bytes.` });
      const received = offset + body.length;
      const piece = { start: offset, body };
      if (received < size) {
        await withMappedErrors(() => storePiece(sql, ref, piece));
        return { received, size, complete: false };
      }
      const event = eventOf(deps, origin, {
        act: 'content.upload',
        subject: { kind: 'content', id: digest, name: '' },
        detail: { sha256: encodeBase64url(row.sha256), sizeBytes: size },
      });
      await withMappedErrors(() => completeBody(deps, ref, { piece, event }));
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
async function storeNew(deps: ContentDeps, opened: OpenedContent, origin: AuditOrigin): Promise<boolean> {
  const { sql, clock, trust } = deps;
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
  const event = eventOf(deps, origin, { act: 'content.add', ...describe(opened) });
  return withMappedErrors(() => inTransaction(sql, (tx) => insertContent(tx, trust.tenant, { row, event })));
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
  deps: ContentDeps,
  row: ContentRow,
  { opened, origin }: { readonly opened: OpenedContent; readonly origin: AuditOrigin },
): Promise<ContentRow> {
  const { sql, trust } = deps;
  const event = eventOf(deps, origin, { act: 'content.sign', ...describe(opened) });
  const after = JSON.stringify(opened.envelope);
  const change = { before: row.envelope, after, state: stateOf(opened), event };
  const ref = { tenant: trust.tenant, digest: row.digest };
  if (!(await withMappedErrors(() => updateEnvelope(sql, ref, change)))) throw fail('E_CONFLICT');
  return { ...row, envelope: change.after, state: change.state };
}

function eventOf({ trust }: ContentDeps, origin: AuditOrigin, change: Omit<Change, 'tenant'>): AuditEvent {
  return done(origin, { tenant: trust.tenant, ...change });
}

/** A document as events name it. */
function describe(opened: OpenedContent): Pick<Change, 'subject' | 'detail'> {
  const { digest, document, signers } = opened;
  const { sha256, name, use, requester, reason } = document;
  return {
    subject: { kind: 'content', id: digest, name },
    detail: { sha256, use, requester, reason, signers: [...signers], state: stateOf(opened) },
  };
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

/** @throws MusterError E_CONFLICT where the body ends elsewhere by now */
async function storePiece(sql: RawSql, ref: BodyRef, piece: LastPiece['piece']): Promise<void> {
  if (piece.body.length > 0 && !(await insertPiece(sql, ref, piece))) throw fail('E_CONFLICT');
}

/** What completes a body. */
interface LastPiece {
  readonly piece: { readonly start: number; readonly body: Uint8Array };
  readonly event: AuditEvent;
}

/** The last piece, the comparison and the event are one: else a body could be whole without anybody knowing. A wrong one is thrown away. */
async function completeBody({ sql }: ContentDeps, ref: BodyRef, last: LastPiece): Promise<void> {
  const isRight = await inTransaction(sql, async (tx) => {
    await storePiece(tx, ref, last.piece);
    if (!(await hasHash(tx, ref))) return false;
    await markComplete(tx, ref, last.event);
    return true;
  });
  if (isRight) return;
  await discardBody(sql, ref);
  throw fail('E_HASH');
}

/** Holds the stored pieces against the hash. */
async function hasHash(sql: RawSql, ref: BodyRef): Promise<boolean> {
  const hash = createHash('sha256');
  for (let from = 0; ; ) {
    const pieces = await selectPieces(sql, ref, { from, limit: CHECK_PIECES });
    for (const { body } of pieces) hash.update(body);
    const last = pieces.at(-1);
    if (last === undefined || pieces.length < CHECK_PIECES) break;
    from = last.start + last.body.length;
  }
  return hash.digest().equals(ref.sha256);
}
