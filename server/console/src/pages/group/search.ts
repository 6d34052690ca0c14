// What the address of a group says: whose membership is explained.
import { compact, searchText } from '../../parts/search-state.ts';

/** State of the page. */
export interface GroupSearch {
  /** Device whose membership is explained, by id. */
  readonly why?: string;
}

/** Pure: the state out of the address. */
export function parseSearch(raw: Record<string, unknown>): GroupSearch {
  return compact({ why: searchText(raw.why) });
}
