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
  type HaltInForce,
  isHaltOver,
  MAX_EARLY_MS,
  MAX_SIGNER_HALTS,
  openDocument,
  openHalt,
  openLift,
} from '@muster/protocol/commands';
import type { Ledger } from './ledger.ts';
import { MAX_AHEAD_MS, MAX_KEPT_HALTS } from './limits.ts';
import type { JournalRecord, KeptFreshness, Moment } from './records.ts';

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
  /**
   * The best knowledge of the time: the clock, but never before the server's last word and what has passed since. The server can
   * push it forward by a day, so nothing that protects the device may end by it.
   */
  nowMs(): number;
  /** The device's own clock, which no word moves: halts and limits end by it. */
  clockMs(): number;
  /** The time by which something may start: as nowMs, and ahead of the device's own clock by MAX_EARLY_MS at most, where that is set. */
  startMs(): number;
  /** The server's last word; null: none, or the key that signed it has left the trust document. */
  freshness(): KeptFreshness | null;
  /** How long that word has been here by the device's own clock, ms. */
  heldMs(): number;
  /** Commands that the last signed word has canceled which could not be taken. They stop; what starts needs a word that was taken. */
  canceled(): ReadonlySet<string>;
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

/** False for a clock that stands before the trust document was written: it is wrong itself. */
function isClockSet({ document }: TrustState, clockMs: number): boolean {
  return clockMs >= readTimeMs(document.issuedAt);
}

/**
 * One word from a server whose clock leads by a year would make every command expire until that year is over. A clock that stands
 * before the trust document was written is wrong itself and cannot judge. Held against the clock alone: held against the last word
 * as well, one word behind the other would lead as far as the server likes. @throws MusterError E_TIME
 */
function checkNotAhead(word: Freshness, trust: TrustState, clockMs: number): void {
  if (isClockSet(trust, clockMs) && readTimeMs(word.at) - clockMs > MAX_AHEAD_MS) throw fail('E_TIME');
}

/** Refuses what does not fit beside the halts in force: none of them gives way. @throws MusterError E_LIMIT */
function checkHaltsRoom(halt: HaltInForce, kept: readonly HaltInForce[], clockMs: number): void {
  const ofSigner = kept.filter((one) => one.requester === halt.requester && !isHaltOver(one, clockMs));
  if (ofSigner.length >= MAX_SIGNER_HALTS || kept.length >= MAX_KEPT_HALTS) throw fail('E_LIMIT');
}

/** A word whose signature is good, before it is judged. */
interface SignedWord {
  readonly document: Freshness;
  readonly keys: readonly string[];
}

/** Opens the words as the ledger has them. @throws MusterError E_TRUST_HASH and others when the pinned document is not the pinned one */
export function openWords(deps: WordsDeps): Words {
  const { ledger, pinned, crypto } = deps;
  const kept = ledger.book.trust();
  const trust = openTrustGenesis(kept?.envelope ?? pinned.genesis, {
    ...{ crypto, validate: isTrustDocument },
    expectedHash: kept?.hash ?? pinned.trustHash,
  });
  if (trust.document.org !== pinned.org) throw fail('E_ORG');
  return new WordsInForce(deps, trust);
}

class WordsInForce implements Words {
  private readonly deps: WordsDeps;
  private inForce: TrustState;
  /** A word that must wait for the trust document that it names, or whose key stands in a newer one. */
  private early: FreshnessMessage | null = null;
  private untaken: ReadonlySet<string> = new Set();

  constructor(deps: WordsDeps, trust: TrustState) {
    this.deps = deps;
    this.inForce = trust;
  }

  trust(): TrustState {
    return this.inForce;
  }

  clockMs(): number {
    return this.deps.now();
  }

  freshness(): KeptFreshness | null {
    const word = this.deps.ledger.book.freshness();
    const isOfOurs = this.inForce.document.serverKeys.some(({ key }) => word?.keys.includes(key) === true);
    return isOfOurs ? word : null;
  }

  nowMs(): number {
    const word = this.freshness();
    if (word === null) return this.clockMs();
    const { bootId, monotonicMs } = this.deps.moment();
    const passedMs = word.seen.bootId === bootId ? Math.max(0, monotonicMs - word.seen.monotonicMs) : 0;
    return Math.max(this.clockMs(), readTimeMs(word.freshness.at) + passedMs);
  }

  startMs(): number {
    const clockMs = this.clockMs();
    // A server that leads by a day would start on Friday what was signed for Saturday.
    return isClockSet(this.inForce, clockMs) ? Math.min(this.nowMs(), clockMs + MAX_EARLY_MS) : this.nowMs();
  }

  heldMs(): number {
    const word = this.freshness();
    return word === null ? 0 : this.clockMs() - word.clockMs;
  }

  canceled(): ReadonlySet<string> {
    return this.untaken;
  }

  private openWord(envelope: unknown): SignedWord {
    const options = { type: FRESHNESS_TYPE, schema: 'freshness', crypto: this.deps.crypto } as const;
    const keys = serverVerifyKeys(this.inForce.document, this.deps.crypto);
    const { document, signers } = openDocument<Freshness>(envelope, { ...options, keys });
    if (document.org !== this.deps.pinned.org) throw fail('E_ORG');
    return { document, keys: [...signers] };
  }

