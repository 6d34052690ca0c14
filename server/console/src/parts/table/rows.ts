// The rows of a table: pages loaded as one scrolls, and changed in place when something happens.
import {
  type InfiniteData,
  keepPreviousData,
  type QueryClient,
  useInfiniteQuery,
} from '@tanstack/react-query';
import { useMemo } from 'react';
import { PAGE_ROWS, type Page, type Source } from './column.ts';

type Pages<Row> = InfiniteData<Page<Row>, string | null>;

/** Rows so far and how to get more. */
export function useRows<Row>(source: Source<Row>, sort: string | undefined) {
  const query = useInfiniteQuery({
    queryKey: [...source.key, { sort }],
    queryFn: ({ pageParam, signal }) => source.load({ cursor: pageParam, sort, signal, limit: PAGE_ROWS }),
    initialPageParam: null as string | null,
    getNextPageParam: (last: Page<Row>) => last.next,
    placeholderData: keepPreviousData,
    // Reading all pages again because somebody came back to the tab would be much; streams tell what changed.
    refetchOnWindowFocus: false,
  });
  const { data } = query;
  const rows = useMemo(() => data?.pages.flatMap(({ items }) => items) ?? [], [data]);
  const first = data?.pages[0];
  const isWhole = data?.pages.at(-1)?.next === null;
  const count = first?.count ?? (isWhole ? rows.length : null);
  return { query, rows, count };
}

/** Puts newer versions of rows in the place of those that are shown; rows that are not shown are left out. */
export function replaceRows<Row>(
  queries: QueryClient,
  key: readonly unknown[],
  { rows, idOf }: { readonly rows: readonly Row[]; readonly idOf: (row: Row) => string },
): void {
  const byId = new Map(rows.map((row) => [idOf(row), row]));
  queries.setQueriesData<Pages<Row>>({ queryKey: key }, (old) =>
    old === undefined
      ? old
      : {
          ...old,
          pages: old.pages.map((page) =>
            page.items.some((item) => byId.has(idOf(item)))
              ? { ...page, items: page.items.map((item) => byId.get(idOf(item)) ?? item) }
              : page,
          ),
        },
  );
}
