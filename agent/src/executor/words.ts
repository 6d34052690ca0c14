// The signed words a device lives by: trust, the server's freshness, halts and lifts. Each is verified here and only moves forward.
import {
  applyTrustUpdate,
  type Crypto,
  type FreshnessMessage,
  fail,
  isMusterError,
  isTrustDocument,
  openTrustGenesis,
  readTimeMs,
  serverVerifyKeys,
  type TrustDeps,
  type TrustState,
} from '@muster/protocol';
import {
  FRESHNESS_TYPE,
  type Freshness,
  type HaltContext,
  openDocument,
  openHalt,
  openLift,
} from '@muster/protocol/commands';
import type { Ledger } from './ledger.ts';
import { MAX_AHEAD_MS } from './limits.ts';
import type { JournalRecord, Moment } from './records.ts';

/** The identity that was pinned when this device was enrolled. */
export interface Pinned {
  readonly org: string;
  readonly deviceId: string;
  readonly fingerprint: string;
  /** base64url sha256 of the first trust document. */
  readonly trustHash: string;
  readonly genesis: unknown;
}

/** What the words need. */
export interface WordsDeps {
  readonly ledger: Ledger;
  readonly pinned: Pinned;
  readonly crypto: Crypto;
  now(): number;
  moment(): Moment;
  /** A word that did not pass. */
  refused(what: 'trust' | 'freshness' | 'halt' | 'lift', code: string): void;
}

/** The words in force. */
export interface Words {
  trust(): TrustState;
  /** The best knowledge of the time: the clock, but never before the server's last word and what has passed since. */
  nowMs(): number;
  /** Follows documents as far as they go; true when something changed. */
  takeTrust(envelopes: readonly unknown[]): Promise<boolean>;
  takeFreshness(message: FreshnessMessage): Promise<void>;
}

/** The code of an expected failure; anything else is a bug and thrown on. */
export function codeOf(error: unknown): string {
  if (!isMusterError(error)) throw error;
  return error.code;
}

/** Follows documents as far as they go; those that are in force already are passed over. */
function followChain(
  trust: TrustState,
  envelopes: readonly unknown[],
  deps: TrustDeps,
): { readonly trust: TrustState; readonly newest: unknown; readonly failure: string } {
  let next = trust;
  let newest: unknown = null;
  let failure = '';
  for (const envelope of envelopes) {
    try {
      next = applyTrustUpdate(next, envelope, deps);
      newest = envelope;
      failure = '';
    } catch (error) {
      // One that is in force already, or one that does not follow; another of the chain may.
      failure = codeOf(error);
    }
  }
  return { trust: next, newest, failure };
}

/**
 * One word from a server whose clock leads by a year would make every command expire until that year is over. A clock that stands
 * before the trust document was written is wrong itself and cannot judge. @throws MusterError E_TIME
 */
function checkNotAhead(
  word: Freshness,
  { trust, now, nowMs }: { readonly trust: TrustState; readonly now: number; readonly nowMs: number },
): void {
  const isClockSet = now >= readTimeMs(trust.document.issuedAt);
  if (isClockSet && readTimeMs(word.at) - nowMs > MAX_AHEAD_MS) throw fail('E_TIME');
}

/** Opens the words as the ledger has them. @throws MusterError E_TRUST_HASH and others when the pinned document is not the pinned one */
export function openWords({ ledger, pinned, crypto, now, moment, refused }: WordsDeps): Words {
  const { book } = ledger;
  const deps = { crypto, validate: isTrustDocument };
  const kept = book.trust();
  let trust = openTrustGenesis(kept?.envelope ?? pinned.genesis, {
    ...deps,
    expectedHash: kept?.hash ?? pinned.trustHash,
  });
  if (trust.document.org !== pinned.org) throw fail('E_ORG');

  function nowMs(): number {
    const word = book.freshness();
    if (word === null) return now();
    const { bootId, monotonicMs } = moment();
    const passedMs = word.seen.bootId === bootId ? Math.max(0, monotonicMs - word.seen.monotonicMs) : 0;
    return Math.max(now(), readTimeMs(word.freshness.at) + passedMs);
  }

  /** The record of a newer word of the server; none for one that is known, as after every connection. */
  function openFreshness(envelope: unknown): JournalRecord[] {
    const keys = serverVerifyKeys(trust.document, crypto);
    const options = { type: FRESHNESS_TYPE, schema: 'freshness', keys, crypto } as const;
    const { document } = openDocument<Freshness>(envelope, options);
    if (document.org !== pinned.org) throw fail('E_ORG');
    const last = book.freshness()?.freshness.at ?? '';
    if (document.at < last) throw fail('E_ROLLBACK');
    checkNotAhead(document, { trust, now: now(), nowMs: nowMs() });
    return document.at === last ? [] : [{ t: 'fresh', freshness: document, seen: moment() }];
  }

  function openEach(
    what: 'freshness' | 'halt' | 'lift',
    envelopes: readonly unknown[],
    open: (envelope: unknown) => JournalRecord[],
  ): JournalRecord[] {
    return envelopes.flatMap((envelope) => {
      try {
        return open(envelope);
      } catch (error) {
        refused(what, codeOf(error));
        return [];
      }
    });
  }

  return {
    trust: () => trust,
    nowMs,
    async takeTrust(envelopes) {
      const { trust: next, newest, failure } = followChain(trust, envelopes, deps);
      if (newest === null) {
        if (failure !== '' && failure !== 'E_ROLLBACK') refused('trust', failure);
        return false;
      }
      trust = next;
      const { version } = next.document;
      await ledger.write({ t: 'trust', envelope: newest, hash: next.hash, version });
      return true;
    },
    async takeFreshness({ envelope, halts, lifts }) {
      const context: HaltContext = { trust: trust.document, crypto, org: pinned.org, nowMs: nowMs() };
      const isKnown = (haltId: string) =>
        book.isLifted(haltId) || book.halts().some((halt) => halt.haltId === haltId);
      const records = [
        ...openEach('lift', lifts, (one) => {
          const { haltId } = openLift(one, context);
          return book.isLifted(haltId) ? [] : [{ t: 'lift', haltId }];
        }),
        ...openEach('halt', halts, (one) => {
          const halt = openHalt(one, context);
          return isKnown(halt.haltId) ? [] : [{ t: 'halt', halt }];
        }),
        ...openEach('freshness', [envelope], openFreshness),
      ];
      if (records.length > 0) await ledger.write(...records);
    },
  };
}
