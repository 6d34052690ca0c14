// Signed policies as simulated devices hold them: verified once for all devices of a process, since the bytes are the same, and not kept.
import { type Envelope, isMusterError, type PolicySetMessage, type PolicyState } from '@muster/protocol';
import { documentDigest } from '@muster/protocol/commands';
import { openPolicy, openPolicySet, openUnlessVoid } from '@muster/protocol/policy';
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
  none(slot: number): void;
  /** The socket is gone. */
  closed(slot: number): void;
}

/** A set that was verified. */
interface SharedSet {
  readonly held: NonNullable<PolicyState['held']>;
  /** Digests of revisions that nobody here has seen. */
  readonly missing: Set<string>;
  unsigned: number;
  /** Devices that hold it once nothing is missing. */
  readonly waiting: Set<number>;
  /** The device that has asked for the next one. */
  asker: number;
}

/** Makes it. */
export function createCrewPolicies(
  world: World,
  { outboxes, trust }: { readonly outboxes: Outboxes; readonly trust: SharedTrust },
): CrewPolicies {
  const sets = new Map<string, SharedSet>();
  const heldBy = new Map<number, SharedSet>();

  function tell(slot: number, code: string | null): void {
    const set = heldBy.get(slot);
    const held = set === undefined ? null : { ...set.held, unsigned: set.unsigned };
    const at = new Date(world.deviceNow(slot)).toISOString();
    outboxes.put(slot, { what: 'policies', make: (seq) => ({ type: 'policy.state', seq, at, held, code }) });
  }

  function contextOf() {
    const state = trust.state();
    if (state === null) throw new Error('there is no trust document');
    return { trust: state.document, crypto };
  }

  function find({ envelope }: PolicySetMessage): SharedSet {
    const known = sets.get(envelope.payload);
    if (known !== undefined) return known;
    const { document, digest } = openPolicySet(envelope, contextOf());
    const { epoch, version, policies } = document;
    const set: SharedSet = {
      held: { epoch, version, digest, policies: policies.length, unsigned: 0 },
      missing: new Set(policies),
      ...{ unsigned: 0, waiting: new Set(), asker: -1 },
    };
    const [oldest] = sets.keys();
    if (sets.size >= MAX_SETS && oldest !== undefined) sets.delete(oldest);
    sets.set(envelope.payload, set);
    return set;
  }

  function hold(slot: number, set: SharedSet): void {
    heldBy.set(slot, set);
    tell(slot, null);
  }

  /** Any device may ask for all. */
  function ask(set: SharedSet): void {
    const [digest] = set.missing;
    const [slot = -1] = set.waiting;
    set.asker = slot;
    if (slot === -1) return;
    if (digest !== undefined) {
      world.send(slot, { type: 'policy.want', digest });
      return;
    }
    for (const one of set.waiting) hold(one, set);
    set.waiting.clear();
    set.asker = -1;
  }

  const askedBy = (slot: number) => [...sets.values()].find(({ asker }) => asker === slot);

  /** An expected failure is the device's word about it. */
  function orTell(slot: number, work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!isMusterError(error)) throw error;
      world.note(`${error.code} in a policy`);
      tell(slot, error.code);
    }
  }

  return {
    shown: (slot, message) =>
      orTell(slot, () => {
        const set = find(message);
        // As with every connection, or for whom it is.
        if (heldBy.get(slot) === set) return;
        set.waiting.add(slot);
        if (set.missing.size === 0 || set.asker === -1) ask(set);
      }),
    put: (slot, envelope) =>
      orTell(slot, () => {
        const set = askedBy(slot);
        const digest = documentDigest(envelope, crypto);
        if (set === undefined || !set.missing.delete(digest)) return;
        if (openUnlessVoid(() => openPolicy(envelope, contextOf())) === null) set.unsigned += 1;
        ask(set);
      }),
    none(slot) {
      const set = askedBy(slot);
      if (set === undefined) return;
      for (const one of set.waiting) tell(one, 'E_WITHHELD');
      set.waiting.clear();
      set.asker = -1;
    },
    closed(slot) {
      for (const set of sets.values()) {
        set.waiting.delete(slot);
        if (set.asker === slot) ask(set);
      }
    },
  };
}
