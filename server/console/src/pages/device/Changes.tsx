// What changed of a section, row by row: before and after beside each other.
import { Table, Text } from '@mantine/core';
import { useText } from '../../app/text.ts';
import { useFormat } from '../../parts/format.ts';
import classes from './device.module.css';
import { text } from './text-inventory.ts';
import type { Difference, SectionInfo } from './types.ts';
import { formatValue, titleOf } from './values.ts';

/** "3 added, 1 changed". */
export function useCounts(): (change: Pick<Difference, 'added' | 'removed' | 'changed'>) => string {
  const say = useText(text);
  return (change) =>
    (['added', 'removed', 'changed'] as const)
      .filter((word) => change[word] > 0)
      .map((word) => say(word, { count: change[word] }))
      .join(', ');
}

export function ChangedRows({
  change,
  info,
  label,
}: {
  readonly change: Difference;
  readonly info: SectionInfo | undefined;
  readonly label: string;
}) {
  const say = useText(text);
  const format = useFormat();
  const words = { format, yes: say('yes'), no: say('no') };
  const columns = new Map(info?.columns.map((column) => [column.name, column]) ?? []);
  const value = (of: string | number | boolean | null | undefined, column: string) =>
    formatValue(of, columns.get(column), words);
  const nameOf = (row: Difference['rows'][number]['row']) => {
    const names = info === undefined || info.key.length === 0 ? [] : info.key;
    return names.map((column) => value(row[column], column)).join(' ');
  };
  const total = change.added + change.removed + change.changed;
  return (
    // Reached by keyboard, because it scrolls.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section className={classes.changes} tabIndex={0} aria-label={label}>
      <Table fz="xs" withRowBorders>
        <Table.Tbody>
          {change.rows.map(({ change: kind, row, values }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the rows of a change never move
            <Table.Tr key={index}>
              <Table.Td c="dimmed" w={90}>
                {say(`state_${kind}`)}
              </Table.Td>
              <Table.Td>{nameOf(row)}</Table.Td>
              <Table.Td>
                {values.map(({ column, before, after }) => (
                  <div key={column}>
                    <Text span inherit c="dimmed">
                      {titleOf(column)}
                    </Text>{' '}
                    <del>{value(before, column)}</del> {'→'} <ins>{value(after, column)}</ins>
                  </div>
                ))}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {total > change.rows.length && (
        <Text size="xs" c="dimmed">
          {say('listed', { count: change.rows.length })}
        </Text>
      )}
    </section>
  );
}
