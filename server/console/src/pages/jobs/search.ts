// What the address of the list of jobs says: its filters.
import { compact, searchText } from '../../parts/search-state.ts';

export interface JobsState {
  readonly state?: string;
  readonly kind?: string;
  readonly by?: string;
  readonly columns?: string;
}

/** Pure: what fits. */
export function jobsSearch(raw: Record<string, unknown>): JobsState & Record<string, unknown> {
  return compact({
    state: searchText(raw.state),
    kind: searchText(raw.kind),
    by: searchText(raw.by),
    columns: searchText(raw.columns),
  });
}
