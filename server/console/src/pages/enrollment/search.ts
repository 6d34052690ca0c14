// What the address of enrollment says: whether the dialog is open.
import { compact, searchChoice } from '../../parts/search-state.ts';

/** State of the page. */
export interface EnrollmentSearch {
  /** The dialog for a new token is open. */
  readonly new?: 'yes';
}

/** Pure: the state out of the address. */
export function parseSearch(raw: Record<string, unknown>): EnrollmentSearch {
  return compact({ new: searchChoice(raw.new, ['yes']) });
}
