// Where one is signed in, and the end of it.
import { Button, Table, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { api, take } from '../../api/client.ts';
import { signOut } from '../../app/session.ts';
import { useText } from '../../app/text.ts';
import { Loaded } from '../../parts/Loaded.tsx';
import { useMethod, useProgram } from '../../parts/program-words.ts';
import { RowButton } from '../../parts/RowButton.tsx';
import { ShortTable } from '../../parts/ShortTable.tsx';
import { When } from '../../parts/When.tsx';
import { useAct } from './account.ts';
import { Section } from './Section.tsx';
import { text } from './text.ts';

const KEY = ['me', 'sessions'] as const;

async function readSessions() {
  return take(api.GET('/api/v1/me/sessions'));
}

export function Sessions() {
  const say = useText(text);
  const queries = useQueryClient();
  const list = useQuery({ queryKey: KEY, queryFn: readSessions });
  const { act, isBusy } = useAct();
  const others = (
    <Button
      size="compact-sm"
      variant="default"
      disabled={isBusy || (list.data?.items.length ?? 0) < 2}
      onClick={() => void act(() => take(api.DELETE('/api/v1/me/sessions')))}
    >
      {say('endOthers')}
    </Button>
  );
  return (
    <Section title={say('sessions')} why={say('sessionsWhy')} action={others}>
      <Loaded query={list} failed={say('sessionsFailed')} heightPx={80}>
        {({ items }) => (
          <SessionTable
            items={items}
            isBusy={isBusy}
            onEnd={(id) =>
              void act(async () => {
                const path = { params: { path: { id } } };
                queries.setQueryData(KEY, await take(api.DELETE('/api/v1/me/sessions/{id}', path)));
              })
            }
          />
        )}
      </Loaded>
    </Section>
  );
}

interface TableProps {
  readonly items: Awaited<ReturnType<typeof readSessions>>['items'];
  readonly isBusy: boolean;
  readonly onEnd: (id: string) => void;
}

function SessionTable({ items, isBusy, onEnd }: TableProps) {
  const say = useText(text);
  const sayProgram = useProgram();
  const sayMethod = useMethod();
  return (
    <ShortTable
      label={say('sessions')}
      minWidthPx={560}
      heads={[
        ...[say('browser'), say('address'), say('method'), say('used')],
        { word: say('end'), isHidden: true },
      ]}
    >
      {items.map(({ id, program, address, method, usedAt, isCurrent }) => (
        <Table.Tr key={id}>
          <Table.Td title={program}>
            {sayProgram(program)}
            {isCurrent && (
              <Text size="xs" c="dimmed">
                {say('current')}
              </Text>
            )}
          </Table.Td>
          <Table.Td>{address}</Table.Td>
          <Table.Td>{sayMethod(method)}</Table.Td>
          <Table.Td>
            <When at={usedAt} />
          </Table.Td>
          <Table.Td ta="end">
            <RowButton
              isGrave
              word={say('end')}
              name={say('endSession', { address })}
              isDisabled={isBusy}
              onClick={() => (isCurrent ? void signOut() : onEnd(id))}
            />
          </Table.Td>
        </Table.Tr>
      ))}
    </ShortTable>
  );
}
