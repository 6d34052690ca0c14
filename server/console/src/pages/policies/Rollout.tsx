// How the set in force goes out in waves: how far it is, how the devices fare, and what somebody may do about it.
import { Alert, Button, Code, Group, Paper, Progress, Stack, Text, Title } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useState } from 'react';
import { useMay } from '../../app/session.ts';
import { useText } from '../../app/text.ts';
import { ConfirmByTyping } from '../../parts/ConfirmByTyping.tsx';
import { useFormat } from '../../parts/format.ts';
import { Problem } from '../../parts/Problem.tsx';
import { Status } from '../../parts/Status.tsx';
import { When } from '../../parts/When.tsx';
import { type RolloutNow, type RolloutStep, useRollout, useRolloutStep } from './data.ts';
import { text } from './rollout-text.ts';

interface Props {
  readonly rollout: RolloutNow;
}

/** Nothing where all devices are told it, or it is of another set than the page shows. */
export function Rollout({ digest }: { readonly digest: string }) {
  const { data: rollout } = useRollout();
  if (rollout === undefined || rollout === null) return null;
  return rollout.state === 'done' || rollout.digest !== digest ? null : <Shown rollout={rollout} />;
}

function Shown({ rollout }: Props) {
  const say = useText(text);
  const format = useFormat();
  const { version, state, share, shares, wave, waveAt, first } = rollout;
  const title = say('title', { version });
  const isHeld = state === 'held';
  return (
    <Paper withBorder p="md" component="section" aria-label={title}>
      <Stack gap="xs">
        <Group justify="space-between">
          <Title order={2} fz="md">
            {title}
          </Title>
          <Status tone={isHeld ? 'bad' : 'busy'} word={say(isHeld ? 'held' : 'running')} />
        </Group>
        <Progress.Root size="lg">
          <Progress.Section
            value={share}
            color={isHeld ? 'red' : 'blue'}
            aria-label={say('bar', { share: format.number(share) })}
          />
        </Progress.Root>
        <Text size="sm">
          {say('wave', { wave, all: shares.length, share: format.number(share) })} <When at={waveAt} />
        </Text>
        {first !== '' && (
          <Text size="sm">
            {say('first')} <Code>{first}</Code>
          </Text>
        )}
        <Fare rollout={rollout} />
        <Next rollout={rollout} />
        <Steps rollout={rollout} />
      </Stack>
    </Paper>
  );
}

const kindNames = ['refused', 'error', 'critical', 'gone'] as const;

/** How the devices fare that are told it, and the others. */
function Fare({ rollout: { now } }: Props) {
  const say = useText(text);
  const format = useFormat();
  if (now === null) return <Text size="sm">{say('notCounted')}</Text>;
  const { told, online, holders, settled, inside, outside, kinds } = now;
  const shown = kindNames.filter((kind) => kinds[kind] > 0);
  const trouble = say('trouble', sidesOf({ inside, outside }, format.number));
  return (
    <>
      <Text size="sm">
        {say('told', { count: told, shown: format.number(told), online: format.number(online) })}
        {holders > 0 &&
          `; ${say('settled', { settled: format.number(settled), holders: format.number(holders) })}`}
      </Text>
      <Status
        isSentence
        tone={inside.troubled > 0 ? 'warn' : 'good'}
        word={[
          trouble,
          ...shown.map((kind) => say(`kinds/${kind}`, { shown: format.number(kinds[kind]) })),
        ].join('; ')}
      />
    </>
  );
}

function sidesOf(
  { inside, outside }: Pick<NonNullable<RolloutNow['trouble']>, 'inside' | 'outside'>,
  write: (value: number) => string,
) {
  return {
    ...{ inside: write(inside.troubled), insideAll: write(inside.known) },
    ...{ outside: write(outside.troubled), outsideAll: write(outside.known) },
  };
}

/** What the next wave waits for, or why it is held. */
function Next({ rollout }: Props) {
  const say = useText(text);
  const format = useFormat();
  const { state, trouble, changedBy, waveAt, soakSeconds, now } = rollout;
  if (state === 'held')
    return (
      <Alert
        color="gray"
        variant="light"
        icon={<IconAlertTriangle aria-hidden />}
        styles={{ title: { color: 'var(--mantine-color-text)' } }}
        title={
          trouble === null
            ? say('heldBy', { who: changedBy })
            : say('heldItself', sidesOf(trouble, format.number))
        }
      >
        {say('correct')}
      </Alert>
    );
  const at = format.exact(Date.parse(waveAt) + soakSeconds * 1_000);
  return <Text size="sm">{say(`next/${now?.waitsFor ?? 'none'}`, { at })}</Text>;
}

/** Whoever may put policies in force may hold them, too. */
function Steps({ rollout: { digest, state, version } }: Props) {
  const say = useText(text);
  const may = useMay();
  const step = useRolloutStep(digest);
  const [isAsked, setAsked] = useState(false);
  if (!may('policies.write')) return null;
  const button = (name: RolloutStep) => (
    <Button variant="default" size="compact-md" loading={step.isPending} onClick={() => step.mutate(name)}>
      {say(name)}
    </Button>
  );
  return (
    <>
      <Group gap="xs">
        {button(state === 'held' ? 'resume' : 'hold')}
        {button('next')}
        <Button variant="default" size="compact-md" onClick={() => setAsked(true)}>
          {say('finish')}
        </Button>
      </Group>
      {step.isError && <Problem error={step.error} what={say('failed')} />}
      <ConfirmByTyping
        opened={isAsked}
        onClose={() => setAsked(false)}
        title={say('finish')}
        happens={say('finishHappens')}
        undo={say('finishUndo')}
        expected={String(version)}
        act={say('finish')}
        onConfirm={async () => {
          await step.mutateAsync('finish');
        }}
      />
    </>
  );
}
