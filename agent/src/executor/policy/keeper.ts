// Takes signed policies from a server that only routes: verifies the set, fetches what it names, and holds it whole or not at all.
//
//   nothing ── set verified ──▶ fetching ── all revisions here ──▶ held ── newer set verified ──▶ fetching (the old one is held meanwhile)
import { type Crypto, fail, isMusterError, type PolicySetMessage, parseEnvelope } from '@muster/protocol';
import { documentDigest } from '@muster/protocol/commands';
import type { Facts } from '@muster/protocol/language';
import {
  checkAdvance,
  checkMembers,
  MAX_IN_FORCE_CHARS,
  type OpenedPolicy,
  type OpenedPolicySet,
  openPolicy,
  openPolicySet,
  openUnlessVoid,
  readRevision,
} from '@muster/protocol/policy';
import { fail as failAgent } from '../../errors.ts';
import { isDiskFull } from '../../platform/storage.ts';
import type { Disk } from '../disk.ts';
import type { FromExecutor, PolicyMessage } from '../local/messages.ts';
import type { Words } from '../words.ts';
import {
  createPolicyFiles,
  type HeldSet,
  noStanding,
  type PolicyFiles,
  type PolicyStanding,
} from './held.ts';
import { resolveHeld } from './wanted.ts';

/** What a newer trust document may change: the set is kept in mind until it is here. */
const TRUST_CODES = new Set(['E_NOKEY', 'E_TRUST']);

/** Facts of a device change seldom: what is wanted is resolved again after, ms. */
const RESOLVE_AGAIN_MS = 3_600_000;

/** What the keeper needs. */
export interface KeeperDeps {
  readonly disk: Disk;
  readonly crypto: Crypto;
  readonly words: Pick<Words, 'trust'>;
  send(message: FromExecutor): void;
  now(): number;
  /** This device's own facts. */
  openFacts(): Promise<{ readonly facts: Facts }>;
  /** Something signed did not pass. */
  refused(what: string, code: string): void;
  /** What is no expected failure. */
  fatal(error: unknown): void;
}

/** The keeper. What comes is taken one after the other. */
export interface PolicyKeeper {
  /** The set in force, a revision that was asked for, or that the server has none of that digest. */
  handle(message: PolicyMessage): Promise<void>;
  /** Another trust document is in force. */
  trustChanged(): Promise<void>;
  /** A session to the server is open: what is missing is asked for again. */
  online(): Promise<void>;
  /** Says what is held, to a core that has just come. */
  retell(): void;
}

/** Opens the keeper on what an earlier process left. */
export async function openKeeper(deps: KeeperDeps): Promise<PolicyKeeper> {
  const files = createPolicyFiles(deps.disk);
  return new Keeper(deps, files, await readStanding(deps, files));
}

/** A file that is damaged says nothing; everything is fetched again, and a person hears of it. */
async function readStanding({ refused }: KeeperDeps, files: PolicyFiles): Promise<PolicyStanding> {
  try {
    return await files.read();
  } catch (error) {
    if (!isMusterError(error, 'E_STATE')) throw error;
    refused('policies', error.code);
    return noStanding;
  }
}

class Keeper implements PolicyKeeper {
  private readonly deps: KeeperDeps;
  private readonly files: PolicyFiles;
  private standing: PolicyStanding;
  /** The revision that was asked for; null: none. */
  private asked: string | null = null;
  /** A set that must wait for a newer trust document. */
  private early: PolicySetMessage | null = null;
  private turn: Promise<void> = Promise.resolve();

  constructor(deps: KeeperDeps, files: PolicyFiles, standing: PolicyStanding) {
    this.deps = deps;
    this.files = files;
    this.standing = standing;
  }

  handle(message: PolicyMessage): Promise<void> {
    if (message.type === 'policy.set') return this.inTurn('policy set', () => this.takeSet(message));
    return this.inTurn('policy', () => {
      if (message.type === 'policy.put') return this.takeRevision(message.envelope);
      return this.missRevision(message.digest);
    });
  }

  trustChanged(): Promise<void> {
    return this.inTurn('policy set', async () => {
      await this.recheck();
      if (this.early !== null) await this.takeSet(this.early);
      else await this.goOn();
    });
  }

