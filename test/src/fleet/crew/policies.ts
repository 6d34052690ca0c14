// Signed policies as simulated devices hold them: verified once for all devices of a process, since the bytes are the same, and not kept.
import {
  type Envelope,
  fail,
  isMusterError,
  type PolicySetMessage,
  type PolicyState,
} from '@muster/protocol';
import { documentDigest } from '@muster/protocol/commands';
import {
  checkAdvance,
  openPolicy,
  openPolicySet,
  openUnlessVoid,
  type PolicyMark,
} from '@muster/protocol/policy';
import { crypto } from '../../support/crypto.ts';
import type { Outboxes } from './outbox.ts';
import type { SharedTrust } from './trust.ts';
import type { World } from './world.ts';

/** Sets that are known at one time: the one in force, and those that devices still wait for. */
const MAX_SETS = 8;

/** What the devices of this process know of policies. */
export interface CrewPolicies {
  shown(slot: number, message: PolicySetMessage): void;
  /** A revision that one of them asked for. */
  put(slot: number, envelope: Envelope): void;
  /** The server has no such revision. */
  none(slot: number, digest: string): void;
  /** The socket is gone. */
  closed(slot: number): void;
}

/** A set that was verified. */
interface SharedSet {
  readonly held: NonNullable<PolicyState['held']>;
  /** Digests of revisions that nobody here has seen and verified. */
  readonly missing: Set<string>;
  unsigned: number;
  /** Devices that hold it once nothing is missing; it is the target of each. */
  readonly waiting: Set<number>;
  /** The device that has asked, and for which revision; null: nobody has. */
  asked: { readonly slot: number; readonly digest: string } | null;
}

/** What one device has. */
interface Standing {
  /** The newest set that it was shown: it never takes an older one. */
  seen: PolicyMark | null;
  held: SharedSet | null;
  /** The one set that it waits for. */
  target: SharedSet | null;
  /** Why it does not hold what it was shown last, or not all of it. */
  code: string | null;
}

/** Makes it. */
export function createCrewPolicies(
  world: World,
  { outboxes, trust }: { readonly outboxes: Outboxes; readonly trust: SharedTrust },
): CrewPolicies {
  const sets = new Map<string, SharedSet>();
  const standings = new Map<number, Standing>();

  function standingOf(slot: number): Standing {
    const standing = standings.get(slot) ?? { seen: null, held: null, target: null, code: null };
    standings.set(slot, standing);
    return standing;
  }

  /** Told where it is news, as the keeper of an agent does. */
  function settle(slot: number, next: Pick<Standing, 'held' | 'code'>): void {
    const standing = standingOf(slot);
    const isNews = next.code !== standing.code || next.held?.held.digest !== standing.held?.held.digest;
    Object.assign(standing, next);
    if (!isNews) return;
    const { held: set, code } = next;
    const held = set === null ? null : { ...set.held, unsigned: set.unsigned };
    const at = new Date(world.deviceNow(slot)).toISOString();
    outboxes.put(slot, { what: 'policies', make: (seq) => ({ type: 'policy.state', seq, at, held, code }) });
  }

  function refuse(slot: number, code: string): void {
    settle(slot, { held: standingOf(slot).held, code });
  }

  function hold(slot: number, set: SharedSet): void {
    settle(slot, { held: set, code: set.unsigned > 0 ? 'E_NOKEY' : null });
  }

  function contextOf() {
    const state = trust.state();
    if (state === null) throw new Error('there is no trust document');
    return { trust: state.document, crypto };
  }

  function open({ envelope }: PolicySetMessage): SharedSet {
    const { document, digest } = openPolicySet(envelope, contextOf());
    const { epoch, version, policies } = document;
    return {
      held: { epoch, version, digest, policies: policies.length, unsigned: 0 },
      missing: new Set(policies),
      ...{ unsigned: 0, waiting: new Set(), asked: null },
    };
  }

  /** False where there is no room: a set that somebody waits for never goes. */
  function keep(payload: string, set: SharedSet): boolean {
    if (sets.has(payload)) return true;
    for (const [known, { waiting }] of sets)
      if (sets.size >= MAX_SETS && waiting.size === 0) sets.delete(known);
    if (sets.size >= MAX_SETS) return false;
    sets.set(payload, set);
    return true;
  }

  /** Nobody waits for it any more. */
  function release(set: SharedSet): number[] {
    const slots = [...set.waiting];
    set.waiting.clear();
    set.asked = null;
    for (const slot of slots) standingOf(slot).target = null;
    return slots;
  }

  /** Any device may ask for all. Where none can be sent to, the next showing asks. */
  function ask(set: SharedSet): void {
    const [digest] = set.missing;
    set.asked = null;
    if (digest === undefined) {
      for (const slot of release(set)) hold(slot, set);
      return;
    }
    for (const slot of set.waiting) {
      if (!world.send(slot, { type: 'policy.want', digest })) continue;
      set.asked = { slot, digest };
      return;
    }
  }

  /** It waits for nothing; where it had asked, another device goes on. */
  function leave(slot: number): void {
    const standing = standingOf(slot);
    const { target } = standing;
    standing.target = null;
    target?.waiting.delete(slot);
    if (target?.asked?.slot === slot) ask(target);
  }

  /** The set for which this device has asked a revision. */
  function askedBy(slot: number): SharedSet | null {
    const target = standings.get(slot)?.target ?? null;
    return target?.asked?.slot === slot ? target : null;
  }

  function show(slot: number, message: PolicySetMessage): void {
    const { payload } = message.envelope;
    const set = sets.get(payload) ?? open(message);
    const standing = standingOf(slot);
    checkAdvance(standing.seen, set.held);
    standing.seen = set.held;
    if (standing.target !== set) leave(slot);
    const isKept = keep(payload, set);
    // As with every connection, or for whom it is.
    if (standing.held?.held.digest === set.held.digest) {
      hold(slot, standing.held);
      return;
    }
    if (!isKept) throw fail('E_LIMIT');
    standing.target = set;
    set.waiting.add(slot);
    if (set.asked === null) ask(set);
  }

  /** An expected failure is the word of these devices about it. */
  function orTell(slots: () => Iterable<number>, work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!isMusterError(error)) throw error;
      world.note(`${error.code} in a policy`);
      for (const slot of slots()) refuse(slot, error.code);
    }
  }

  return {
    shown(slot, message) {
      orTell(
        () => [slot],
        () => show(slot, message),
      );
    },
    put(slot, envelope) {
      const set = askedBy(slot);
      if (set === null) return;
      orTell(
        () => release(set),
        () => {
          const digest = documentDigest(envelope, crypto);
          if (digest !== set.asked?.digest) return;
          const isVoid = openUnlessVoid(() => openPolicy(envelope, contextOf())) === null;
          set.missing.delete(digest);
          if (isVoid) set.unsigned += 1;
          ask(set);
        },
      );
    },
    none(slot, digest) {
      const set = askedBy(slot);
      // A late answer may be about the set before.
      if (set !== null && set.asked?.digest === digest)
        for (const one of release(set)) refuse(one, 'E_WITHHELD');
    },
    closed: leave,
  };
}
