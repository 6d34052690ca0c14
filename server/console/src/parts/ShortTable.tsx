// A table of all there is, for short lists; long ones, read page by page, are a `DataTable`.
import { Table, VisuallyHidden } from '@mantine/core';
import type { ReactNode } from 'react';

/** The head of a column: its word, at the right over numbers, heard but not seen over buttons. */
type Head = string | { readonly word: string; readonly isNumeric?: boolean; readonly isHidden?: boolean };

interface Props {
  readonly label: string;
  readonly heads: readonly Head[];
  /** Where there is less room, it scrolls sideways, px. */
  readonly minWidthPx: number;
  /** The rows. */
  readonly children: ReactNode;
}

export function ShortTable({ label, heads, minWidthPx, children }: Props) {
  return (
    <Table.ScrollContainer type="native" tabIndex={0} pos="relative" minWidth={minWidthPx}>
      <Table aria-label={label} highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            {heads.map((head) => {
              const {
                word,
                isNumeric = false,
                isHidden = false,
              } = typeof head === 'string' ? { word: head } : head;
              return (
                <Table.Th key={word} {...(isNumeric && { ta: 'right', style: { whiteSpace: 'nowrap' } })}>
                  {isHidden ? <VisuallyHidden>{word}</VisuallyHidden> : word}
                </Table.Th>
              );
            })}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>{children}</Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
