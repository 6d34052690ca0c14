// How many devices hold the set in force, as they said last.
import { Box, Stack, Text } from '@mantine/core';
import { useText } from '../../app/text.ts';
import { useFormat } from '../../parts/format.ts';
import { Status, type Tone } from '../../parts/Status.tsx';
import type { InForce, Standings } from './data.ts';
import { text } from './text.ts';

const tones = { current: 'good', behind: 'busy', none: 'idle', refused: 'bad' } as const satisfies Record<
  keyof Standings,
  Tone
>;

export function Holders({ devices }: Pick<InForce, 'devices'>) {
  const say = useText(text);
  const format = useFormat();
  if (devices === null)
    return (
      <Text size="sm" c="dimmed" className="muster-grow">
        {say('notCounted')}
      </Text>
    );
  const { current, behind, none, refused } = devices;
  const total = current + behind + none + refused;
  const shown = (['current', 'behind', 'none', 'refused'] as const).filter(
    (one) => one === 'current' || devices[one] > 0,
  );
  return (
    <Box className="muster-grow" role="group" aria-label={say('devices')}>
      <Text fw={600}>{say('devices')}</Text>
      {total === 0 ? (
        <Text size="sm" c="dimmed">
          {say('noDevices')}
        </Text>
      ) : (
        <Stack gap={2}>
          {shown.map((one) => (
            <Status
              key={one}
              isSentence
              tone={one === 'current' && current === 0 ? 'idle' : tones[one]}
              word={say(`holders/${one}`, {
                count: devices[one],
                shown: format.number(devices[one]),
                total: format.number(total),
              })}
            />
          ))}
        </Stack>
      )}
    </Box>
  );
}
