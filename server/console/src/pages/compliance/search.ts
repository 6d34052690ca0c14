// What the address of compliance says: which policy, which of its rules, and which of its items.
import { compact, searchChoice, searchText } from '../../parts/search-state.ts';
import { type State, states } from './states.ts';

/** State of the page. */
export interface ComplianceSearch {
  readonly policy?: string;
  /** Of that policy. */
  readonly rule?: string;
  /** Only items that stand so. */
  readonly state?: State;
}

/** Leaves out what does not fit. */
export function parseSearch(raw: Record<string, unknown>): ComplianceSearch & Record<string, unknown> {
  const policy = searchText(raw.policy);
  const rule = policy === undefined ? undefined : searchText(raw.rule);
  return compact({ policy, rule, state: rule === undefined ? undefined : searchChoice(raw.state, states) });
}
