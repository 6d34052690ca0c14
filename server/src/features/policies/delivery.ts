// Tells devices the set of policies in force, at once when they connect and when it changes, with what only the server can judge of it.
//
// Nobody is told anything before all conditions have told their members: else a device would drop a policy for a moment.
import {
  type Envelope,
  type Hash,
  isMusterError,
  type PolicySetMessage,
  parseEnvelope,
} from '@muster/protocol';
import { compileExpression } from '@muster/protocol/language';
import { exceptionNeedsServer, nameException, needsServer, type OpenedPolicy } from '@muster/protocol/policy';
import type { Session } from '../../core/agents/session.ts';
import { createDoubts } from '../../core/db/doubts.ts';
import { withMappedErrors } from '../../core/db/failures.ts';
import { createPauses, pause } from '../../core/turns.ts';
import { type Course, createReadCourse, type ReadCourse } from './course.ts';
import type { DeliveryDeps } from './deps.ts';
import {
  GATHER_MS,
  MAX_KEPT_TELLINGS,
  POLICIES_CAPABILITY,
  RETRY_MAX_MS,
  RETRY_MIN_MS,
  TELL_SLICE,
} from './limits.ts';
import type { Present, ReadPresent } from './present.ts';
import { createReach, type Reach, type Selectable } from './reach.ts';
import { isInside } from './rollout.ts';

/** Devices and the set in force. */
export interface Delivery {
  opened(session: Session): void;
  closed(session: Session): void;
  /** Another set may be in force: it is read, and everybody who is connected is told, in slices. */
  renew(): void;
  /** Does work that puts a set in force; what became of it without an answer is found out. Settles as the work does. */
  during<T>(work: () => Promise<T>): Promise<T>;
  /** Reads what is in force, as often as it takes. */
  start(): void;
  stop(): Promise<void>;
}

/** A set that devices are told. */
interface Track {
  readonly digest: string;
  readonly envelope: Envelope;
  /** Of the names those that belong to it. */
  readonly holds: ReadonlySet<string>;
}

/** What is told: the set in force, and in waves the one before it to devices outside. */
interface InForce {
  /** What devices are told of: digests of revisions and names of exceptions that only the server can place, ascending. */
  readonly names: readonly string[];
  /** That of a device; null: it is told nothing. */
  trackOf(idx: number): Track | null;
}

/** A connected device. */
interface Hearer {
  readonly session: Session;
  /** What it was told last, in short; empty: nothing. */
  told: string;
}

/** Makes it; nothing is read before the start. */
export function createDelivery(deps: DeliveryDeps, readPresent: ReadPresent): Delivery {
  return new SetDelivery(deps, readPresent);
}

class SetDelivery implements Delivery {
  private readonly deps: DeliveryDeps;
  private readonly readPresent: ReadPresent;
  private readonly reach: Reach;
  private readonly readCourse: ReadCourse;
  /** By number; of two sessions of a device the newer. */
  private readonly hearers = new Map<number, Hearer>();
  /** Null: none is, or it is not known yet. */
  private inForce: InForce | null = null;
  /** What was said last, so that what many hear is made once. */
  private readonly tellings = new Map<string, PolicySetMessage>();
  /** Devices that are to be told. */
  private readonly due = new Set<number>();
  private telling: Promise<void> | null = null;
  private cancelGather: (() => void) | undefined;
  /** Raised by everything after which another set may be in force. */
  private wanted = 0;
  /** What was wanted when that was read which is told now. */
  private read = 0;
  private following: Promise<void> | null = null;
  private endRest: (() => void) | undefined;
  private hasStarted = false;
  private hasStopped = false;
  private readonly doubts;

  constructor(deps: DeliveryDeps, readPresent: ReadPresent) {
    this.deps = deps;
    this.readPresent = readPresent;
    this.reach = createReach(deps, (idxs) => this.moved(idxs));
    this.readCourse = createReadCourse(deps);
    this.doubts = createDoubts<'set'>({
      ...{ clock: deps.clock, max: 1, keyOf: (item) => item },
      takeUp: async () => {
        this.renew();
        return [];
      },
    });
  }

