// Every revision of a policy: who, when, why, what it changed; and the difference between any two of them.
import { Box, Group, NativeSelect, Stack, Table, Text, Title } from '@mantine/core';
import { useText } from '../../app/text.ts';
import { DiffLines } from '../../parts/Lines.tsx';
import { Loaded } from '../../parts/Loaded.tsx';
import { ShortTable } from '../../parts/ShortTable.tsx';
import { Status } from '../../parts/Status.tsx';
import { useSearchState } from '../../parts/search-state.ts';
import { When } from '../../parts/When.tsx';
import { GoLink } from '../../signing/Go.tsx';
import { type Row, useDiff } from '../policies/data.ts';
import { parseSearch } from './search.ts';
import { text } from './text.ts';
import { choosePair, nameVersion } from './versions.ts';

interface Props {
  readonly name: string;
  /** The newest first. */
  readonly rows: readonly Row[];
  readonly shown: Row;
}

export function History({ name, rows, shown }: Props) {
  const say = useText(text);
  return (
    <Stack gap="md">
      <ShortTable
        label={say('history')}
        minWidthPx={640}
        heads={[
          say('version'),
          say('signed'),
          say('because'),
          say('standing'),
          { word: say('look'), isHidden: true },
        ]}
      >
        {rows.map((row, at) => (
          <Line key={row.digest} row={row} before={rows[at + 1]} newest={rows[0]} isShown={row === shown} />
        ))}
      </ShortTable>
      {rows.length > 1 && <Compare name={name} rows={rows} />}
    </Stack>
  );
}

interface LineProps {
  readonly row: Row;
  readonly before: Row | undefined;
  readonly newest: Row | undefined;
  readonly isShown: boolean;
}

function Line({ row, before, newest, isShown }: LineProps) {
  const say = useText(text);
  const { digest, requester, at, reason, isInForce } = row;
  const version = nameVersion(row, newest);
  return (
    <Table.Tr>
      <Table.Td className="tabular">
        {isShown ? (
          <Text size="sm" fw={600}>
            {version}
          </Text>
        ) : (
          <GoLink
            to="."
            keeps
            search={{ revision: digest, tab: undefined }}
            size="sm"
            aria-label={say('show', { version })}
          >
            {version}
          </GoLink>
        )}
      </Table.Td>
      <Table.Td>
        <Text size="sm">{requester}</Text>
        <Text size="xs" c="dimmed">
          <When at={at} />
        </Text>
      </Table.Td>
      <Table.Td>{reason}</Table.Td>
      <Table.Td>
        <Status tone={isInForce ? 'good' : 'idle'} word={say(isInForce ? 'isInForce' : 'isNotInForce')} />
      </Table.Td>
      <Table.Td>
        {before !== undefined && (
          <GoLink
            to="."
            keeps
            search={{ from: before.digest, to: digest }}
            size="sm"
            aria-label={say('changesOf', { version })}
          >
            {say('changes')}
          </GoLink>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

/** Two revisions side by side in words of a file. */
function Compare({ name, rows }: Omit<Props, 'shown'>) {
  const say = useText(text);
  const [search, set] = useSearchState(parseSearch);
  const [newest, before] = rows;
  const usual = { from: before?.digest ?? '', to: newest?.digest ?? '' };
  const pair = choosePair(rows, search) ?? usual;
  const diff = useDiff(name, pair);
  const data = rows.map((row) => ({
    value: row.digest,
    label: say('versionOf', { version: nameVersion(row, newest) }),
  }));
  const nameOf = (digest: string) => {
    const row = rows.find((one) => one.digest === digest);
    return row === undefined ? '' : nameVersion(row, newest);
  };
  return (
    <Box component="section" aria-label={say('compare')}>
      <Title order={2} fz="md" mb={6}>
        {say('compare')}
      </Title>
      <Group gap="sm" mb="sm" align="flex-end">
        <NativeSelect
          label={say('from')}
          data={data}
          value={pair.from}
          onChange={({ currentTarget }) => set({ from: currentTarget.value, to: pair.to }, { replace: true })}
        />
        <NativeSelect
          label={say('to')}
          data={data}
          value={pair.to}
          onChange={({ currentTarget }) =>
            set({ from: pair.from, to: currentTarget.value }, { replace: true })
          }
        />
      </Group>
      <Loaded query={diff} failed={say('diffFailed')} heightPx={160}>
        {({ text: lines }) =>
          lines === '' ? (
            <Text size="sm">{say('same')}</Text>
          ) : (
            <DiffLines label={say('diff', { from: nameOf(pair.from), to: nameOf(pair.to) })} text={lines} />
          )
        }
      </Loaded>
    </Box>
  );
}
