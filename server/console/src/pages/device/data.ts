// What the page reads of a device, each piece under a key of its own, so that a change reads only that piece again.
import { isFinal } from '@muster/protocol';
import { queryOptions, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { api, take } from '../../api/client.ts';
import { panelMetrics } from '../../charts/panels.ts';
import type { TimeRange } from '../../charts/range.ts';
import type { Row, SectionPage } from './types.ts';

/** Rows of one request. */
const PAGE_ROWS = 500;
/** Rows of a section that are read in all; the largest there is has a few hundred. */
const MAX_SECTION_ROWS = 5_000;

/** First parts of the keys, for telling what is to be read again. */
export const keys = {
  device: (id: string) => ['device', id] as const,
  inventory: (id: string) => ['device', id, 'inventory'] as const,
  alerts: (id: string) => ['device', id, 'alerts'] as const,
  runs: (id: string) => ['device', id, 'runs'] as const,
};

const at = (moment: string | undefined) => (moment === undefined ? {} : { at: moment });

export function useDevice(id: string) {
  return useQuery({
    queryKey: [...keys.device(id), 'head'],
    queryFn: () => take(api.GET('/api/v1/devices/{id}', { params: { path: { id } } })),
  });
}

/** Meaning of sections and columns; the same for all devices. */
export function useSections() {
  return useQuery({
    queryKey: ['sections'],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async () => {
      const { items } = await take(api.GET('/api/v1/sections', { params: { query: {} } }));
      return new Map(items.map((section) => [section.name, section]));
    },
  });
}

export function useLatest(id: string, isOnline: boolean) {
  return useQuery({
    queryKey: [...keys.device(id), 'latest', isOnline],
    retry: false,
    refetchInterval: isOnline ? 30_000 : false,
    queryFn: () => take(api.GET('/api/v1/devices/{id}/metrics/latest', { params: { path: { id } } })),
  });
}

export function useInventory(id: string, moment?: string) {
  return useQuery({
    queryKey: [...keys.inventory(id), 'sections', moment ?? null],
    queryFn: () =>
      take(api.GET('/api/v1/devices/{id}/inventory', { params: { path: { id }, query: at(moment) } })),
  });
}

/** A section with all its rows. */
export interface WholeSection extends Omit<SectionPage, 'items' | 'next'> {
  readonly rows: readonly Row[];
}

async function readSection(id: string, section: string, moment: string | undefined): Promise<WholeSection> {
  const rows: Row[] = [];
  let cursor: string | null = null;
  for (;;) {
    const query = { ...at(moment), limit: PAGE_ROWS, ...(cursor === null ? {} : { cursor }) };
    const page: SectionPage = await take(
      api.GET('/api/v1/devices/{id}/inventory/{section}', { params: { path: { id, section }, query } }),
    );
    rows.push(...page.items);
    cursor = page.next;
    if (cursor === null || rows.length >= MAX_SECTION_ROWS) return { ...page, rows };
  }
}

export function sectionQuery(id: string, section: string, moment?: string) {
  return queryOptions({
    queryKey: [...keys.inventory(id), 'section', section, moment ?? null],
    queryFn: () => readSection(id, section, moment),
  });
}

/** Asks the device itself, now and every few seconds while it is shown. */
export function useLiveSection(id: string, section: string, everyMs: number | false) {
  return useQuery({
    queryKey: [...keys.device(id), 'live', section],
    retry: false,
    refetchInterval: everyMs,
    queryFn: () =>
      take(api.GET('/api/v1/devices/{id}/live/{section}', { params: { path: { id, section }, query: {} } })),
  });
}

/** Which time is shown: so long until now, or exact ends. */
export type RangeWish = { readonly lengthMs: number } | TimeRange;

/** The ends of a wish at this moment. */
export function endsOf(wish: RangeWish, nowMs: number): TimeRange {
  return 'lengthMs' in wish ? { fromMs: nowMs - wish.lengthMs, toMs: nowMs } : wish;
}

const iso = (ms: number) => new Date(ms).toISOString();

/** Measurements of the charts, and the range they are of. What ends now is read again each minute. */
export function useMetrics(id: string, wish: RangeWish) {
  return useQuery({
    queryKey: [...keys.device(id), 'metrics', wish],
    placeholderData: (before) => before,
    refetchInterval: 'lengthMs' in wish ? 60_000 : false,
    queryFn: async () => {
      const ends = endsOf(wish, Date.now());
      const query = { series: [...panelMetrics], from: iso(ends.fromMs), to: iso(ends.toMs), fresh: true };
      const range = await take(
        api.GET('/api/v1/devices/{id}/metrics', {
          params: { path: { id }, query: { ...query, format: 'json' } },
        }),
      );
      return { range, ends };
    },
  });
}

/** Changes of the inventory in a range, for the marks of the charts: the newest hundred. */
export function useMarks(id: string, wish: RangeWish) {
  return useQuery({
    queryKey: [...keys.inventory(id), 'marks', wish],
    placeholderData: (before) => before,
    queryFn: async () => {
      const { fromMs, toMs } = endsOf(wish, Date.now());
      const query = { from: iso(fromMs), to: iso(toMs), limit: 100 };
      const { items } = await take(
        api.GET('/api/v1/devices/{id}/timeline', { params: { path: { id }, query } }),
      );
      return items.filter(({ kind }) => kind !== 'first');
    },
  });
}

/** A page that says where the next begins. */
interface Page {
  readonly next: string | null;
}

function loadChanges(id: string, cursor: string | null) {
  const query = { limit: 30, ...(cursor === null ? {} : { cursor }) };
  return take(api.GET('/api/v1/devices/{id}/timeline', { params: { path: { id }, query } }));
}

/** Changes of the inventory, newest first, page by page. */
export function useTimeline(id: string, isWanted: boolean) {
  return useInfiniteQuery({
    queryKey: [...keys.inventory(id), 'timeline'],
    enabled: isWanted,
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }) => loadChanges(id, pageParam),
    getNextPageParam: ({ next }: Page) => next,
  });
}

