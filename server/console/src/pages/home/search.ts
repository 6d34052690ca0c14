// What the address of Home says: how far back the course of the fleet goes.
import { compact, searchChoice } from '../../parts/search-state.ts';

/** State of the page. */
export interface HomeSearch {
  /** Absent: a day. */
  readonly range?: '30d';
}

/** Pure: the state out of the address. */
export function parseSearch(raw: Record<string, unknown>): HomeSearch {
  return compact({ range: searchChoice(raw.range, ['30d']) });
}
