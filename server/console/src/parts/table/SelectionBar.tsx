// Below a table while rows are chosen: how many, all that match, and what can be done with them.
import { Button, Group, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useText } from '../../app/text.ts';
import { useFormat } from '../format.ts';
import { countChosen, nothing, type Selection } from './selection.ts';
import classes from './table.module.css';
import { text } from './text.ts';

interface Props {
  readonly selection: Selection;
  readonly onSelection: (selection: Selection) => void;
  /** Rows that match; null: not known. */
  readonly count: number | null;
  /** Rows that are loaded. */
  readonly loaded: number;
  readonly children: ReactNode;
}

export function SelectionBar({ selection, onSelection, count, loaded, children }: Props) {
  const say = useText(text);
  const format = useFormat();
  const chosen = countChosen(selection, count);
  if (chosen === 0) return null;
  const isMore = selection.kind === 'some' && (count ?? loaded + 1) > selection.ids.size;
  return (
    <Group
      className={classes.bar}
      gap="sm"
      role="region"
      aria-live="polite"
      aria-label={say('selected', { count: chosen ?? 2, shown: '' })}
    >
      <Text size="sm" fw={600}>
        {chosen === null
          ? say('allSelected')
          : say('selected', { count: chosen, shown: format.number(chosen) })}
      </Text>
      {isMore && count !== null && (
        <Button
          size="compact-sm"
          variant="subtle"
          onClick={() => onSelection({ kind: 'all', except: new Set() })}
        >
          {say('selectAll', { count: format.number(count) })}
        </Button>
      )}
      <Button size="compact-sm" variant="subtle" color="gray" onClick={() => onSelection(nothing)}>
        {say('clear')}
      </Button>
      <Group gap="xs" ms="auto">
        {children}
      </Group>
    </Group>
  );
}
