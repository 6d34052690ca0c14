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
  type PolicyMark,
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
  type PolicyFiles,
  type PolicyStanding,
  readStanding,
  tellStanding,
} from './held.ts';
import type { HeldFreezes } from './held-freezes.ts';
import { MAX_WAITING, RESOLVE_AGAIN_MS } from './limits.ts';
import { listNames, resolveHeld } from './wanted.ts';

/** What a newer trust document may change: the set is kept in mind until it is here. */
const TRUST_CODES = new Set(['E_NOKEY', 'E_PAGE', 'E_TRUST']);

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
  /** What is wanted of this device is another than before. */
  changed(): void;
  /** Takes the freezes of what is held. */
  readonly frozen: Pick<HeldFreezes, 'set'>;
}

/** The keeper. What comes is taken one after the other. */
export interface PolicyKeeper {
  /** The set in force, a revision that was asked for, or that the server has none of that digest. */
  handle(message: PolicyMessage): Promise<void>;
  /** Another trust document is in force. */
  trustChanged(): Promise<void>;
  /** A session to the server is open: what is missing is asked for again. */
  online(): Promise<void>;
  /** Resolves anew what is wanted, where that was not done lately. */
  refresh(): Promise<void>;
  /** Says what is held, to a core that has just come. */
  retell(): void;
  /** True while something that came is worked on. */
  isBusy(): boolean;
}

/** Opens the keeper on what an earlier process left. */
export async function openKeeper(deps: KeeperDeps): Promise<PolicyKeeper> {
  const files = createPolicyFiles(deps.disk);
  return new Keeper(deps, files, await readStanding(files));
}

/** A set that is being fetched. */
interface Fetching {
  readonly set: OpenedPolicySet;
  /** Digests of revisions that are not here. */
  readonly missing: Set<string>;
  /** Of those that are here. */
  bytes: number;
}

class Keeper implements PolicyKeeper {
  private readonly deps: KeeperDeps;
  private readonly files: PolicyFiles;
  private standing: PolicyStanding;
  private fetching: Fetching | null = null;
  /** The newest set that the server shows, until its turn comes. */
  private newest: PolicySetMessage | null = null;
  /** A set that must wait for a newer trust document. */
  private early: PolicySetMessage | null = null;
  private waiting = 0;
  private turn: Promise<void> = Promise.resolve();

  constructor(deps: KeeperDeps, files: PolicyFiles, standing: PolicyStanding) {
    this.deps = deps;
    this.files = files;
    this.standing = standing;
  }

