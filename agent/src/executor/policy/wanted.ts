// What the policies that are held want of this device: resolved here, on its own facts, by the resolver that everybody shares.
import { compileExpression, type Facts } from '@muster/protocol/language';
import {
  needsServer,
  type OpenedPolicy,
  type Policy,
  preparePolicies,
  type ResolvedItem,
  resolvePolicies,
} from '@muster/protocol/policy';
import { listHours, type PolicyHours } from '@muster/protocol/windows';

/** What they are judged by. */
export interface HeldContext {
  readonly facts: Facts;
  /** Digests of revisions of which the server says that they are for this device. */
  readonly selected: ReadonlySet<string>;
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
}

const holds = (text: string, facts: Facts) => compileExpression(text, { for: 'device' }).evaluate(facts);

/** Whether a policy is for this device: its own judgement, or the server's word within what people signed. */
function isMeant({ document, policy, digest }: OpenedPolicy, { facts, selected }: HeldContext): boolean {
  if (!needsServer(policy)) return holds(policy.on, facts) && !holds(policy.except, facts);
  return selected.has(digest) && (document.bound === '' || holds(document.bound, facts));
}

/** Resolves them. Pure. @throws MusterError E_POLICY, E_EXPRESSION for what `openPolicy` would have refused */
export function resolveHeld(members: readonly OpenedPolicy[], context: HeldContext): Wanted {
  const sorted = members.toSorted((a, b) => (a.policy.name < b.policy.name ? -1 : 1));
  const judged = sorted.map((one) => ({ ...one, isForDevice: isMeant(one, context) }));
  // For whom it is has been judged: what only the server knows must not be asked again.
  const meant = judged.flatMap(({ policy, isForDevice }) =>
    isForDevice ? [{ ...policy, on: 'true', except: 'false' }] : [],
  );
  const { items } = resolvePolicies(preparePolicies(meant), context.facts);
  return {
    policies: judged.map(({ policy, isForDevice }) => ({
      ...{ policy: policy.name, title: policy.title, mode: policy.mode, isForDevice },
      judgedBy: needsServer(policy) ? 'server' : 'device',
    })),
    items: [...items.values()].toSorted((a, b) => (a.item < b.item ? -1 : 1)),
    hours: listHours(meant),
  };
}
