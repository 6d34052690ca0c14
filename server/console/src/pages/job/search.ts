// What the address of a job says: the tab, the runs that are shown, one run and a line of its output.
import { compact, searchChoice, searchNumber, searchText } from '../../parts/search-state.ts';

export const tabs = ['devices', 'outputs', 'details'] as const;

export interface JobState {
  readonly tab?: (typeof tabs)[number];
  readonly state?: string;
  /** Hash of an output: only runs that printed it. */
  readonly output?: string;
  /** Looked for in outputs. */
  readonly q?: string;
  /** Device whose run is open. */
  readonly run?: string;
  /** Line of its output. */
  readonly line?: number;
}

/** Pure: what fits. */
export function jobSearch(raw: Record<string, unknown>): JobState & Record<string, unknown> {
  return compact({
    tab: searchChoice(raw.tab, tabs),
    state: searchText(raw.state),
    output: searchText(raw.output),
    q: searchText(raw.q),
    run: searchText(raw.run),
    line: searchNumber(raw.line, { min: 1, max: 1_000_000 }),
  });
}
