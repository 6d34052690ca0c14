// How a share moved over the last 30 days: a line, and the same in words.
import { Box, Text } from '@mantine/core';
import { useText } from '../../app/text.ts';
import { useTrend } from './data.ts';
import { percentOf } from './Share.tsx';
import { text } from './text.ts';

const WIDTH = 300;
const HEIGHT = 48;

interface Props {
  readonly policy?: string;
  readonly rule?: string;
}

/** Nothing before there are two days to compare. */
export function Trend(props: Props) {
  const say = useText(text);
  const { data } = useTrend(props);
  const points = (data ?? []).filter(({ meant }) => meant > 0).map(percentOf);
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || points.length < 2) return null;
  const [lowest, highest] = [Math.min(...points), Math.max(...points)];
  const words = say('trend', { first, last, lowest, highest });
  const line = points
    .map(
      (one, at) =>
        `${((at / (points.length - 1)) * WIDTH).toFixed(1)},${(HEIGHT - (one / 100) * HEIGHT).toFixed(1)}`,
    )
    .join(' ');
  return (
    <Box maw={WIDTH}>
      <svg viewBox={`0 -2 ${WIDTH} ${HEIGHT + 4}`} width="100%" role="img" aria-label={words}>
        <polyline points={line} fill="none" stroke="var(--muster-good)" strokeWidth={2} />
      </svg>
      <Text size="xs" c="dimmed">
        {words}
      </Text>
    </Box>
  );
}
