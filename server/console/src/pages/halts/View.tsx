// Halts: what stands still, since when and why; halt something more; how to lift one.
import { Button, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { api, take } from '../../api/client.ts';
import { useText } from '../../app/text.ts';
import { Command } from '../../parts/Command.tsx';
import { Dialog } from '../../parts/Dialog.tsx';
import { Empty } from '../../parts/Empty.tsx';
import { PageHead } from '../../parts/PageHead.tsx';
import { Status } from '../../parts/Status.tsx';
import type { Column, Source } from '../../parts/table/column.ts';
import { DataTable } from '../../parts/table/DataTable.tsx';
import { When } from '../../parts/When.tsx';
import type { HaltView } from '../../signing/api.ts';
import { GoLink } from '../../signing/Go.tsx';
import { HaltDialog } from '../../signing/HaltDialog.tsx';
import { useTrust } from '../../signing/me.ts';
import { text } from './text.ts';

/** How often it is looked what changed, ms. */
const EVERY_MS = 5_000;

const tones = { 'in-force': 'warn', lifted: 'idle', over: 'idle' } as const;

const source: Source<HaltView> = {
  key: ['halts', 'list'],
  load: async () => {
    const { halts } = await take(api.GET('/api/v1/halts'));
    return { items: halts, next: null, count: halts.length };
  },
};

export function View() {
  const say = useText(text);
  const queries = useQueryClient();
  const [isHalting, setHalting] = useState(false);
  const [lifted, setLifted] = useState<HaltView | null>(null);
  const columns = useColumns(setLifted);
  useEffect(() => {
    const timer = setInterval(() => void queries.invalidateQueries({ queryKey: ['halts'] }), EVERY_MS);
    return () => clearInterval(timer);
  }, [queries]);
  return (
    <>
      <PageHead
        title={say('title')}
        docs="architecture/commands"
        actions={
          <Button color="red" onClick={() => setHalting(true)}>
            {say('halt')}
          </Button>
        }
      />
      <DataTable
        name="halts"
        label={say('title')}
        columns={columns}
        source={source}
        idOf={({ id }) => id}
        nameOf={({ id }) => id}
        empty={
          <Empty
            title={say('emptyTitle')}
            why={say('emptyWhy')}
            action={{ label: say('halt'), onClick: () => setHalting(true) }}
          />
        }
      />
      <HaltDialog opened={isHalting} onClose={() => setHalting(false)} />
      <Dialog opened={lifted !== null} onClose={() => setLifted(null)} title={say('liftTitle')} size="lg">
        {lifted !== null && <Lift halt={lifted} />}
      </Dialog>
    </>
  );
}

function Lift({ halt: { id } }: { readonly halt: HaltView }) {
  const say = useText(text);
  const { data: trust } = useTrust();
  const lines =
    trust?.mode === 'hardened'
      ? [
          { label: say('first'), line: `muster lift ${id} --out lift.json` },
          { label: say('second'), line: `muster lift ${id} --with lift.json` },
        ]
      : [{ label: say('one'), line: `muster lift ${id}` }];
  return (
    <Stack gap="sm">
      <Text size="sm">{say('liftWhy')}</Text>
      {lines.map(({ label, line }) => (
        <Stack key={line} gap={2}>
          <Text size="xs" c="dimmed">
            {label}
          </Text>
          <Command command={line} />
        </Stack>
      ))}
    </Stack>
  );
}

function What({ halt: { what, scope } }: { readonly halt: HaltView }) {
  const say = useText(text);
  if (what === 'command') return <GoLink to={`/jobs/${scope}`}>{say('command', { scope })}</GoLink>;
  return what === 'kind' ? say('kind', { scope }) : say('all');
}

function useColumns(onLift: (halt: HaltView) => void): readonly Column<HaltView>[] {
  const say = useText(text);
  return useMemo(
    () => [
      {
        id: 'what',
        header: say('what'),
        width: 240,
        cell: (halt) => <What halt={halt} />,
        value: ({ what, scope }) => `${what} ${scope}`,
      },
      {
        id: 'state',
        header: say('state'),
        width: 130,
        cell: ({ state }) => <Status tone={tones[state]} word={say(state)} />,
        value: ({ state }) => state,
      },
      {
        id: 'reason',
        header: say('reason'),
        width: 220,
        cell: ({ reason }) => reason,
        value: ({ reason }) => reason,
      },
      {
        id: 'by',
        header: say('by'),
        width: 110,
        cell: ({ requester }) => requester,
        value: ({ requester }) => requester,
      },
      { id: 'at', header: say('at'), width: 140, cell: ({ at }) => <When at={at} />, value: ({ at }) => at },
      {
        id: 'until',
        header: say('until'),
        width: 140,
        cell: ({ until, liftedAt }) => <When at={liftedAt ?? until} />,
        value: ({ until }) => until,
      },
      {
        id: 'lift',
        header: say('lift'),
        width: 120,
        cell: (halt) =>
          halt.state === 'in-force' && (
            <Button size="compact-xs" variant="default" onClick={() => onLift(halt)}>
              {say('lift')}
            </Button>
          ),
      },
    ],
    [say, onLift],
  );
}
