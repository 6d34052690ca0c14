// A plan in the hands of a person: what is wanted, what is in force, what changes between them.
import type { ReadonlyTrust } from '@muster/protocol';
import type { Plan, Policy } from '@muster/protocol/policy';
import type { PlanView } from '../api/types.ts';
import type { InForce } from './in-force.ts';

/** A policy that is to be in force, and the hash of the file it comes from. */
export interface Wanted {
  readonly policy: Policy;
  readonly source: string;
}

/** A plan with all it rests on. */
export interface MadePlan {
  readonly trust: ReadonlyTrust;
  readonly inForce: InForce;
  readonly wanted: readonly Wanted[];
  readonly plan: Plan;
  /** What the server says of it: devices and versions. */
  readonly view: PlanView;
}