  opened(session: Session): void {
    const { idx, tenant, capability } = session;
    if (capability < POLICIES_CAPABILITY || tenant !== this.deps.trust.tenant) return;
    const hearer = { session, told: '' };
    this.hearers.set(idx, hearer);
    this.say(hearer);
  }

  closed(session: Session): void {
    if (this.hearers.get(session.idx)?.session === session) this.hearers.delete(session.idx);
  }

  renew(): void {
    this.wanted += 1;
    this.readOn();
  }

  during<T>(work: () => Promise<T>): Promise<T> {
    return this.doubts.during('set', work);
  }

  start(): void {
    this.hasStarted = true;
    this.deps.trust.onChange(() => this.renew());
    this.renew();
  }

  async stop(): Promise<void> {
    this.hasStopped = true;
    this.doubts.stop();
    this.cancelGather?.();
    this.endRest?.();
    this.reach.stop();
    await Promise.all([this.following, this.telling]);
  }

  /** Reads where more is wanted than was read. */
  private readOn(): void {
    if (this.hasStopped || !this.hasStarted || this.read === this.wanted) return;
    this.following ??= this.follow().finally(() => {
      this.following = null;
      // Something may have been wanted after the last look, while this was not over yet.
      this.readOn();
    });
  }

  /** Reads until what was read is the newest. */
  private async follow(): Promise<void> {
    const { sql, log } = this.deps;
    let pauseMs = RETRY_MIN_MS;
    while (this.read !== this.wanted && !this.hasStopped) {
      const { wanted } = this;
      try {
        const present = await withMappedErrors(() => this.readPresent(sql));
        await this.adopt(present, await withMappedErrors(() => this.readCourse(sql, present)));
        this.read = wanted;
      } catch (err) {
        const isPassing = isMusterError(err) && err.retryable;
        log[isPassing ? 'warn' : 'error']({ err }, 'the policies in force cannot be told; it is tried again');
        await this.rest(pauseMs);
        pauseMs = Math.min(pauseMs * 2, RETRY_MAX_MS);
      }
    }
  }

