// What the address of the library says: what is looked for, and which one is open.
import { compact, searchChoice, searchText } from '../../parts/search-state.ts';

export const uses = ['script', 'file'] as const;
export const contentStates = ['approved', 'awaiting-signatures'] as const;

export interface ScriptsState {
  readonly q?: string;
  readonly use?: (typeof uses)[number];
  readonly state?: (typeof contentStates)[number];
  /** Digest of the one that is open; `new`: one is added. */
  readonly show?: string;
}

/** Pure: what fits. */
export function scriptsSearch(raw: Record<string, unknown>): ScriptsState & Record<string, unknown> {
  return compact({
    q: searchText(raw.q),
    use: searchChoice(raw.use, uses),
    state: searchChoice(raw.state, contentStates),
    show: searchText(raw.show),
  });
}
