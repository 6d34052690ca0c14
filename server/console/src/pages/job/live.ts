// A job as it goes on: progress, runs and output by server-sent events, put into what the page shows.
import type { RunState } from '@muster/protocol';
import { type InfiniteData, type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useAgain } from '../../parts/again.ts';
import { useStream } from '../../parts/stream.ts';
import type { Page } from '../../parts/table/column.ts';
import type { Job, RunSummary } from '../../signing/api.ts';

/** Runs that changed are put into the list together, ms; and so soon it is tried again while the list is being read. */
const FLUSH_MS = 250;
/** Devices whose output is shown as it comes, and characters of each; the end is kept. */
const MAX_LIVE_DEVICES = 40;
const MAX_LIVE_CHARS = 20_000;

/** What came live. */
export interface LiveOutput {
  /** Output by device, the last part of it. */
  readonly outputs: ReadonlyMap<string, string>;
  /** Events that the server left out. */
  readonly dropped: number;
}

const nothing: LiveOutput = { outputs: new Map(), dropped: 0 };

interface RunChange {
  readonly deviceId: string;
  readonly state: RunState;
  readonly code: string | null;
  readonly message: string;
}

/** Lists of runs of a job; the run that is looked at closely is read by itself. */
const listsOf = (id: string) => ({
  queryKey: ['runs', id],
  predicate: ({ queryKey }: { readonly queryKey: readonly unknown[] }) => queryKey[2] !== 'one',
});

function putRuns(queries: QueryClient, id: string, changes: ReadonlyMap<string, RunChange>): void {
  queries.setQueriesData<InfiniteData<Page<RunSummary>>>(listsOf(id), (old) =>
    old === undefined
      ? old
      : {
          ...old,
          pages: old.pages.map((page) => ({
            ...page,
            items: page.items.map((run) => {
              const change = changes.get(run.deviceId);
              return change === undefined ? run : { ...run, ...change, at: new Date().toISOString() };
            }),
          })),
        },
  );
}

function addOutput(before: LiveOutput, deviceId: string, text: string): LiveOutput {
  const outputs = new Map(before.outputs);
  const old = outputs.get(deviceId);
  if (old === undefined && outputs.size >= MAX_LIVE_DEVICES) return before;
  outputs.set(deviceId, `${old ?? ''}${text}`.slice(-MAX_LIVE_CHARS));
  return { ...before, outputs };
}

/** Changes of runs, gathered. */
function useRunChanges(id: string): (change: RunChange) => void {
  const queries = useQueryClient();
  const waiting = useRef(new Map<string, RunChange>());
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return useCallback(
    (change) => {
      function flush(): void {
        // An answer that is on its way may be older than these, and would be put in their place.
        const isReading = queries.isFetching(listsOf(id)) > 0;
        timer.current = isReading ? setTimeout(flush, FLUSH_MS) : undefined;
        if (isReading) return;
        putRuns(queries, id, waiting.current);
        waiting.current = new Map();
      }
      waiting.current.set(change.deviceId, change);
      timer.current ??= setTimeout(flush, FLUSH_MS);
    },
    [queries, id],
  );
}

/** Watches a job while it is not over. */
export function useLiveJob(id: string, job: Job | undefined): LiveOutput {
  const queries = useQueryClient();
  const [live, setLive] = useState(nothing);
  const onRun = useRunChanges(id);
  const isOpen = job !== undefined && job.endedAt === null;
  const changed = useAgain();
  const all = ['job', 'runs', 'outputs'].map((key) => [key, id]);
  useStream(isOpen ? `/api/v1/jobs/${id}/events` : null, {
    open: () => changed(...all),
    progress(data) {
      const progress = data as Pick<Job, 'state' | 'counts' | 'held'>;
      queries.setQueryData<Job>(['job', id], (old) => (old === undefined ? old : { ...old, ...progress }));
    },
    run: (data) => onRun(data as RunChange),
    output(data) {
      const { deviceId, text } = data as { readonly deviceId: string; readonly text: string };
      setLive((before) => addOutput(before, deviceId, text));
    },
    dropped(data) {
      const { events } = data as { readonly events: number };
      setLive((before) => ({ ...before, dropped: before.dropped + events }));
    },
    end: () => changed(...all),
  });
  return live;
}
