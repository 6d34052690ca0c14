// What the address of the alerts page says: tab and filters.
import { compact, searchChoice, searchNumber } from '../../parts/search-state.ts';

export const tabs = ['alerts', 'routing', 'log', 'limits'] as const;

/** What the list can be narrowed to. */
export const shownStates = ['open', 'unacknowledged', 'cleared'] as const;
export type Shown = (typeof shownStates)[number];

/** State of the page. */
export interface AlertsSearch {
  readonly tab?: (typeof tabs)[number];
  readonly state?: Shown;
  /** The one that is shown beside the list. */
  readonly alert?: number;
  /** Of the log. */
  readonly sent?: 'waiting' | 'sent' | 'dead';
}

/** Pure: the state out of the address. */
export function parseSearch(raw: Record<string, unknown>): AlertsSearch {
  return compact({
    tab: searchChoice(raw.tab, tabs),
    state: searchChoice(raw.state, shownStates),
    alert: searchNumber(raw.alert, { min: 1, max: Number.MAX_SAFE_INTEGER }),
    sent: searchChoice(raw.sent, ['waiting', 'sent', 'dead']),
  });
}
