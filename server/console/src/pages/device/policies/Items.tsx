// Every item that policies want something of on a device, with the why beside each.
import { Anchor, Button, Group, Table, Text, TextInput, UnstyledButton } from '@mantine/core';
import { describeWanted, type ResolvedItem } from '@muster/protocol/policy';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { Fragment, useMemo, useState } from 'react';
import { useText } from '../../../app/text.ts';
import { useFormat } from '../../../parts/format.ts';
import { ShortTable } from '../../../parts/ShortTable.tsx';
import { Status } from '../../../parts/Status.tsx';
import { useSearchState } from '../../../parts/search-state.ts';
import { type DeviceSearch, parseSearch } from '../search.ts';
import type { Device } from '../types.ts';
import type { JudgedPolicies } from './judge.ts';
import { Reasons } from './Reasons.tsx';
import { text } from './text.ts';

/** Items that are drawn at first. */
const FIRST = 100;
/** From so many on there is a field to search them. */
const MANY = 10;

interface Props {
  readonly device: Device;
  readonly judged: JudgedPolicies;
}

/** Pure: whether an item has that in its name, in what is wanted, or in the rule that decides. */
function fits(one: ResolvedItem, wanted: string): boolean {
  const words = `${one.item} ${describeWanted(one)} ${one.rule.policy}/${one.rule.id} ${one.rule.title}`;
  return words.toLowerCase().includes(wanted);
}

export function Items({ device, judged }: Props) {
  const say = useText(text);
  const format = useFormat();
  const [{ q = '', item }, set] = useSearchState<DeviceSearch>(parseSearch);
  const [isAll, setAll] = useState(false);
  const { items } = judged;
  const wanted = q.trim().toLowerCase();
  const found = useMemo(() => items.filter((one) => fits(one, wanted)), [items, wanted]);
  // The one that an address names is shown, however many there are.
  const shown = isAll ? found : found.filter((one, at) => at < FIRST || one.item === item);
  if (items.length === 0) return <Text size="sm">{say('nothingWanted', { name: device.hostname })}</Text>;
  const undecided = items.filter(({ decided }) => !decided).length;
  return (
    <>
      {undecided > 0 && (
        <Status
          isSentence
          tone="warn"
          word={say('undecidedSome', { count: undecided, shown: format.number(undecided) })}
        />
      )}
      {items.length > MANY && (
        <TextInput
          maw={360}
          label={say('search')}
          value={q}
          onChange={({ currentTarget }) => set({ q: currentTarget.value || null }, { replace: true })}
        />
      )}
      {found.length === 0 ? (
        <Text size="sm">{say('noFit')}</Text>
      ) : (
        <ShortTable
          label={say('wanted')}
          minWidthPx={640}
          heads={[
            say('item'),
            say('should'),
            say('mode'),
            say('decides'),
            { word: say('why'), isHidden: true },
          ]}
        >
          {shown.map((one) => (
            <Line
              key={one.item}
              one={one}
              judged={judged}
              isOpen={one.item === item}
              onOpen={(isOpen) => set({ item: isOpen ? one.item : null }, { replace: true })}
            />
          ))}
        </ShortTable>
      )}
      {shown.length < found.length && (
        <Group>
          <Button variant="default" onClick={() => setAll(true)}>
            {say('allItems', { shown: format.number(found.length) })}
          </Button>
        </Group>
      )}
    </>
  );
}

interface LineProps {
  readonly one: ResolvedItem;
  readonly judged: JudgedPolicies;
  readonly isOpen: boolean;
  readonly onOpen: (isOpen: boolean) => void;
}

const COLUMNS = 5;

function Line({ one, judged, isOpen, onOpen }: LineProps) {
  const say = useText(text);
  const { item, mode, decided, rule } = one;
  const Chevron = isOpen ? IconChevronDown : IconChevronRight;
  return (
    <Fragment>
      <Table.Tr>
        <Table.Td style={{ overflowWrap: 'anywhere' }}>{item}</Table.Td>
        <Table.Td style={{ overflowWrap: 'anywhere' }}>{describeWanted(one)}</Table.Td>
        <Table.Td>{decided ? say(mode) : <Status tone="warn" word={say('undecided')} />}</Table.Td>
        <Table.Td>
          <Anchor component={Link} to={`/policies/${rule.policy}`} size="sm">
            {`${rule.policy}/${rule.id}`}
          </Anchor>
          <Text size="xs" c="dimmed">
            {rule.title}
          </Text>
        </Table.Td>
        <Table.Td>
          <UnstyledButton
            aria-expanded={isOpen}
            aria-label={say('whyOf', { item })}
            onClick={() => onOpen(!isOpen)}
            mih={24}
          >
            <Group gap={4} wrap="nowrap">
              <Chevron size={14} aria-hidden />
              <Text size="sm">{say('why')}</Text>
            </Group>
          </UnstyledButton>
        </Table.Td>
      </Table.Tr>
      {isOpen && (
        <Table.Tr>
          <Table.Td colSpan={COLUMNS}>
            <Reasons trace={judged.trace(item)} />
          </Table.Td>
        </Table.Tr>
      )}
    </Fragment>
  );
}