  /** A pause that ends with the delivery. */
  private rest(pauseMs: number): Promise<void> {
    if (this.hasStopped) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.deps.clock.after(pauseMs, resolve);
      this.endRest = () => {
        cancel();
        resolve();
      };
    });
  }

  private async adopt(present: Present, course: Course | null): Promise<void> {
    const { set } = present;
    // Nobody hears of the set before, nor of this one before it is known whom it is for.
    this.inForce = null;
    this.tellings.clear();
    if (set === null || set.isVoid) {
      // Where it counts again one day it is said anew: nobody knows what devices made of it.
      for (const hearer of this.hearers.values()) hearer.told = '';
      await this.reach.follow([]);
      return;
    }
    const newest = await layTrack(present, this.deps.crypto);
    const base = course === null ? null : await layTrack(course.base, this.deps.crypto);
    // What is in both is asked once.
    const asked = new Map(
      [newest, base].flatMap((one) => one?.selectable ?? []).map((one) => [one.name, one]),
    );
    const selectable = [...asked.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
    await this.reach.follow(selectable.map((one, place) => ({ ...one, place })));
    const trackOf = (idx: number) => (course === null || isInside(course.rollout, idx) ? newest : base);
    this.inForce = { names: selectable.map(({ name }) => name), trackOf };
    this.moved(null);
  }

  /** Whom something is for has changed; null: everybody may be meant. */
  private moved(idxs: readonly number[] | null): void {
    for (const idx of idxs ?? this.hearers.keys()) if (this.hearers.has(idx)) this.due.add(idx);
    if (idxs === null) this.tell();
    // Who moves often, or by several conditions at once, hears it once.
    else if (this.due.size > 0 && !this.hasStopped)
      this.cancelGather ??= this.deps.clock.after(GATHER_MS, () => {
        this.cancelGather = undefined;
        this.tell();
      });
  }

  private tell(): void {
    if (this.due.size === 0 || !this.isTold()) return;
    this.telling ??= this.tellDue()
      .catch((err: unknown) => this.deps.log.error({ err }, 'the policies in force could not be told'))
      .finally(() => {
        this.telling = null;
        this.tell();
      });
  }

  /** Whether anything is told now. */
  private isTold(): boolean {
    return this.inForce !== null && this.reach.isReady() && !this.hasStopped;
  }

  /** Those that come meanwhile too. */
  private async tellDue(): Promise<void> {
    let count = 0;
    for (const idx of this.due) {
      // Whatever changes that begins with everybody anew.
      if (!this.isTold()) return;
      this.due.delete(idx);
      const hearer = this.hearers.get(idx);
      if (hearer !== undefined) this.say(hearer);
      count += 1;
      if (count % TELL_SLICE === 0) await pause();
    }
  }

  /** Says it to one who has not heard just that. */
  private say(hearer: Hearer): void {
    const { inForce } = this;
    const { session } = hearer;
    if (inForce === null || !this.isTold() || !session.open) return;
    const track = inForce.trackOf(session.idx);
    if (track === null) return;
    const names = this.reach.of(session.idx).flatMap((place) => inForce.names[place] ?? []);
    const selected = names.filter((name) => track.holds.has(name));
    const told = `${track.digest} ${selected.join()}`;
    if (told === hearer.told) return;
    hearer.told = told;
    session.send(this.tellings.get(told) ?? this.make(track, told, selected));
  }

  /** One object for all who hear the same, so that it is written once. */
  private make({ envelope }: Track, told: string, selected: readonly string[]): PolicySetMessage {
    const message: PolicySetMessage = { type: 'policy.set', envelope, selected: [...selected] };
    if (this.tellings.size >= MAX_KEPT_TELLINGS) this.tellings.clear();
    this.tellings.set(told, message);
    return message;
  }
}

/** Something in force that only the server can place. */
interface Named extends Omit<Selectable, 'place'> {
  /** Digest of a revision, or name of an exception. */
  readonly name: string;
}

/** A set as devices are told it, with what only the server can place of it; null: there is none that counts. */
async function layTrack({ set, members }: Present, hash: Hash) {
  if (set === null || set.isVoid) return null;
  const selectable = await listSelectable(set.document.policies, { members, hash });
  const holds = new Set(selectable.map(({ name }) => name));
  const track: Track = { digest: set.row.digest, envelope: parseEnvelope(set.row.envelope), holds };
  return { ...track, selectable };
}

/** Those of the revisions in force, and of the exceptions in them, that only the server can place; a void one is for nobody. */
async function listSelectable(
  policies: readonly string[],
  { members, hash }: { readonly members: Present['members']; readonly hash: Hash },
): Promise<readonly Named[]> {
  const inForce = new Set(policies);
  const rest = createPauses();
  const found: Named[] = [];
  for (const { digest, opened } of members) {
    await rest();
    if (opened !== null && inForce.has(digest)) found.push(...listNamed(opened, hash));
  }
  return found;
}

/** A revision and its exceptions, as far as devices cannot place them. */
function listNamed({ policy, digest }: OpenedPolicy, hash: Hash): Named[] {
  const name = (called: string, on: string, except: string): Named => ({
    name: called,
    on: compileExpression(on, { for: 'server' }),
    except: compileExpression(except, { for: 'server' }),
  });
  return [
    ...(needsServer(policy) ? [name(digest, policy.on, policy.except)] : []),
    ...policy.exceptions.flatMap((one, at) =>
      exceptionNeedsServer(one) ? [name(nameException(digest, at, hash), one.on, 'false')] : [],
    ),
  ];
}
