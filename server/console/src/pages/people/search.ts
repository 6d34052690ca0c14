// What the address of people says: who is shown.
import { compact, searchText } from '../../parts/search-state.ts';

/** State of the page. */
export interface PeopleSearch {
  /** Person who is shown, by id. */
  readonly person?: string;
}

/** Pure: the state out of the address. */
export function parseSearch(raw: Record<string, unknown>): PeopleSearch {
  return compact({ person: searchText(raw.person) });
}
