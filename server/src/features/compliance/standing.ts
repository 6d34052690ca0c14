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
export type StateName = (typeof stateNames)[number];

/** What a device has not said for too long. */
export const NOT_REPORTING = 7;

/** How many stand how. */
export type StateCounts = { [Name in StateName]: number };

/** Nobody. */
export function noCounts(): StateCounts {
  return {
    ...{ error: 0, drifted: 0, applying: 0, repaired: 0, compliant: 0 },
    ...{ 'not-applicable': 0, exempt: 0, 'not-reporting': 0 },
  };
}

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

/** Those that are as the rule wants, and those for which it is. */
export function weigh(counts: StateCounts): { readonly met: number; readonly meant: number } {
  const met = counts.compliant + counts.repaired;
  const { error, drifted, applying, 'not-reporting': silent } = counts;
  return { met, meant: met + error + drifted + applying + silent };
}
