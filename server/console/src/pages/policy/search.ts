// What the address of a policy says: which revision, which part of it, which two are compared.
import { compact, searchChoice, searchText } from '../../parts/search-state.ts';

export const tabs = ['rules', 'file', 'history'] as const;
export type Tab = (typeof tabs)[number];

/** State of the page. */
export interface PolicySearch {
  readonly tab?: Tab;
  /** Digest of the revision that is shown; absent: the one in force, else the newest. */
  readonly revision?: string;
  /** Digests of the two that are compared. */
  readonly from?: string;
  readonly to?: string;
}

/** Pure: the digest of a revision, or undefined. */
export function searchDigest(value: unknown): string | undefined {
  const found = searchText(value);
  return found !== undefined && /^[A-Za-z0-9_-]{43}$/.test(found) ? found : undefined;
}

/** Leaves out what does not fit. */
export function parseSearch(raw: Record<string, unknown>): PolicySearch & Record<string, unknown> {
  return compact({
    tab: searchChoice(raw.tab, tabs),
    revision: searchDigest(raw.revision),
    from: searchDigest(raw.from),
    to: searchDigest(raw.to),
  });
}
