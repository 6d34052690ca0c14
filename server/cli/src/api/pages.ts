// Reads as many pages of a list as are wanted.

/** Rows the server gives in one page at most. */
export const MAX_PAGE_ROWS = 500;

/** A page as the API answers it. */
export interface Page<T> {
  readonly items: T[];
  readonly next: string | null;
}

/** A list as every command prints it, whatever the API calls the rows. */
export function pageOf<T>(items: readonly T[], next: string | null = null): Page<T> {
  return { items: [...items], next };
}

/** Where a page begins and how long it is. */
export interface PageRequest {
  readonly limit: number;
  readonly cursor?: string;
}

/**
 * Reads pages until `wanted` rows are there or the list ends. The result is the page the API would have answered,
 * had it no limit; other fields are those of the first page.
 */
export async function collectPages<P extends Page<unknown>>(
  fetchPage: (request: PageRequest) => Promise<P>,
  { wanted, onPage }: { readonly wanted: number; readonly onPage?: ((rows: number) => void) | undefined },
): Promise<P> {
  const first = await fetchPage({ limit: Math.min(wanted, MAX_PAGE_ROWS) });
  const items = [...first.items];
  let next = first.next;
  onPage?.(items.length);
  while (next !== null && items.length < wanted) {
    const page = await fetchPage({ limit: Math.min(wanted - items.length, MAX_PAGE_ROWS), cursor: next });
    items.push(...page.items);
    next = page.next;
    onPage?.(items.length);
  }
  return { ...first, items, next };
}
