// Policies in force that are not for a device, with the part of the expression that says so and the values that were read.
import { Anchor, Box, Stack, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useText } from '../../../app/text.ts';
import { useFormat } from '../../../parts/format.ts';
import { Explain } from '../../groups/Explain.tsx';
import type { Absent } from './judge.ts';
import { text } from './text.ts';

export function AbsentPolicies({ absent }: { readonly absent: readonly Absent[] }) {
  const say = useText(text);
  const format = useFormat();
  if (absent.length === 0) return null;
  return (
    <Box component="section" aria-label={say('absent')}>
      <Title order={3} fz="sm" mb={6}>
        {say('absentCount', { count: absent.length, shown: format.number(absent.length) })}
      </Title>
      <Stack gap="sm" component="ul" m={0} p={0} style={{ listStyle: 'none' }}>
        {absent.map((one) => (
          <Line key={one.policy.name} {...one} />
        ))}
      </Stack>
    </Box>
  );
}

function Line({ policy, why }: Absent) {
  const say = useText(text);
  return (
    <Box component="li">
      <Text size="sm">
        <Anchor component={Link} to={`/policies/${policy.name}`} inherit underline="always">
          {policy.name}
        </Anchor>
        {': '}
        {why.kind === 'group' ? say('absent/group', { name: why.called }) : say(`absent/${why.kind}`)}
      </Text>
      {'parts' in why && <Explain explanation={why} />}
    </Box>
  );
}
