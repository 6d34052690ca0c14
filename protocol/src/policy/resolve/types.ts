// What the resolver answers: what is wanted of each item, whose word it is, and what became of every other rule.
import type { PolicyMode } from '../document/policy.ts';
import type { PolicyException } from '../exceptions/exception.ts';
import type { Explained } from '../language/index.ts';
import type { RuleKindName, Wanted } from '../rules.ts';

/** Names a rule. */
export interface RuleRef {
  /** Name of its policy. */
  readonly policy: string;
  /** Id of the rule in it. */
  readonly id: string;
  readonly title: string;
  /** That of the policy. */
  readonly priority: number;
  readonly override: boolean;
}

/** What is wanted of one item on one device. */
export interface ResolvedItem {
  readonly item: string;
  readonly kind: RuleKindName;
  readonly wanted: Wanted;
  /** Always `audit` where nothing is decided, where a deciding rule only looks or is exempt, and where the device's owner forces it. */
  readonly mode: PolicyMode;
  /** False: rules of the deciding rank want different things; nothing is enforced. */
  readonly decided: boolean;
  /** The winner; of the undecided the first by name of the policy, then by id; of the exempt the rule that the exception is about. */
  readonly rule: RuleRef;
  /** Why the item is left alone here for a time; absent: it is not. */
  readonly exception?: PolicyException;
}

/** How a device is resolved. */
export interface ResolveOptions {
  /** The owner of the device lets nobody change it by policy: every mode is `audit`. Absent: false. */
  readonly forceAudit?: boolean;
}

/** What is wanted of a device. */
export interface Resolved {
  /** By item; only what some rule is for. The order says nothing. */
  readonly items: ReadonlyMap<string, ResolvedItem>;
}

/** What became of a rule. */
export type Fate =
  /** Its word counts. */
  | 'won'
  /** Wants the same as the winner, at its rank. */
  | 'agrees'
  /** Nothing is decided: it and others of the highest rank want different things. */
  | 'disagrees'
  /** It is of the highest rank, and an exception leaves it alone here: so nobody's word counts. */
  | 'exempt'
  /** Its priority is lower. */
  | 'outranked'
  /** Its priority is the same, but the winner overrides. */
  | 'overridden'
  /** Its policy is for other devices: `on` does not hold. */
  | 'not-for-device'
  /** Its policy leaves this device out: `except` holds. */
  | 'excepted'
  /** Its own `when` does not hold. */
  | 'not-now';

/** What would let a rule decide, if nothing else changed. At least one of both. */
export interface Raise {
  /** New priority of its policy. */
  readonly priority?: number;
  /** The rule says `override`. */
  readonly override?: true;
}

/** What became of one rule, and why. */
export interface TraceLine {
  readonly fate: Fate;
  readonly rule: RuleRef;
  readonly kind: RuleKindName;
  readonly wanted: Wanted;
  /** Of the rule by itself, whatever was resolved. */
  readonly mode: PolicyMode;
  /** The condition that keeps the rule away, with every part judged; only with the last three fates. */
  readonly condition?: { readonly key: 'on' | 'except' | 'when'; readonly explained: Explained };
  /** The exception that leaves the rule alone here, whatever its rank. */
  readonly exception?: PolicyException;
  /** What would let it win; absent where it has won, where a condition keeps it away, where an exception leaves it alone, and where no number is high enough. */
  readonly raise?: Raise;
  /** What would have to change for the rule to win or to apply, in one sentence; '' for `won` and `agrees`. */
  readonly change: string;
}

/** What became of every rule that names an item. */
export interface Trace {
  readonly item: string;
  /** Null where no rule about it holds on the device. */
  readonly resolved: ResolvedItem | null;
  /** True where the owner of the device forces audit and some rule would enforce. */
  readonly isForced: boolean;
  /** By rank, the highest first; then by name of the policy and id of the rule. */
  readonly lines: readonly TraceLine[];
}