  online(): Promise<void> {
    return this.inTurn('policy set', async () => {
      await this.recheck();
      await this.goOn();
      await this.resolve();
    });
  }

  retell(): void {
    const { seen, code } = this.standing;
    if (seen !== null || code !== null) this.deps.send(tell(this.standing));
  }

  /** One after the other; an expected failure becomes the code that is told. */
  private inTurn(what: string, work: () => Promise<void>): Promise<void> {
    const mine = this.turn.then(async () => {
      try {
        await work();
      } catch (error) {
        await this.failed(what, error);
      }
    });
    this.turn = mine;
    return mine;
  }

  private async failed(what: string, error: unknown): Promise<void> {
    const isFull = isDiskFull(error);
    if (!isFull && !isMusterError(error)) {
      this.deps.fatal(error);
      return;
    }
    const code = isMusterError(error) ? error.code : 'E_DISK_FULL';
    if (!isFull) this.deps.refused(what, code);
    const next = { ...this.standing, code };
    try {
      await this.settle(next);
    } catch (failure) {
      if (!isDiskFull(failure)) this.deps.fatal(failure);
      // It is told all the same: the next session tries again.
      else this.adopt(next);
    }
  }

  /** Writes down what is so now, and tells it where that is news: nothing is told that a power cut could take back. */
  private async settle(next: PolicyStanding): Promise<void> {
    if (JSON.stringify(next) === JSON.stringify(this.standing)) return;
    await this.files.write(next);
    this.adopt(next);
  }

  private adopt(next: PolicyStanding): void {
    const isNews = JSON.stringify(tell(next)) !== JSON.stringify(tell(this.standing));
    this.standing = next;
    if (isNews) this.retell();
  }

  /** Resolves on the facts of now what the held policies want of this device, where that was not done lately. */
  private async resolve(): Promise<void> {
    const { held } = this.standing;
    if (held === null) return this.files.writeWanted(null);
    const nowMs = this.deps.now();
    const ageMs = held.resolvedAtMs === null ? null : nowMs - held.resolvedAtMs;
    if (ageMs !== null && ageMs >= 0 && ageMs < RESOLVE_AGAIN_MS) return;
    const context = { trust: this.deps.words.trust().document, crypto: this.deps.crypto };
    const envelope = await this.files.envelope(held.digest);
    if (envelope === null) throw failAgent('E_STATE');
    const members: OpenedPolicy[] = [];
    for (const digest of this.open(envelope).document.policies) {
      const revision = await this.files.envelope(digest);
      if (revision === null || documentDigest(revision, this.deps.crypto) !== digest)
        throw failAgent('E_STATE');
      const opened = openUnlessVoid(() => openPolicy(revision, context));
      if (opened !== null) members.push(opened);
    }
    const { facts } = await this.deps.openFacts();
    const { epoch, version, digest } = held;
    const wanted = resolveHeld(members, { facts, selected: new Set(held.selected) });
    await this.files.writeWanted({
      set: { epoch, version, digest },
      at: new Date(nowMs).toISOString(),
      ...wanted,
    });
    await this.settle({ ...this.standing, held: { ...held, resolvedAtMs: nowMs } });
  }

  private open(envelope: unknown): OpenedPolicySet {
    return openPolicySet(envelope, { trust: this.deps.words.trust().document, crypto: this.deps.crypto });
  }

  private async takeSet(message: PolicySetMessage): Promise<void> {
    this.early = null;
    const { document, digest } = this.openOrWait(message);
    const mark = { epoch: document.epoch, version: document.version, digest };
    checkAdvance(this.standing.seen, mark);
    const members = new Set(document.policies);
    const selected = message.selected.filter((one) => members.has(one));
    const { held, shown, code } = this.standing;
    const isHeld = held?.digest === digest;
    // As after every connection.
    if (isHeld && shown === null && code === null && held.selected.join() === selected.join()) return;
    if (!isHeld) await this.files.keep(digest, parseEnvelope(message.envelope));
    await this.settle({ ...this.standing, seen: mark, shown: { digest, selected } });
    await this.goOn();
  }