  handle(message: PolicyMessage): Promise<void> {
    if (message.type === 'policy.set') {
      const isQueued = this.newest !== null;
      this.newest = message;
      return isQueued ? this.turn : this.inTurn('policy set', () => this.takeNewest());
    }
    if (this.waiting >= MAX_WAITING) return this.turn;
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
      await this.resolveAgain();
    });
  }

  refresh(): Promise<void> {
    return this.inTurn('policy set', () => this.resolveAgain());
  }

  retell(): void {
    this.deps.send(tellStanding(this.standing));
  }

  isBusy(): boolean {
    return this.waiting > 0;
  }

  /** One after the other; an expected failure becomes the code that is told. */
  private inTurn(what: string, work: () => Promise<void>): Promise<void> {
    this.waiting += 1;
    const mine = this.turn.then(async () => {
      try {
        await work();
      } catch (error) {
        await this.failed(what, error);
      } finally {
        this.waiting -= 1;
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
      this.standing = next;
    }
    this.retell();
  }

  /** Writes down what is so now. Nothing is told before: a power cut could take it back. */
  private async settle(next: PolicyStanding): Promise<void> {
    if (JSON.stringify(next) === JSON.stringify(this.standing)) return;
    await this.files.write(next);
    this.standing = next;
  }

  private open(envelope: unknown): OpenedPolicySet {
    return openPolicySet(envelope, { trust: this.deps.words.trust().document, crypto: this.deps.crypto });
  }

  /** Null: nobody has signed it who may sign now. @throws MusterError for what is not what people signed */
  private openRevision(envelope: unknown): OpenedPolicy | null {
    const context = { trust: this.deps.words.trust().document, crypto: this.deps.crypto };
    return openUnlessVoid(() => openPolicy(envelope, context));
  }

  private async takeNewest(): Promise<void> {
    const { newest } = this;
    this.newest = null;
    if (newest !== null) await this.takeSet(newest);
  }

  private async takeSet(message: PolicySetMessage): Promise<void> {
    this.early = null;
    const { document, digest } = this.openOrWait(message);
    const mark = { epoch: document.epoch, version: document.version, digest };
    checkAdvance(this.standing.seen, mark);
    // Revisions of it, and exceptions in them, which nobody can tell before they are here.
    const { selected } = message;
    const { held, shown, code } = this.standing;
    const isHeld = held?.digest === digest;
    // As after every connection.
    if (isHeld && shown === null && code === null && held.selected.join() === selected.join())
      return this.retell();
    // What is on the disk may be damaged; this one was just verified.
    await this.files.keep(digest, parseEnvelope(message.envelope));
    await this.dropUnusable(document.policies);
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

  /** Revisions on the disk that are damaged, or come without a signature that counts, are asked for again: who sent them may have spoiled them. */
  private async dropUnusable(digests: readonly string[]): Promise<void> {
    const here = await this.files.list();
    for (const digest of digests)
      if (here.has(digest) && !(await this.isUsable(digest))) await this.files.remove([digest]);
  }

  private async isUsable(digest: string): Promise<boolean> {
    const envelope = await this.files.envelope(digest);
    try {
      return (
        envelope !== null &&
        documentDigest(envelope, this.deps.crypto) === digest &&
        this.openRevision(envelope) !== null
      );
    } catch (error) {
      if (isMusterError(error)) return false;
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
      this.deps.frozen.set([]);
      await this.settle({ ...this.standing, held: null, shown, code: error.code });
      this.deps.changed();
      this.retell();
    }
  }

  /** Looks what is missing of the set that was shown; holds it when nothing is. */
  private async goOn(): Promise<void> {
    const { shown } = this.standing;
    this.fetching = null;
    if (shown === null) return;
    const envelope = await this.files.envelope(shown.digest);
    // Damaged on this disk: the server's next word of it is kept anew.
    if (envelope === null) throw failAgent('E_STATE');
    const set = this.open(envelope);
    const here = await this.files.list();
    const missing = new Set(set.document.policies.filter((one) => !here.has(one)));
    const bytes = set.document.policies.reduce((sum, one) => sum + (here.get(one) ?? 0), 0);
    this.fetching = { set, missing, bytes };
    await this.askOrHold(this.fetching);
  }

  private async askOrHold({ set, missing, bytes }: Fetching): Promise<void> {
    if (bytes > MAX_IN_FORCE_CHARS) throw fail('E_LIMIT');
    const [digest] = missing;
    if (digest === undefined) return this.hold(set);
    this.deps.send({ type: 'policy.want', digest });
  }

  private async missRevision(digest: string): Promise<void> {
    if (this.fetching?.missing.has(digest) !== true) return;
    this.fetching = null;
    throw fail('E_WITHHELD');
  }

  private async takeRevision(envelope: unknown): Promise<void> {
    const { fetching } = this;
    if (fetching === null) return;
    const digest = documentDigest(envelope, this.deps.crypto);
    if (!fetching.missing.has(digest)) return;
    // Its digest is of what was signed, not of the signatures: with bad ones it must not take the place of the good.
    this.openRevision(envelope);
    // One that this agent cannot read holds up the whole set.
    readRevision(envelope);
    const kept = parseEnvelope(envelope);
    await this.files.keep(digest, kept);
    fetching.missing.delete(digest);
    fetching.bytes += JSON.stringify(kept).length;
    await this.askOrHold(fetching);
  }

  /** Everything is here: from now on this set counts, and no other. What it wants is written down first: who is told that it is held can look. */
  private async hold({ document, digest }: OpenedPolicySet): Promise<void> {
    const shown = this.standing.shown?.selected ?? [];
    const members: { name: string; digest: string }[] = [];
    const opened: OpenedPolicy[] = [];
    for (const one of document.policies) {
      const envelope = await this.files.envelope(one);
      if (envelope === null || documentDigest(envelope, this.deps.crypto) !== one) {
        await this.files.remove([one]);
        return this.goOn();
      }
      members.push({ name: readRevision(envelope).policy.name, digest: one });
      const revision = this.openRevision(envelope);
      if (revision !== null) opened.push(revision);
    }
    checkMembers(document, members);
    const names = listNames(document.policies, opened, this.deps.crypto);
    const selected = shown.filter((one) => names.has(one));
    const place = { epoch: document.epoch, version: document.version, digest };
    const changesAtMs = await this.resolve(place, { opened, selected: new Set(selected) });
    const held: HeldSet = {
      ...place,
      ...{ policies: members.length, unsigned: members.length - opened.length, selected },
      resolvedAtMs: this.deps.now(),
      changesAtMs,
      trustVersion: this.deps.words.trust().document.version,
    };
    // Whoever sends them may have left out their signatures: they are asked for again when it is shown again.
    const code = held.unsigned > 0 ? 'E_NOKEY' : null;
    await this.settle({ ...this.standing, held, shown: null, code });
    this.fetching = null;
    this.retell();
    const named = new Set([digest, ...document.policies]);
    await this.files.remove([...(await this.files.list()).keys()].filter((one) => !named.has(one)));
  }

  /** Writes down what the policies want of this device, by its own facts of now; when they want something else by themselves, ms since 1970. */
  private async resolve(
    { epoch, version, digest }: PolicyMark,
    {
      opened,
      selected,
    }: { readonly opened: readonly OpenedPolicy[]; readonly selected: ReadonlySet<string> },
  ): Promise<number | null> {
    const nowMs = this.deps.now();
    const { facts } = await this.deps.openFacts();
    const wanted = resolveHeld(opened, { facts: { ...facts, nowMs }, selected, hash: this.deps.crypto });
    const next = { set: { epoch, version, digest }, at: new Date(nowMs).toISOString(), ...wanted };
    const isSame = (await this.files.wantedItems()) === JSON.stringify([digest, wanted.items]);
    await this.files.writeWanted(next);
    this.deps.frozen.set(wanted.freezes);
    if (!isSame) this.deps.changed();
    return wanted.changesAt === null ? null : Date.parse(wanted.changesAt);
  }

  /** The same again, where it was not done lately or an exception has ended since, and nothing newer is on its way. */
  private async resolveAgain(): Promise<void> {
    const { held, shown } = this.standing;
    if (held === null || shown !== null) return;
    const nowMs = this.deps.now();
    const ageMs = nowMs - held.resolvedAtMs;
    const isOver = typeof held.changesAtMs === 'number' && held.changesAtMs <= nowMs;
    if (!isOver && ageMs >= 0 && ageMs < RESOLVE_AGAIN_MS) return;
    await this.settle({ ...this.standing, shown: { digest: held.digest, selected: held.selected } });
    await this.goOn();
  }
}
