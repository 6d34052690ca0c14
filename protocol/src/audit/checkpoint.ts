// The audit checkpoint: the server's signed word of how long the audit is and what stands in it, kept by every device that sees it.
import { AUDIT_CHECKPOINT_TYPE } from '../document-types.ts';
import { fail } from '../errors.ts';
import { documents } from '../generated/validators.ts';
import { MAX_DOCUMENT_BYTES, MAX_JSON_DEPTH } from '../limits.ts';
import { decodeBase64url } from '../signing/base64url.ts';
import type { Crypto } from '../signing/crypto.ts';
import { openEnvelope } from '../signing/envelope.ts';
import { parseStrict } from '../signing/strict-json.ts';
import type { ReadonlyTrust } from '../signing/trust.ts';
import { serverVerifyKeys } from '../signing/trust-chain.ts';
import type { AuditCheckpoint } from './checkpoint-schema.ts';
import { isConsistent } from './tree.ts';

export type { AuditCheckpoint } from './checkpoint-schema.ts';

/** What a checkpoint is held against. */
export interface CheckpointContext {
  /** Its server keys sign. */
  readonly trust: ReadonlyTrust;
  readonly crypto: Crypto;
}

function isCheckpoint(value: unknown): value is AuditCheckpoint {
  return documents.auditCheckpoint?.(value) === true;
}

/** Verifies a checkpoint and reads it. @throws MusterError those of openEnvelope, E_CANON, E_SCHEMA, E_ORG */
export function openCheckpoint(envelope: unknown, { trust, crypto }: CheckpointContext): AuditCheckpoint {
  const keys = serverVerifyKeys(trust, crypto);
  const { payload } = openEnvelope(envelope, { type: AUDIT_CHECKPOINT_TYPE, keys, crypto });
  const checkpoint = parseStrict(payload, { maxBytes: MAX_DOCUMENT_BYTES, maxDepth: MAX_JSON_DEPTH });
  if (!isCheckpoint(checkpoint)) throw fail('E_SCHEMA');
  if (checkpoint.org !== trust.org) throw fail('E_ORG');
  return checkpoint;
}

/**
 * Why a checkpoint cannot come after one that was seen before; null: it can, as far as two checkpoints tell. A larger one may still
 * hold another beginning: only a consistency proof, or the entries, show that.
 */
export function findFork(
  seen: Pick<AuditCheckpoint, 'size' | 'root'>,
  later: Pick<AuditCheckpoint, 'size' | 'root'>,
): 'E_AUDIT_SHRUNK' | 'E_AUDIT_FORK' | null {
  if (later.size < seen.size) return 'E_AUDIT_SHRUNK';
  return later.size === seen.size && later.root !== seen.root ? 'E_AUDIT_FORK' : null;
}

/** What two checkpoints are compared by. */
type Tree = Pick<AuditCheckpoint, 'size' | 'root'>;

/** True when the proof shows that the later audit begins with the one that was seen; hashes and roots are base64url. */
export function followsFrom(
  seen: Tree,
  { later, hashes }: { readonly later: Tree; readonly hashes: readonly string[] },
  crypto: Pick<Crypto, 'sha256'>,
): boolean {
  const sizes = { first: seen.size, second: later.size };
  const roots = { firstRoot: decodeBase64url(seen.root), secondRoot: decodeBase64url(later.root) };
  return isConsistent({ ...sizes, ...roots, proof: hashes.map(decodeBase64url) }, crypto);
}
