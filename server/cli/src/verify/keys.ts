// Whose signature on a checkpoint counts: server keys that the person names, or those of a chain of trust documents from a pinned first one.
import {
  type AuditCheckpoint,
  applyTrustUpdate,
  decodeBase64url,
  fail,
  isMusterError,
  isTrustDocument,
  openCheckpoint,
  openTrustGenesis,
  parseEnvelope,
  type ReadonlyTrust,
  type TrustState,
  trustHash,
} from '@muster/protocol';
import { nodeCrypto } from '../keys/signing-key.ts';

/** What a verification is tied to; an export that nothing ties down could be made up as a whole. */
export interface Anchor {
  /** Hash of the first trust document, base64url. */
  readonly trustHash: string | null;
  /** Raw public keys of the server, base64url; with any, the chain of the export is not asked. */
  readonly serverKeys: readonly string[];
  /** Version of the trust document whose keys sign the last checkpoint, or a later one; null: the newest that the export holds. */
  readonly trustVersion: number | null;
}

/** Reads checkpoints of any time, as devices keep them. */
export interface CheckpointReader {
  /** @throws MusterError when no key that ever counted has signed it */
  openAny(envelope: unknown): AuditCheckpoint;
}

/** Trust as it grows while an export is read. */
export interface TrustReader extends CheckpointReader {
  /** The next trust document of the export. @throws MusterError where it does not follow */
  add(envelope: unknown): void;
  /** The next checkpoint of the export. @throws MusterError when no key has signed it that counted then, or later */
  open(envelope: unknown): AuditCheckpoint;
  /** Why a checkpoint cannot be the last one, as a sentence; null: it can. A key that was replaced must not sign history any more. */
  findStale(envelope: unknown): string | null;
}

/** The hash by which a trust document is pinned. */
export function hashOfTrust(envelope: unknown): string {
  return trustHash(decodeBase64url(parseEnvelope(envelope).payload), nodeCrypto);
}

/** As much of a trust document as a checkpoint is verified with. */
type KeyList = Pick<ReadonlyTrust, 'org' | 'serverKeys'>;

/** Opens a checkpoint by the first of these lists whose keys have signed it; where that stands among them. */
function openBy(lists: readonly KeyList[], envelope: unknown): { checkpoint: AuditCheckpoint; at: number } {
  for (const [at, list] of lists.entries()) {
    try {
      return {
        checkpoint: openCheckpoint(envelope, { trust: list as ReadonlyTrust, crypto: nodeCrypto }),
        at,
      };
    } catch (error) {
      if (!isMusterError(error, 'E_NOKEY')) throw error;
    }
  }
  throw fail('E_NOKEY');
}

/** Makes it. */
export function createTrustReader(anchor: Anchor, org: string): TrustReader {
  const deps = { crypto: nodeCrypto, validate: isTrustDocument };
  const named: KeyList | null =
    anchor.serverKeys.length === 0
      ? null
      : { org, serverKeys: anchor.serverKeys.map((key) => ({ scheme: 'ed25519' as const, key })) };
  /** Oldest first. */
  const lists: KeyList[] = named === null ? [] : [named];
  let state: TrustState | null = null;
  /** Place of the list that the last checkpoint was signed by: never again an older one. */
  let place = 0;
  return {
    add(envelope) {
      if (named !== null) return;
      state =
        state === null
          ? openTrustGenesis(envelope, { ...deps, expectedHash: anchor.trustHash ?? hashOfTrust(envelope) })
          : applyTrustUpdate(state, envelope, deps);
      if (state.document.org !== org) throw fail('E_ORG');
      lists.push(state.document);
    },
    open(envelope) {
      const { checkpoint, at } = openBy(lists.slice(place), envelope);
      place += at;
      return checkpoint;
    },
    openAny: (envelope) => openBy(lists, envelope).checkpoint,
    findStale(envelope) {
      if (named !== null || state === null) return null;
      const { version } = state.document;
      const wanted = anchor.trustVersion ?? version;
      if (version < wanted)
        return `The export holds trust documents up to version ${version}, and version ${wanted} is known: something was cut off.`;
      try {
        openBy(lists.slice(wanted - version - 1), envelope);
        return null;
      } catch (error) {
        if (!isMusterError(error, 'E_NOKEY')) throw error;
        return `The last checkpoint is signed by a key that trust version ${wanted} does not list any more: export up to the present, or name the version of that time with --trust-version.`;
      }
    },
  };
}