  /**
   * The record of a newer word of the server; none for one that is known, as after every connection. What it names must be here: a
   * word without its halts would let the device take a state for fresh that it does not know.
   */
  private takeWord({ document, keys }: SignedWord, isKnown: (haltId: string) => boolean): JournalRecord[] {
    const last = this.freshness()?.freshness.at ?? '';
    if (document.at < last) throw fail('E_ROLLBACK');
    if (document.at === last) return [];
    checkNotAhead(document, this.inForce, this.clockMs());
    if (document.trustVersion > this.inForce.document.version) throw fail('E_TRUST');
    if (!document.halts.every(isKnown)) throw fail('E_STALE');
    const trustVersion = this.inForce.document.version;
    const [seen, clockMs] = [this.deps.moment(), this.clockMs()];
    return [{ t: 'fresh', freshness: document, seen, clockMs, keys, trustVersion }];
  }

  private openEach<T, R>(
    what: 'freshness' | 'halt' | 'lift',
    inputs: readonly T[],
    open: (input: T) => R[],
  ): R[] {
    return inputs.flatMap((input) => {
      try {
        return open(input);
      } catch (error) {
        this.deps.refused(what, codeOf(error));
        return [];
      }
    });
  }

  /** The new ones; every one that is in force, over or lifted here is added to `known`. */
  private openHalts(
    envelopes: readonly unknown[],
    context: HaltContext,
    known: Set<string>,
  ): JournalRecord[] {
    const fresh: HaltInForce[] = [];
    if (this.deps.ledger.book.halts().length + envelopes.length > MAX_KEPT_HALTS)
      this.deps.ledger.book.forgetHalts(this.clockMs());
    // What the same message lifts makes room.
    const held = this.deps.ledger.book.halts().filter(({ haltId }) => !known.has(haltId));
    for (const { haltId } of this.deps.ledger.book.halts()) known.add(haltId);
    return this.openEach('halt', envelopes, (one) => {
      const halt = openHalt(one, context);
      if (known.has(halt.haltId) || this.deps.ledger.book.isLifted(halt.haltId)) return [];
      const isOver = isHaltOver(halt, this.clockMs());
      if (!isOver) checkHaltsRoom(halt, [...held, ...fresh], this.clockMs());
      known.add(halt.haltId);
      if (isOver) return [];
      fresh.push(halt);
      return [{ t: 'halt', halt }];
    });
  }

  /** What it says, whoever may take it; a word by a key of a newer trust document waits for that one. */
  private openSigned({ envelope }: FreshnessMessage): { words: SignedWord[]; isUnknownKey: boolean } {
    let isUnknownKey = false;
    const words = this.openEach('freshness', [envelope], (one) => {
      try {
        return [this.openWord(one)];
      } catch (error) {
        isUnknownKey = codeOf(error) === 'E_NOKEY';
        throw error;
      }
    });
    return { words, isUnknownKey };
  }

  async takeFreshness(message: FreshnessMessage): Promise<void> {
    const { halts, lifts } = message;
    const { words, isUnknownKey } = this.openSigned(message);
    // A device whose clock lags would take every halt for one that is dated ahead.
    const atMs = Math.max(this.nowMs(), ...words.map(({ document }) => readTimeMs(document.at)));
    const { crypto, pinned, ledger } = this.deps;
    const trust = this.inForce.document;
    const context = { trust, crypto, org: pinned.org, nowMs: atMs, clockMs: this.clockMs() };
    const known = new Set<string>();
    const stops = [
      ...this.openEach('lift', lifts, (one): JournalRecord[] => {
        const { haltId } = openLift(one, context);
        known.add(haltId);
        return ledger.book.isLifted(haltId) ? [] : [{ t: 'lift', haltId }];
      }),
      ...this.openHalts(halts, context, known),
    ];
    const isHere = (haltId: string) => known.has(haltId) || ledger.book.isLifted(haltId);
    const isEarly = words.some(({ document }) => document.trustVersion > trust.version);
    this.early = isEarly || isUnknownKey ? message : null;
    // One that is not taken stops all the same what it has canceled.
    for (const { document } of words) this.untaken = new Set(document.canceled);
    const taken = this.openEach('freshness', words, (word) => this.takeWord(word, isHere));
    if (taken.length > 0) this.untaken = new Set();
    const records = [...stops, ...taken];
    if (records.length > 0) await ledger.write(...records);
  }

  async takeTrust(envelopes: readonly unknown[]): Promise<boolean> {
    const { crypto, refused } = this.deps;
    const {
      trust: next,
      newest,
      failure,
    } = followChain(this.inForce, envelopes, { crypto, validate: isTrustDocument });
    if (newest === null) {
      if (failure !== '' && failure !== 'E_ROLLBACK') refused('trust', failure);
      return false;
    }
    this.inForce = next;
    const { version } = next.document;
    await this.deps.ledger.write({ t: 'trust', envelope: newest, hash: next.hash, version });
    if (this.early !== null) await this.takeFreshness(this.early);
    return true;
  }
}
