// What the policies that are held want of this device: resolved here, on its own facts, by the resolver that everybody shares.
import type { Hash } from '@muster/protocol';
import { compileExpression, type Facts } from '@muster/protocol/language';
import {
  exceptionNeedsServer,
  formatSecond,
  makeBound,
  nameException,
  needsServer,
  nextChange,
  type OpenedPolicy,
  type Policy,
  type PolicyException,
  preparePolicies,
  type ResolvedItem,
  resolvePolicies,
} from '@muster/protocol/policy';
import { type ListedFreeze, listFreezes, listHours, type PolicyHours } from '@muster/protocol/windows';

/** What they are judged by. */
export interface HeldContext {
  readonly facts: Facts & { readonly nowMs: number };
  /** Digests of revisions, and names of exceptions, of which the server says that they are for this device. */
  readonly selected: ReadonlySet<string>;
  readonly hash: Hash;
}

/** A policy that is held, and whether it is for this device. */
export interface HeldPolicy {
  readonly policy: string;
  readonly title: string;
  readonly mode: Policy['mode'];
  readonly isForDevice: boolean;
  /** Who could tell: the device alone, or the server within the bound that was signed. */
  readonly judgedBy: 'device' | 'server';
}

/** What is wanted here. */
export interface Wanted {
  /** By name. */
  readonly policies: readonly HeldPolicy[];
  /** By item. */
  readonly items: readonly ResolvedItem[];
  /** When repairs of those policies may start that have windows, by name. */
  readonly hours: readonly PolicyHours[];
  /** Freezes of policies that are for this device. */
  readonly freezes: readonly ListedFreeze[];
  /** When something else is wanted although nothing changes: an exception ends. RFC 3339; null: never. */
  readonly changesAt: string | null;
}

const holds = (text: string, facts: Facts) => compileExpression(text, { for: 'device' }).evaluate(facts);

/** Whether a policy is for this device: its own judgement, or the server's word within what people signed. */
function isMeant({ document, policy, digest }: OpenedPolicy, { facts, selected }: HeldContext): boolean {
  if (!needsServer(policy)) return holds(policy.on, facts) && !holds(policy.except, facts);
  return selected.has(digest) && (document.bound === '' || holds(document.bound, facts));
}

/** Exceptions that leave a rule alone here: by its own judgement, or the server's word within what people signed. */
function listMeant(
  { policy, digest }: OpenedPolicy,
  { facts, selected, hash }: HeldContext,
): PolicyException[] {
  const isFor = (one: PolicyException, at: number) => {
    if (!exceptionNeedsServer(one)) return holds(one.on, facts);
    const bound = makeBound({ on: one.on, except: 'false' });
    return selected.has(nameException(digest, at, hash)) && (bound === '' || holds(bound, facts));
  };
  return policy.exceptions.flatMap((one, at) => (isFor(one, at) ? [{ ...one, on: 'true' }] : []));
}

/** Resolves them. Pure. @throws MusterError E_POLICY, E_EXPRESSION for what `openPolicy` would have refused */
export function resolveHeld(members: readonly OpenedPolicy[], context: HeldContext): Wanted {
  const sorted = members.toSorted((a, b) => (a.policy.name < b.policy.name ? -1 : 1));
  const judged = sorted.map((one) => ({ ...one, isForDevice: isMeant(one, context) }));
  // For whom it is has been judged: what only the server knows must not be asked again.
  const meant = judged.flatMap((one) =>
    one.isForDevice
      ? [{ ...one.policy, on: 'true', except: 'false', exceptions: listMeant(one, context) }]
      : [],
  );
  const changesAtMs = nextChange(meant, context.facts.nowMs);
  const { items } = resolvePolicies(preparePolicies(meant), context.facts);
  return {
    policies: judged.map(({ policy, isForDevice }) => ({
      ...{ policy: policy.name, title: policy.title, mode: policy.mode, isForDevice },
      judgedBy: needsServer(policy) ? 'server' : 'device',
    })),
    items: [...items.values()].toSorted((a, b) => (a.item < b.item ? -1 : 1)),
    hours: listHours(meant),
    freezes: listFreezes(meant),
    changesAt: changesAtMs === null ? null : formatSecond(changesAtMs),
  };
}

/** All that a server can name: revisions of a set, and exceptions in those that count. */
export function listNames(
  digests: readonly string[],
  opened: readonly OpenedPolicy[],
  hash: Hash,
): ReadonlySet<string> {
  const exceptions = opened.flatMap(({ policy, digest }) =>
    policy.exceptions.map((_, at) => nameException(digest, at, hash)),
  );
  return new Set([...digests, ...exceptions]);
}
