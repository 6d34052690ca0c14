// What the address of the editor says: which revision it begins with, or that the policy is to go.
import { compact, searchChoice } from '../../parts/search-state.ts';
import { searchDigest } from '../policy/search.ts';

/** State of the page. */
export interface EditSearch {
  /** Digest of the revision whose text it begins with; absent: the one in force. */
  readonly from?: string;
  readonly act?: 'delete';
}

/** Leaves out what does not fit. */
export function parseSearch(raw: Record<string, unknown>): EditSearch & Record<string, unknown> {
  return compact({ from: searchDigest(raw.from), act: searchChoice(raw.act, ['delete'] as const) });
}
