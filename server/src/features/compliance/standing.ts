// How an item can stand, in words and as it is stored; worst first, which is the order of lists.
import type { PolicyItem } from '@muster/protocol';

/** Every state; its place is its number in the database. */
export const stateNames = [
  'error',
  'drifted',
  'applying',
  'repaired',
  'compliant',
  'not-applicable',
  'exempt',
  'not-reporting',
] as const;
/** One of them. */
type StateName = (typeof stateNames)[number];

/** What a device has not said for too long. */
export const NOT_REPORTING = 7;

/** Number of a state. */
export function toState(name: StateName): number {
  return stateNames.indexOf(name);
}

/** State of a number. */
export function nameState(state: number): StateName {
  return stateNames[state] ?? 'error';
}

/** Number of a mode. */
export function toMode(mode: PolicyItem['mode']): number {
  return mode === 'enforce' ? 1 : 0;
}

/** Whether it counts in a share: the rule is for the device. */
export function isMeant(state: number): boolean {
  return nameState(state) !== 'not-applicable' && nameState(state) !== 'exempt';
}
