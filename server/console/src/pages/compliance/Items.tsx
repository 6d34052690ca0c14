// The devices behind a rule: how its item stands on each, since when, what was found, and what was done about it.
import { Button, Group, Select, Stack, Table, Text } from '@mantine/core';
import { useText } from '../../app/text.ts';
import { Command } from '../../parts/Command.tsx';
import { Loaded } from '../../parts/Loaded.tsx';
import { PageLink } from '../../parts/PageLink.tsx';
import { ShortTable } from '../../parts/ShortTable.tsx';
import { Status } from '../../parts/Status.tsx';
import { quoteWord } from '../../parts/shell.ts';
import { When } from '../../parts/When.tsx';
import { useItems } from './data.ts';
import { type State, states, tones } from './states.ts';
import { Trend } from './Trend.tsx';
import { text } from './text.ts';

interface Props {
  readonly policy: string;
  readonly rule: string;
  readonly state?: State;
  readonly onState: (state: State | null) => void;
}

type Item = NonNullable<ReturnType<typeof useItems>['data']>['pages'][number]['items'][number];

export function Items({ policy, rule, state, onState }: Props) {
  const say = useText(text);
  const items = useItems({ policy, rule, ...(state && { state }) });
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = items;
  return (
    <Stack gap="md">
      <Trend policy={policy} rule={rule} />
      <Group align="end">
        <Select
          label={say('onlyState')}
          placeholder={say('anyState')}
          clearable
          clearButtonProps={{ 'aria-label': say('anyState') }}
          data={states.map((one) => ({ value: one, label: say(`state/${one}`) }))}
          value={state ?? null}
          onChange={(next) => onState(states.find((one) => one === next) ?? null)}
        />
      </Group>
      <Loaded query={items} failed={say('failed')} heightPx={240}>
        {({ pages }) => {
          const shown = pages.flatMap((page) => page.items);
          return shown.length === 0 ? (
            <Text size="sm">{say('noItems')}</Text>
          ) : (
            <ShortTable
              label={say('devices')}
              minWidthPx={760}
              heads={[say('device'), say('stands'), say('since'), say('foundHead')]}
            >
              {shown.map((one) => (
                <Line key={`${one.deviceId} ${one.item}`} one={one} />
              ))}
            </ShortTable>
          );
        }}
      </Loaded>
      {hasNextPage && (
        <Group>
          <Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {say('more')}
          </Button>
        </Group>
      )}
      <Command command={`muster compliance ${quoteWord(policy)} ${quoteWord(rule)} --csv`} />
    </Stack>
  );
}

function Line({ one }: { readonly one: Item }) {
  const say = useText(text);
  const { deviceId, hostname, item, state, mode, since, found, wanted, code, reason, done } = one;
  return (
    <Table.Tr>
      <Table.Td>
        <PageLink to={`/devices/${deviceId}?tab=policies`} fw={600} size="sm">
          {hostname}
        </PageLink>
        <Text size="xs" c="dimmed">
          {item}
        </Text>
      </Table.Td>
      <Table.Td>
        <Status tone={tones[state]} word={say(`state/${state}`)} />
        <Text size="xs" c="dimmed">
          {say(mode === 'enforce' ? 'enforce' : 'audit')}
        </Text>
      </Table.Td>
      <Table.Td>
        <Text size="sm">
          <When at={since} />
        </Text>
      </Table.Td>
      <Table.Td style={{ overflowWrap: 'anywhere' }}>
        <Text size="sm">{say('foundWanted', { found, wanted })}</Text>
        {(code !== null || reason !== '') && (
          <Text size="sm">{[reason, code === null ? '' : `(${code})`].join(' ').trim()}</Text>
        )}
        {done.map((step) => (
          <Text size="xs" c="dimmed" key={step}>
            {step}
          </Text>
        ))}
      </Table.Td>
    </Table.Tr>
  );
}
