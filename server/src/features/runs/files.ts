// Files that devices send: piece by piece, stored before the next is asked for, resumed where they broke off, held against their hash.
import { createHash } from 'node:crypto';
import { decodeBase64url, decodePiece, encodeBase64url, type FileOffer } from '@muster/protocol';
import type { ByteQuota } from '../../core/agents/quota.ts';
import type { AgentRoutes, Session } from '../../core/agents/session.ts';
import { withMappedErrors } from '../../core/db/failures.ts';
import type { RawSql } from '../../core/db/pool.ts';
import type { Logger } from '../../core/log.ts';
import {
  BLOCK_DEVICES,
  CHECK_PIECES,
  MAX_FILE_ATTEMPTS,
  MAX_JOB_FILE_BYTES,
  MAX_TRANSFERS,
} from './limits.ts';
import { blockOf, NOT_MEANT, stateOf } from './states.ts';
import {
  beginFile,
  type FileRef,
  insertFilePiece,
  markFileComplete,
  selectFetch,
  selectFile,
  selectFilePieces,
} from './store-files.ts';

/** What receiving needs. */
export interface FilesDeps {
  readonly sql: RawSql;
  readonly log: Logger;
  readonly quota: ByteQuota;
}

/** A file on its way. */
interface Transfer {
  readonly ref: FileRef;
  readonly cmdId: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  received: number;
  attempts: number;
}

/** Registers the messages. */
export function registerFiles(routes: AgentRoutes, deps: FilesDeps): void {
  /** By session and hash; gone with the session. */
  const transfers = new Map<Session, Map<string, Transfer>>();

  function drop(session: Session, { sha256 }: { readonly sha256: string }): void {
    transfers.get(session)?.delete(sha256);
  }

  async function take(session: Session, frame: Uint8Array): Promise<void> {
    const piece = decodePiece(frame);
    const sha256 = encodeBase64url(piece.sha256);
    const transfer = transfers.get(session)?.get(sha256);
    // One that nobody asked for, as after a session was replaced.
    if (transfer === undefined || piece.totalBytes !== transfer.sizeBytes) return;
    if (!deps.quota.take(session, piece.data.length)) return;
    const { ref } = transfer;
    if (piece.offset === transfer.received && piece.data.length > 0) {
      const body = { start: piece.offset, body: piece.data };
      if (await withMappedErrors(() => insertFilePiece(deps.sql, ref, body)))
        transfer.received += piece.data.length;
      else transfer.received = (await withMappedErrors(() => selectFile(deps.sql, ref)))?.received ?? 0;
    }
    await goOn(session, transfer);
  }

  /** Asks for the next piece, or ends. */
  async function goOn(session: Session, transfer: Transfer): Promise<void> {
    const { cmdId, sha256, ref, received, sizeBytes } = transfer;
    if (received < sizeBytes) {
      session.send({ type: 'file.want', cmdId, sha256, offset: received });
      return;
    }
    if (await withMappedErrors(() => checkFile(deps.sql, ref, sha256))) {
      drop(session, transfer);
      session.send({ type: 'file.stored', cmdId, sha256 });
      return;
    }
    transfer.attempts += 1;
    transfer.received = 0;
    deps.log.warn({ deviceId: session.deviceId, cmdId }, 'a fetched file came with another hash');
    await withMappedErrors(() => beginFile(deps.sql, ref, { sha256: decodeBase64url(sha256), sizeBytes }));
    if (transfer.attempts < MAX_FILE_ATTEMPTS && sizeBytes > 0) await goOn(session, transfer);
    else drop(session, transfer);
  }

  routes.message('file.offer', async (session, offer) => {
    const own = transfers.get(session) ?? new Map<string, Transfer>();
    // It is offered again until it is stored.
    if (own.has(offer.sha256) || own.size >= MAX_TRANSFERS) return;
    transfers.set(session, own);
    const transfer = await withMappedErrors(() => findTransfer(deps.sql, session, offer));
    if (transfer === null) {
      session.send({ type: 'file.stored', cmdId: offer.cmdId, sha256: offer.sha256 });
      return;
    }
    if (!session.open) return;
    own.set(offer.sha256, transfer);
    await goOn(session, transfer);
  });
  routes.frame('piece', take);
  routes.closed((session) => void transfers.delete(session));
}

/** The transfer that an offer begins or goes on with; null for a file that is stored, or that nobody wants. */
async function findTransfer(sql: RawSql, session: Session, offer: FileOffer): Promise<Transfer | null> {
  const { tenant, idx } = session;
  const place = { id: offer.cmdId, block: blockOf(idx), at: idx % BLOCK_DEVICES };
  const fetch = await selectFetch(sql, tenant, place);
  const state = stateOf(fetch?.code ?? NOT_MEANT);
  if (fetch === undefined || state === undefined || state === 'queued') return null;
  const ref = { tenant, job: fetch.job, idx };
  const stored = await selectFile(sql, ref);
  const { cmdId, sha256, sizeBytes } = offer;
  const transfer = { ref, cmdId, sha256, sizeBytes, received: 0, attempts: 0 };
  if (stored?.complete === true) return null;
  if (stored?.sha256.toString('base64url') === sha256 && stored.sizeBytes === sizeBytes)
    return { ...transfer, received: stored.received };
  if (fetch.storedBytes + sizeBytes > MAX_JOB_FILE_BYTES) return null;
  await beginFile(sql, ref, { sha256: decodeBase64url(sha256), sizeBytes });
  return transfer;
}

/** Holds the stored pieces against the hash; true when they are the file. */
async function checkFile(sql: RawSql, ref: FileRef, sha256: string): Promise<boolean> {
  const hash = createHash('sha256');
  for await (const body of readFile(sql, ref)) hash.update(body);
  if (hash.digest('base64url') !== sha256) return false;
  await markFileComplete(sql, ref);
  return true;
}

/** The pieces of a file, in order. */
export async function* readFile(sql: RawSql, ref: FileRef): AsyncGenerator<Buffer> {
  for (let from = 0; ; ) {
    const pieces = await selectFilePieces(sql, ref, { from, limit: CHECK_PIECES });
    for (const { body } of pieces) yield body;
    const last = pieces.at(-1);
    if (last === undefined || pieces.length < CHECK_PIECES) return;
    from = last.start + last.body.length;
  }
}
