// The points of a chart as a table, made when somebody opens it.
import { Box, Table, UnstyledButton } from '@mantine/core';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { useState } from 'react';
import { useText } from '../app/text.ts';
import { useFormat } from '../parts/format.ts';
import type { ChartLine } from './plot.ts';
import { text } from './text.ts';

interface Props {
  readonly label: string;
  readonly times: readonly number[];
  readonly lines: readonly ChartLine[];
  readonly unit: string;
}

export function Values(props: Props) {
  const [isOpen, setOpen] = useState(false);
  const Icon = isOpen ? IconChevronDown : IconChevronRight;
  return (
    <Box>
      <UnstyledButton fz="xs" c="dimmed" mih={24} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <Icon size={12} aria-hidden /> {props.label}
      </UnstyledButton>
      {isOpen && <Rows {...props} />}
    </Box>
  );
}

function Rows({ label, times, lines, unit }: Props) {
  const say = useText(text);
  const format = useFormat();
  return (
    <Box mah={260} style={{ overflow: 'auto' }} tabIndex={0} role="region" aria-label={label}>
      <Table stickyHeader>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{say('time')}</Table.Th>
            {lines.map(({ label: name }) => (
              <Table.Th key={name} ta="right">
                {name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {times.map((time, at) => (
            <Table.Tr key={time}>
              <Table.Td>{format.exact(time * 1_000)}</Table.Td>
              {lines.map((line) => (
                <Table.Td key={line.label} ta="right">
                  {format.measure(line.values[at], unit)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Box>
  );
}