/** Runs of the device, newest first. A page may be empty and have another. */
export async function loadRuns(id: string, after: string | null, limit = 50) {
  const query = { limit, ...(after === null ? {} : { after: Number(after) }) };
  return await take(api.GET('/api/v1/devices/{id}/runs', { params: { path: { id }, query } }));
}

export function useRuns(id: string, isWanted: boolean) {
  return useInfiniteQuery({
    queryKey: [...keys.runs(id), 'pages'],
    enabled: isWanted,
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }) => loadRuns(id, pageParam),
    getNextPageParam: ({ next }: Page) => next,
  });
}

/** Alerts of the device, open ones first: the newest hundred. */
export function useAlerts(id: string, isWanted = true) {
  return useQuery({
    queryKey: [...keys.alerts(id), 'newest'],
    enabled: isWanted,
    queryFn: async () => {
      const query = { device: id, limit: 100 };
      return (await take(api.GET('/api/v1/alerts', { params: { query } }))).items;
    },
  });
}

/** How often a run is asked for until it is over, ms. */
const RUN_EVERY_MS = 2_000;

/** One run with its output. */
export function useRun(id: string, job: string) {
  return useQuery({
    queryKey: [...keys.runs(id), 'one', job],
    refetchInterval: ({ state: { data } }) =>
      data !== undefined && isFinal(data.state) ? false : RUN_EVERY_MS,
    queryFn: () =>
      take(api.GET('/api/v1/jobs/{id}/runs/{deviceId}', { params: { path: { id: job, deviceId: id } } })),
  });
}

/** What is compared; absent moments are now. */
export interface Sides {
  readonly with?: string | undefined;
  readonly before?: string | undefined;
  readonly after?: string | undefined;
}

export function useDifferences(id: string, { with: other, before, after }: Sides, isWanted: boolean) {
  return useQuery({
    queryKey: [...keys.inventory(id), 'diff', other ?? null, before ?? null, after ?? null],
    enabled: isWanted,
    queryFn: async () => {
      const query = {
        ...(other === undefined ? {} : { with: other }),
        ...(before === undefined ? {} : { from: before }),
        ...(after === undefined ? {} : { to: after }),
      };
      return (await take(api.GET('/api/v1/devices/{id}/diff', { params: { path: { id }, query } }))).items;
    },
  });
}
