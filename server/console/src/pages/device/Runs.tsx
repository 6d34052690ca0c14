// What was ordered of this device and what became of it, with the output of each run.
import { Stack } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useSettled } from '../../app/settled.ts';
import { useText } from '../../app/text.ts';
import { Empty } from '../../parts/Empty.tsx';
import { useSearchState } from '../../parts/search-state.ts';
import type { Column, Source } from '../../parts/table/column.ts';
import { DataTable } from '../../parts/table/DataTable.tsx';
import { replaceRows } from '../../parts/table/rows.ts';
import { When } from '../../parts/When.tsx';
import { RunStatus } from '../../signing/states.tsx';
import { DeviceLink } from './DeviceLink.tsx';
import { keys, loadRuns } from './data.ts';
import { RunOutput } from './RunOutput.tsx';
import { type DeviceSearch, parseSearch } from './search.ts';
import { text } from './text-work.ts';
import type { Device, DeviceRun } from './types.ts';

/** How often the newest are asked for while somebody looks, ms: no stream tells of the runs of one device. */
const EVERY_MS = 2_000;

const tableKey = (id: string) => [...keys.runs(id), 'table'] as const;
const idOf = ({ job }: DeviceRun) => job;

/** Keeps what is shown as it is now: rows in place, new ones by reading the list again. */
function useLive(id: string): void {
  const queries = useQueryClient();
  useQuery({
    queryKey: ['device-runs-now', id],
    queryFn: async () => {
      const { runs } = await loadRuns(id, null);
      const queryKey = tableKey(id);
      const lists = queries.getQueriesData<{ pages: { items: DeviceRun[] }[] }>({ queryKey });
      replaceRows(queries, queryKey, { rows: runs, idOf });
      const isNew = lists.some(
        ([, data]) => data !== undefined && data.pages[0]?.items[0]?.job !== runs[0]?.job,
      );
      if (isNew) await queries.invalidateQueries({ queryKey });
      return runs.length;
    },
    refetchInterval: EVERY_MS,
  });
}

export function Runs({ device }: { readonly device: Device }) {
  const say = useText(text);
  const [{ job }, set] = useSearchState<DeviceSearch>(parseSearch);
  const columns = useRunColumns();
  const [isShown, setShown] = useState(false);
  // A list under an output that is still to come would be moved by it.
  const isPlaced = useSettled(job !== undefined && !isShown);
  useLive(device.id);
  const source = useMemo<Source<DeviceRun>>(
    () => ({
      key: tableKey(device.id),
      load: async ({ cursor, limit }) => {
        const { runs, next } = await loadRuns(device.id, cursor, Math.min(limit, 100));
        return { items: runs, next };
      },
    }),
    [device.id],
  );
  return (
    <Stack gap="md">
      {job !== undefined && (
        <RunOutput
          device={device}
          job={job}
          onShown={() => setShown(true)}
          onClose={() => set({ job: null })}
        />
      )}
      {isPlaced && (
        <DataTable<DeviceRun>
          name="device-runs"
          label={say('runsLabel')}
          columns={columns}
          source={source}
          idOf={idOf}
          nameOf={(run) => `${run.kind} ${run.reason}`}
          onOpen={(run) => set({ job: run.job })}
          height="max(280px, calc(100dvh - 330px))"
          empty={<Empty title={say('noRuns')} why={say('noRunsWhy')} docs="architecture/commands" />}
        />
      )}
    </Stack>
  );
}

function useRunColumns(): Column<DeviceRun>[] {
  const say = useText(text);
  return useMemo(
    () => [
      {
        id: 'kind',
        header: say('kind'),
        width: 180,
        cell: (run) => <DeviceLink search={{ tab: 'runs', job: run.job }}>{run.kind}</DeviceLink>,
        value: (run) => run.kind,
      },
      {
        id: 'state',
        header: say('state'),
        width: 150,
        cell: (run) => <RunStatus state={run.state} />,
        value: (run) => run.state,
      },
      {
        id: 'reason',
        header: say('reason'),
        width: 260,
        cell: (run) => <span title={run.reason}>{run.reason}</span>,
        value: (run) => run.reason,
      },
      {
        id: 'at',
        header: say('when'),
        width: 150,
        cell: (run) => <When at={run.at ?? run.createdAt} />,
        value: (run) => run.at ?? run.createdAt,
      },
      {
        id: 'code',
        header: say('code'),
        width: 150,
        cell: (run) => run.code ?? '',
        value: (run) => run.code,
      },
      {
        id: 'exit',
        header: say('exit'),
        width: 100,
        isNumeric: true,
        cell: (run) => run.exit ?? '',
        value: (run) => run.exit,
      },
      {
        id: 'requester',
        header: say('requester'),
        width: 120,
        cell: (run) => run.requester,
        value: (run) => run.requester,
      },
    ],
    [say],
  );
}
