// One thing that a list is filtered by; its cross takes it away.
import { Pill, type PillProps } from '@mantine/core';
import type { ReactNode } from 'react';

interface Props extends Omit<PillProps, 'children'> {
  /** What the cross is called: "Remove the filter Kind". */
  readonly remove: string;
  readonly onRemove: () => void;
  readonly children: ReactNode;
}

/** The library hides the cross from keyboard and screen reader; here it is for everybody. */
export function FilterChip({ remove, children, ...look }: Props) {
  return (
    <Pill
      withRemoveButton
      removeButtonProps={{ 'aria-label': remove, 'aria-hidden': false, tabIndex: 0 }}
      {...look}
    >
      {children}
    </Pill>
  );
}
