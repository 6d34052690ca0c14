// What the address of the audit says: its filters.
import { compact, searchChoice, searchText } from '../../parts/search-state.ts';

/** State of the page; all of it narrows the list. */
export interface AuditSearch {
  readonly act?: string;
  readonly actor?: string;
  readonly subject?: string;
  readonly outcome?: 'done' | 'refused';
  /** Moments, RFC 3339 or a day. */
  readonly from?: string;
  readonly to?: string;
}

/** Pure: the state out of the address. */
export function parseSearch(raw: Record<string, unknown>): AuditSearch {
  return compact({
    act: searchText(raw.act),
    actor: searchText(raw.actor),
    subject: searchText(raw.subject),
    outcome: searchChoice(raw.outcome, ['done', 'refused']),
    from: searchText(raw.from),
    to: searchText(raw.to),
  });
}
