// Takes a policy out of force: the plan without it, and the gesture.
import { Button, Group, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useText } from '../../app/text.ts';
import { Problem } from '../../parts/Problem.tsx';
import type { Signing } from '../../signing/use-signing.ts';
import { toProblem } from './failure.ts';
import { makePlan } from './make-plan.ts';
import { Planned } from './Planned.tsx';
import { text } from './text.ts';
import { useBaseWords } from './words.ts';

interface Props {
  readonly name: string;
  readonly isInForce: boolean;
  readonly signing: Signing;
  readonly onDone: (name: string) => void;
}

export function Deleting({ name, isInForce, signing, onDone }: Props) {
  const say = useText(text);
  const words = useBaseWords();
  const plan = useMutation({ mutationFn: () => makePlan({ name, wanted: null }, words) });
  if (!isInForce) return <Text size="sm">{say('goneAlready', { name })}</Text>;
  return (
    <Stack gap="md">
      <Text size="sm">{say('deleteWhat', { name })}</Text>
      <Group gap="sm">
        <Button onClick={() => plan.mutate()} loading={plan.isPending}>
          {say('plan')}
        </Button>
        <Text size="sm" c="dimmed">
          {say('planWhat')}
        </Text>
      </Group>
      {plan.isError && (
        <Problem error={toProblem(plan.error)} what={say('planFailed')} retry={() => plan.mutate()} />
      )}
      {plan.data !== undefined && (
        <Planned
          key={plan.data.view.at}
          made={plan.data}
          signing={signing}
          name={name}
          again={() => plan.mutate()}
          onDone={() => onDone(name)}
        />
      )}
    </Stack>
  );
}
