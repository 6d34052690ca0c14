// Where the rows of the list come from, and how changes reach them while one looks.
import { MAX_LIST_ELEMENTS } from '@muster/protocol/language';
import { useQueryClient } from '@tanstack/react-query';
import { useMemo, useRef, useState } from 'react';
import { api, take } from '../../api/client.ts';
import { usePaced } from '../../parts/again.ts';
import { useStream } from '../../parts/stream.ts';
import type { Source } from '../../parts/table/column.ts';
import { replaceRows } from '../../parts/table/rows.ts';
import type { DeviceSort } from './search.ts';

async function readPage(query: {
  readonly on?: string;
  readonly group?: string;
  readonly sort?: DeviceSort;
  readonly cursor?: string;
  readonly limit: number;
  readonly fields: string;
}) {
  return take(api.GET('/api/v1/devices', { params: { query } }));
}

/** A device of the list; its facts are there when a column shows one. */
export type DeviceRow = Awaited<ReturnType<typeof readPage>>['items'][number];

const FIELDS =
  'id,hostname,state,presence,platform,agentVersion,labels,fingerprint,enrolledAt,onlineSince,lastSeenAt';

function fieldsOf(withFacts: boolean): string {
  return withFacts ? `${FIELDS},facts` : FIELDS;
}

/** What narrows the list. */
export interface Narrowed {
  /** Expression; '' means all. */
  readonly on: string;
  /** Id of a group; absent: all. */
  readonly group: string | undefined;
}

/** Rows that fit. */
export function useDevices({ on, group }: Narrowed, withFacts: boolean): Source<DeviceRow> {
  return useMemo(
    () => ({
      key: ['devices', 'list', { on, group, withFacts }],
      load: ({ cursor, sort, limit }) =>
        readPage({
          limit,
          fields: fieldsOf(withFacts),
          ...(on === '' ? {} : { on }),
          ...(group === undefined ? {} : { group }),
          ...(cursor === null ? {} : { cursor }),
          ...(sort === undefined ? {} : { sort: sort as DeviceSort }),
        }),
    }),
    [on, group, withFacts],
  );
}

/** The devices that an event names; null: it only says that there were many. */
function idsOf(data: unknown): readonly string[] | null {
  if (typeof data !== 'object' || data === null || !('devices' in data) || !Array.isArray(data.devices))
    return null;
  return data.devices.flatMap((device: unknown) =>
    typeof device === 'object' && device !== null && 'id' in device && typeof device.id === 'string'
      ? [device.id]
      : [],
  );
}

/** An expression that means these devices. */
export function namedExpression(ids: readonly string[]): string {
  return `id in [${ids.map((id) => JSON.stringify(id)).join(', ')}]`;
}

/** So many ids fit into one expression. */
export const MAX_NAMED = Math.min(60, MAX_LIST_ELEMENTS);

/** Loaded pages of the list, of whatever order. */
type Pages = readonly { readonly items: readonly DeviceRow[] }[];

/**
 * Keeps rows fresh in place by the stream of changes. What no longer fits, or newly does, changes the order of the list:
 * that is told (`isStale`) and not done under the reader's hands, but while only the first page is loaded.
 */
export function useFresh(source: Source<DeviceRow>, withFacts: boolean) {
  const queries = useQueryClient();
  const [isStale, setStale] = useState(false);
  const waiting = useRef(new Set<string>());
  const isDoubted = useRef(false);

  const isReading = () => queries.isFetching({ queryKey: source.key }) > 0;

  /** All of the first page where it is not known what changed, or others may stand in it now; else rows, some at a time. */
  async function takeUp(): Promise<void> {
    if (!isDoubted.current) await replaceSome();
    else if (!isReading()) {
      isDoubted.current = false;
      waiting.current.clear();
      await queries.invalidateQueries({ queryKey: source.key });
    }
    if (isDoubted.current || waiting.current.size > 0) ask();
  }
  const ask = usePaced(takeUp);

  async function replaceSome(): Promise<void> {
    const ids = [...waiting.current].slice(0, MAX_NAMED);
    if (ids.length === 0) return;
    for (const id of ids) waiting.current.delete(id);
    try {
      const on = namedExpression(ids);
      const page = await readPage({ on, limit: MAX_NAMED, fields: fieldsOf(withFacts) });
      replaceRows(queries, source.key, { rows: page.items, idOf: ({ id }) => id ?? '' });
      // A page that is on its way is put behind the rows as they were when it was asked for.
      if (isReading()) for (const id of ids) waiting.current.add(id);
    } catch {
      // The list itself says what is wrong with the server; these rows are as old as they look.
      setStale(true);
    }
  }

  /** Rows on the screen. */
  function readLoaded(): { readonly pages: Pages; readonly known: ReadonlySet<string | undefined> } {
    const filter = { queryKey: source.key, type: 'active' } as const;
    const found = queries.getQueriesData<{ readonly pages: Pages }>(filter);
    const pages = found.flatMap(([, list]) => list?.pages ?? []);
    return { pages, known: new Set(pages.flatMap(({ items }) => items.map(({ id }) => id))) };
  }

  /** Other rows may have come, or these may stand elsewhere. */
  function doubt(pages: Pages): void {
    if (pages.length > 1) setStale(true);
    else {
      isDoubted.current = true;
      ask();
    }
  }

  function onDevices(data: unknown): void {
    const ids = idsOf(data);
    const { pages, known } = readLoaded();
    const changed = ids?.filter((id) => known.has(id)) ?? [];
    for (const id of changed) waiting.current.add(id);
    if (changed.length > 0) ask();
    if (ids === null || changed.length < ids.length) doubt(pages);
  }

  function reload(): void {
    setStale(false);
    void queries.resetQueries({ queryKey: source.key });
  }

  useStream('/api/v1/events', {
    device: onDevices,
    open() {
      // Pages that are being read are read again: that they may be older than the connection is no change of the list.
      if (isReading()) void queries.invalidateQueries({ queryKey: source.key });
      else doubt(readLoaded().pages);
      void queries.invalidateQueries({ queryKey: ['devices', 'count'] });
    },
  });
  return { isStale, reload };
}
