// Why an item is wanted so: every rule that names it, the winner first, what became of it, and what would have to change.
import { Anchor, Box, Stack, Text } from '@mantine/core';
import { orderLines } from '@muster/cli/judged';
import { listExplained } from '@muster/protocol/language';
import { describeWanted, type Fate, type Trace, type TraceLine } from '@muster/protocol/policy';
import { Link } from '@tanstack/react-router';
import { useText } from '../../../app/text.ts';
import { Status, type Tone } from '../../../parts/Status.tsx';
import { Explain } from '../../groups/Explain.tsx';
import { text } from './text.ts';

const tones = {
  won: 'good',
  agrees: 'good',
  disagrees: 'bad',
  exempt: 'warn',
  outranked: 'idle',
  overridden: 'idle',
  'not-for-device': 'idle',
  excepted: 'idle',
  'not-now': 'idle',
} as const satisfies Record<Fate, Tone>;

export function Reasons({ trace }: { readonly trace: Trace }) {
  const say = useText(text);
  return (
    <Stack
      gap="sm"
      py={4}
      component="ol"
      m={0}
      p={0}
      style={{ listStyle: 'none' }}
      aria-label={say('whyOf', { item: trace.item })}
    >
      {orderLines(trace.lines).map((line) => (
        <Line key={`${line.rule.policy}/${line.rule.id}`} line={line} />
      ))}
    </Stack>
  );
}

function Line({ line }: { readonly line: TraceLine }) {
  const say = useText(text);
  const { fate, rule, mode, change, condition } = line;
  return (
    <Box component="li">
      <Status tone={tones[fate]} word={say(`fate/${fate}`)} />
      <Text size="sm">
        <Anchor component={Link} to={`/policies/${rule.policy}`} inherit underline="always">
          {`${rule.policy}/${rule.id}`}
        </Anchor>{' '}
        {say('says', { wanted: describeWanted(line), mode: say(mode), priority: rule.priority })}
        {rule.override && ` ${say('override')}`}
      </Text>
      {condition === undefined ? (
        change !== '' && (
          <Text size="sm" c="dimmed">
            {change}
          </Text>
        )
      ) : (
        <Explain explanation={{ parts: listExplained(condition.explained) }} />
      )}
    </Box>
  );
}
