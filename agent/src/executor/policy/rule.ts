// The contract of a kind of rule on the device: what of it holds, and by which steps it would be repaired.
import type { Check, KindContext } from '../kinds/kind.ts';
import type { Facts } from './facts.ts';

/** What a check finds. What cannot be told is thrown. */
export interface Finding {
  readonly state: 'compliant' | 'drifted' | 'not-applicable';
  /** What was found, as a clause: `0, and 1 from the next start on`. */
  readonly found: string;
}

/** One step of a repair. */
export interface Step {
  /** Kinds of command that would do the same; the owner's deny list is asked about each, besides `policy.<kind of rule>`. */
  readonly kinds: readonly string[];
  /** What it would touch, for the deny list. */
  readonly names: readonly string[];
  /** Looks again and says what is to be done, as a kind of command does; changes nothing. */
  plan(context: KindContext): Promise<Check>;
}

/** One kind of rule. `Wanted` is what the protocol's rule of the same name normalizes to. */
export interface RuleOnDevice<Wanted> {
  /** Reads nothing but facts, and changes nothing. The same check verifies a repair, on new facts. @throws MusterError what cannot be told */
  check(wanted: Wanted, facts: Facts): Promise<Finding>;
  /** In order; each is tried when those before it have ended well. */
  plan(wanted: Wanted): readonly Step[];
  /** Files in which it stands: what writes there may change what a check finds. Absolute; one that ends in `/` is all of a folder. */
  watched(wanted: Wanted): readonly string[];
  /** The check cannot see whether the last step was taken: after a try that failed or was interrupted the repair is owed, whatever it finds. */
  readonly hasUnseenStep?: true;
}

export function compliant(found: string): Finding {
  return { state: 'compliant', found };
}

export function drifted(found: string): Finding {
  return { state: 'drifted', found };
}

export function notApplicable(found: string): Finding {
  return { state: 'not-applicable', found };
}

/** What our own files begin with. */
export const OWN_HEADER = '# Written by muster for a policy: whatever is changed here is repaired.\n';
