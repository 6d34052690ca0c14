// Six first steps that tick themselves off from what is really so; gone when all are done or somebody has had enough.
import { CloseButton, Group, Text } from '@mantine/core';
import { IconCircle, IconCircleCheckFilled } from '@tabler/icons-react';
import { useState } from 'react';
import { useText } from '../../app/text.ts';
import { PageLink } from '../../parts/PageLink.tsx';
import { Card } from './Card.tsx';
import classes from './home.module.css';
import { type Step, useSteps } from './steps.ts';
import { text } from './text.ts';

export function StepsCard() {
  const say = useText(text);
  const { steps, hide } = useSteps();
  // What is known only after the rest was drawn waits for the next visit: on top it would move everything.
  const [isLate] = useState(steps === null || steps.length === 0);
  if (isLate || steps === null || steps.length === 0) return null;
  const done = steps.filter(({ isDone }) => isDone).length;
  const aside = (
    <Group gap="xs">
      <Text size="sm" c="dimmed">
        {say('stepsDone', { done, all: steps.length })}
      </Text>
      <CloseButton size="sm" aria-label={say('hide')} title={say('hide')} onClick={hide} />
    </Group>
  );
  return (
    <Card title={say('steps')} aside={aside}>
      <ol className={classes.steps}>
        {steps.map((step) => (
          <li key={step.word}>
            <Line {...step} />
          </li>
        ))}
      </ol>
    </Card>
  );
}

function Line({ word, to, isDone }: Step) {
  const say = useText(text);
  const Icon = isDone ? IconCircleCheckFilled : IconCircle;
  return (
    <Group gap={8} wrap="nowrap">
      <Icon
        size={18}
        color={isDone ? 'var(--muster-good)' : 'var(--mantine-color-dimmed)'}
        role="img"
        aria-label={isDone ? say('done') : say('open')}
        style={{ flexShrink: 0 }}
      />
      {isDone ? (
        <Text size="sm" c="dimmed">
          {word}
        </Text>
      ) : (
        <PageLink to={to} size="sm">
          {word}
        </PageLink>
      )}
    </Group>
  );
}
