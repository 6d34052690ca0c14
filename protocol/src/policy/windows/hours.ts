// The hours in which repairs of policies may start, beside what is wanted: once a policy, not once an item.
import type { Policy } from '../document/policy.ts';
import type { Missed, PolicyWindow } from './window.ts';

/** When repairs of one policy may start. */
export interface PolicyHours {
  /** Name of the policy. */
  readonly policy: string;
  /** At least one. */
  readonly windows: readonly PolicyWindow[];
  readonly missed: Missed;
}

/** Of those policies that have windows; the repairs of others start whenever they are due. */
export function listHours(policies: readonly Policy[]): PolicyHours[] {
  return policies.flatMap(({ name, windows, missed }) =>
    windows.length === 0 ? [] : [{ policy: name, windows, missed }],
  );
}
