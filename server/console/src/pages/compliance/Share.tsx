// A share as a bar and in words, and what of it wants a look.
import { Group, Progress, Text } from '@mantine/core';
import { useText } from '../../app/text.ts';
import { useFormat } from '../../parts/format.ts';
import { Status } from '../../parts/Status.tsx';
import type { Share } from './data.ts';
import { failing, tones } from './states.ts';
import { text } from './text.ts';

/** Whole percent, rounded down: all is said only of all. */
export function percentOf({ met, meant }: Pick<Share, 'met' | 'meant'>): number {
  return meant === 0 ? 100 : Math.floor((met / meant) * 100);
}

export function ShareBar({ share }: { readonly share: Pick<Share, 'met' | 'meant'> }) {
  const say = useText(text);
  const format = useFormat();
  const { met, meant } = share;
  if (meant === 0)
    return (
      <Text size="sm" c="dimmed">
        {say('nothingMeant')}
      </Text>
    );
  const values = { percent: percentOf(share), met: format.number(met), meant: format.number(meant) };
  return (
    <Group gap="xs" wrap="nowrap">
      <Progress.Root size="sm" flex={1} miw={60}>
        <Progress.Section value={percentOf(share)} color="green" aria-label={say('shareLabel', values)} />
      </Progress.Root>
      <Text size="sm" className="tabular" style={{ whiteSpace: 'nowrap' }}>
        {say('share', values)}
      </Text>
    </Group>
  );
}

/** How many items stand in a way that wants a look; nothing: all is well. */
export function Failing({ counts }: { readonly counts: Partial<Share['counts']> }) {
  const say = useText(text);
  const format = useFormat();
  const shown = failing.filter((state) => (counts[state] ?? 0) > 0);
  if (shown.length === 0) return <Status tone="good" word={say('nothingFails')} />;
  return (
    <Group gap="sm">
      {shown.map((state) => (
        <Status
          key={state}
          tone={tones[state]}
          word={say(`counted/${state}`, {
            count: counts[state] ?? 0,
            shown: format.number(counts[state] ?? 0),
          })}
        />
      ))}
    </Group>
  );
}