  /** A set by a key, or under a document, that is not here yet is kept in mind until a newer trust document comes. */
  private openOrWait(message: PolicySetMessage): OpenedPolicySet {
    try {
      return this.open(message.envelope);
    } catch (error) {
      if (isMusterError(error) && TRUST_CODES.has(error.code)) this.early = message;
      throw error;
    }
  }

  /**
   * What is held under an older trust document is looked at anew: where nobody vouches for the set any more, nothing is held, until
   * another trust document brings it back; a revision that nobody vouches for says nothing from now on.
   */
  private async recheck(): Promise<void> {
    const { held } = this.standing;
    if (held === null || held.trustVersion === this.deps.words.trust().document.version) return;
    const shown = this.standing.shown ?? { digest: held.digest, selected: held.selected };
    const envelope = await this.files.envelope(held.digest);
    if (envelope === null) return this.settle({ ...this.standing, shown });
    try {
      this.open(envelope);
      await this.settle({ ...this.standing, shown });
    } catch (error) {
      if (!isMusterError(error)) throw error;
      await this.files.writeWanted(null);
      await this.settle({ ...this.standing, held: null, shown, code: error.code });
    }
  }

  /** Asks for the next revision that is missing; holds the set when none is. */
  private async goOn(): Promise<void> {
    const { shown } = this.standing;
    this.asked = null;
    if (shown === null) return;
    const envelope = await this.files.envelope(shown.digest);
    // Damaged on this disk: with that code the server's next word of it is taken anew.
    if (envelope === null) throw failAgent('E_STATE');
    const { document, digest } = this.open(envelope);
    const here = await this.files.list();
    const missing = document.policies.find((one) => !here.has(one));
    if (missing === undefined) return this.hold(shown.selected, { document, digest });
    const bytes = document.policies.reduce((sum, one) => sum + (here.get(one) ?? 0), 0);
    if (bytes > MAX_IN_FORCE_CHARS) throw fail('E_LIMIT');
    this.asked = missing;
    this.deps.send({ type: 'policy.want', digest: missing });
  }

  private async missRevision(digest: string): Promise<void> {
    if (digest !== this.asked) return;
    this.asked = null;
    throw fail('E_WITHHELD');
  }

  private async takeRevision(envelope: unknown): Promise<void> {
    const digest = documentDigest(envelope, this.deps.crypto);
    if (this.asked === null || digest !== this.asked) return;
    // Named by a verified set; whether its signer may still sign is asked each time it is used. One that this agent cannot read holds up the whole set.
    readRevision(envelope);
    await this.files.keep(digest, parseEnvelope(envelope));
    await this.goOn();
  }

  /** Everything is here: from now on this set counts, and no other. */
  private async hold(selected: readonly string[], { document, digest }: OpenedPolicySet): Promise<void> {
    const context = { trust: this.deps.words.trust().document, crypto: this.deps.crypto };
    const members: { name: string; digest: string }[] = [];
    let unsigned = 0;
    for (const one of document.policies) {
      const envelope = await this.files.envelope(one);
      if (envelope === null || documentDigest(envelope, this.deps.crypto) !== one) {
        await this.files.remove([one]);
        return this.goOn();
      }
      members.push({ name: readRevision(envelope).policy.name, digest: one });
      if (openUnlessVoid(() => openPolicy(envelope, context)) === null) unsigned += 1;
    }
    checkMembers(document, members);
    const held: HeldSet = {
      ...{ epoch: document.epoch, version: document.version, digest },
      ...{ policies: members.length, unsigned, selected },
      resolvedAtMs: null,
      trustVersion: context.trust.version,
    };
    await this.settle({ ...this.standing, held, shown: null, code: null });
    await this.resolve();
    const named = new Set([digest, ...document.policies]);
    await this.files.remove([...(await this.files.list()).keys()].filter((one) => !named.has(one)));
  }
}

/** What the server hears of it; for whom it is meant it knows. */
function tell({ held, code }: PolicyStanding): Extract<FromExecutor, { type: 'policies' }> {
  if (held === null) return { type: 'policies', held, code };
  const { epoch, version, digest, policies, unsigned } = held;
  return { type: 'policies', held: { epoch, version, digest, policies, unsigned }, code };
}
