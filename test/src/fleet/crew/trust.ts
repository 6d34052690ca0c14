// The trust document, the server's word of now and the halts, verified once for all devices of a process: the bytes are the same.
import { createHash } from 'node:crypto';
import {
  applyTrustUpdate,
  type Envelope,
  type FreshnessMessage,
  isMusterError,
  isTrustDocument,
  openTrustGenesis,
  serverVerifyKeys,
  type TrustState,
} from '@muster/protocol';
import {
  FRESHNESS_TYPE,
  type Freshness,
  type HaltInForce,
  openDocument,
  openHalt,
  openLift,
} from '@muster/protocol/commands';
import { crypto } from '../../support/crypto.ts';

/** The server's word of now with what belongs to it. */
export interface Word {
  readonly freshness: Freshness;
  readonly halts: readonly HaltInForce[];
}

/** What all devices of a process hold. */
export interface SharedTrust {
  /** Version of the trust document here; 1 before there is one. */
  version(): number;
  state(): TrustState | null;
  /** The documents in order, as they are kept from run to run. */
  chain(): readonly Envelope[];
  /** Takes the chain of an enrollment; its first document must have the hash that the token names. @throws MusterError */
  begin(chain: readonly Envelope[], trustHash: string): void;
  /** Follows newer documents; those that are here already are passed over. @throws MusterError */
  follow(chain: readonly Envelope[]): void;
  /** Verifies a word. @throws MusterError, E_TRUST where its trust document is not here */
  readWord(message: FreshnessMessage): Word;
}

/** Makes the store, with the documents of an earlier run. */
export function createSharedTrust(kept: readonly Envelope[] = []): SharedTrust {
  const deps = { crypto, validate: isTrustDocument };
  const chain: Envelope[] = [];
  let state: TrustState | null = null;

  function begin(documents: readonly Envelope[], trustHash: string): void {
    if (state !== null) return;
    const [first, ...others] = documents;
    if (first === undefined) return;
    state = openTrustGenesis(first, { ...deps, expectedHash: trustHash });
    chain.push(first);
    follow(others);
  }

  function follow(documents: readonly Envelope[]): void {
    for (const document of documents) {
      if (state === null) return;
      try {
        state = applyTrustUpdate(state, document, deps);
        chain.push(document);
      } catch (error) {
        // Another device of this process brought it already.
        if (!isMusterError(error) || error.code !== 'E_ROLLBACK') throw error;
      }
    }
  }

  // What this process itself kept is its own word for the first document.
  const [first] = kept;
  if (first !== undefined) begin(kept, hashOf(first));

  return {
    version: () => state?.document.version ?? 1,
    state: () => state,
    chain: () => chain,
    begin,
    follow,
    readWord: (message) => readWord(message, state),
  };
}

function hashOf({ payload }: Envelope): string {
  return createHash('sha256').update(Buffer.from(payload, 'base64url')).digest('base64url');
}

function readWord({ envelope, halts, lifts }: FreshnessMessage, state: TrustState | null): Word {
  if (state === null) throw new Error('there is no trust document');
  const trust = state.document;
  const keys = serverVerifyKeys(trust, crypto);
  const { document: freshness } = openDocument<Freshness>(envelope, {
    type: FRESHNESS_TYPE,
    schema: 'freshness',
    keys,
    crypto,
  });
  const context = { trust, crypto, org: trust.org, nowMs: Date.now() };
  const lifted = new Set(lifts.map((lift) => openLift(lift, context).haltId));
  return {
    freshness,
    halts: halts.map((halt) => openHalt(halt, context)).filter(({ haltId }) => !lifted.has(haltId)),
  };
}
