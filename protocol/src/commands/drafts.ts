// Documents in the making: pure, so that a terminal and a page write the same bytes from the same choice.
//
// Whoever signs makes the document himself out of what he was shown; a server that handed out documents to be signed could
// put something else into them.

import { encodeBase32 } from '../signing/bytes.ts';
import type { Hash } from '../signing/crypto.ts';
import type { ReadonlyTrust } from '../signing/trust.ts';
import type { Command, ListedTarget, Targets } from './command.ts';
import type { Halt, HaltLift } from './halt.ts';
import { MAX_LISTED_TARGETS } from './limits.ts';
import { buildTargetTree, isStrictlySorted } from './targets.ts';

/** A new id, out of 16 random bytes: `getRandomValues` of the platform, never a generator that somebody can guess. */
export function makeDocumentId(prefix: 'cmd' | 'hlt', random: Uint8Array): string {
  return `${prefix}_${encodeBase32(random)}`;
}

/** Devices as a server says that it found them. */
export interface FoundTargets {
  readonly count: number;
  /** Root of the tree over all ids, base64url: only to find out whether both mean the same devices. */
  readonly root: string;
  /** Few of them with what a person is shown; all where they are at most MAX_LISTED_TARGETS. */
  readonly devices: readonly ListedTarget[];
}

/**
 * The devices as they are signed: few by name, as shown; many by the root of a tree that is built here.
 * `ids`: all of them, sorted; not looked at where they are few. null: what the server says does not fit together, or is no
 * longer what it was. Building takes two hashes a device.
 */
export function draftTargets(found: FoundTargets, ids: readonly string[], hash: Hash): Targets | null {
  if (found.count <= MAX_LISTED_TARGETS) {
    // What is shown and what is signed are the same rows: no name can be another than the one that the person read.
    if (found.count === 0 || found.devices.length !== found.count) return null;
    const list = found.devices.map(({ id, hostname, fingerprint }) => ({ id, hostname, fingerprint }));
    list.sort((a, b) => (a.id < b.id ? -1 : 1));
    return isStrictlySorted(list.map(({ id }) => id)) ? { list } : null;
  }
  // A page of ids that was cut short or repeated would sign for others than were counted.
  if (ids.length !== found.count || !isStrictlySorted(ids)) return null;
  const { root, count } = buildTargetTree(ids, hash);
  return root === found.root ? { root, count } : null;
}

/** What a person has chosen; all of it is signed, nothing is added later. */
export interface CommandParts {
  /** A new one, from {@link makeDocumentId}: with an old id and other bytes a device answers E_REPLAY. */
  readonly cmdId: string;
  /** Exact kind; what it takes stands in the kind table. */
  readonly kind: Command['kind'];
  /** Every parameter of the kind, defaults filled in. */
  readonly args: Command['args'];
  /** From {@link draftTargets}. */
  readonly targets: Targets;
  /** From `toBound` of the language; empty: no condition. */
  readonly bound: string;
  /** RFC 3339 with milliseconds; a device waits until then. */
  readonly notBefore: string;
  /** The same; what has not started by then never does. At most MAX_TTL_MS (MAX_DESTRUCTIVE_TTL_MS) after notBefore. */
  readonly notAfter: string;
  /** Id of the signer whose key signs it. */
  readonly requester: string;
  /** For people; stands in the logs of the devices. */
  readonly reason: string;
  /** True: devices only say what they would do. Signed by as many all the same. */
  readonly dryRun: boolean;
  /** True: it goes past a freeze, and two sign it in hardened mode. Absent: it waits for the end of one. */
  readonly emergency?: boolean;
}

/** The document; the order of its fields is the order of the signed bytes. */
export function draftCommand(
  { org, version }: Pick<ReadonlyTrust, 'org' | 'version'>,
  {
    cmdId,
    kind,
    args,
    targets,
    bound,
    notBefore,
    notAfter,
    requester,
    reason,
    dryRun,
    emergency,
  }: CommandParts,
): Command {
  return {
    v: 1,
    org,
    cmdId,
    kind,
    args,
    targets,
    bound,
    notBefore,
    notAfter,
    requester,
    reason,
    trustVersion: version,
    dryRun,
    ...(emergency === true && { emergency }),
  };
}

/**
 * A halt, from `at` until `until`, MAX_HALT_MS at most. Any one signer with the role may sign it, by a gesture too:
 * who owns the page gains nothing by having something stopped that he could not stop by not delivering it.
 */
export function draftHalt(
  { org, version }: Pick<ReadonlyTrust, 'org' | 'version'>,
  { haltId, scope, at, until, requester, reason }: Omit<Halt, 'v' | 'org' | 'trustVersion'>,
): Halt {
  return { v: 1, org, haltId, scope, at, until, requester, reason, trustVersion: version };
}

/**
 * What lifts a halt: two with the role sign it in hardened mode, one in the others. One of the signatures must be made
 * outside of any page, so a page writes it only for a person whose key file signs it besides.
 */
export function draftLift(
  { org, version }: Pick<ReadonlyTrust, 'org' | 'version'>,
  { haltId, at, requester, reason }: Omit<HaltLift, 'v' | 'org' | 'trustVersion'>,
): HaltLift {
  return { v: 1, org, haltId, at, requester, reason, trustVersion: version };
}
