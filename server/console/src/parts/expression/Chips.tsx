// The conditions in force, each removable by itself.
import { Button, Group } from '@mantine/core';
import { useText } from '../../app/text.ts';
import { FilterChip } from '../FilterChip.tsx';
import { joinConditions, splitConditions } from './conditions.ts';
import { text } from './text.ts';

interface Props {
  readonly expression: string;
  readonly onChange: (expression: string) => void;
}

export function Chips({ expression, onChange }: Props) {
  const say = useText(text);
  const conditions = splitConditions(expression);
  if (conditions.length === 0) return null;
  return (
    <Group gap={6}>
      {conditions.map((condition, index) => (
        <FilterChip
          // biome-ignore lint/suspicious/noArrayIndexKey: the same condition may stand there twice
          key={`${index}${condition}`}
          size="md"
          ff="monospace"
          className="muster-chip"
          remove={say('remove', { condition })}
          onRemove={() => onChange(joinConditions(conditions.filter((_, at) => at !== index)))}
        >
          {condition}
        </FilterChip>
      ))}
      {conditions.length > 1 && (
        <Button size="compact-xs" variant="subtle" color="gray" onClick={() => onChange('')}>
          {say('removeAll')}
        </Button>
      )}
    </Group>
  );
}
