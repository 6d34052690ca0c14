// One run: its state, what it printed (searchable), and whether the device really said so.
import { Anchor, Button, Group, Paper, Skeleton, Stack, Text, TextInput, Title } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useEffect, useMemo, useState } from 'react';
import { useText } from '../../app/text.ts';
import { CopyButton } from '../../parts/CopyButton.tsx';
import { Problem } from '../../parts/Problem.tsx';
import { Status } from '../../parts/Status.tsx';
import { RunStatus } from '../../signing/states.tsx';
import { useRun } from './data.ts';
import classes from './device.module.css';
import { findLines } from './output-search.ts';
import { text } from './text-work.ts';
import type { Device } from './types.ts';

interface Props {
  readonly device: Device;
  readonly job: string;
  /** Told when it is as high as it will be, for what stands below. */
  readonly onShown: () => void;
  readonly onClose: () => void;
}

export function RunOutput({ device, job, onShown, onClose }: Props) {
  const say = useText(text);
  const run = useRun(device.id, job);
  // biome-ignore lint/correctness/useExhaustiveDependencies: told once
  useEffect(() => {
    if (!run.isPending) onShown();
  }, [run.isPending]);
  return (
    <Paper withBorder p="md" component="section" aria-label={say('output', { kind: job })}>
      <Group justify="space-between" mb="xs">
        <Group gap="sm">
          <Title order={2} fz="md">
            {say('output', { kind: job.slice(0, 12) })}
          </Title>
          {run.data !== undefined && <RunStatus state={run.data.state} />}
        </Group>
        <Group gap="xs">
          <Anchor component={Link} to={`/jobs/${job}`} size="sm">
            {say('openJob')}
          </Anchor>
          <Button size="compact-sm" variant="default" onClick={onClose}>
            {say('close')}
          </Button>
        </Group>
      </Group>
      {run.isPending && <Skeleton height={120} />}
      {run.isError && <Problem error={run.error} what={say('runFailed')} retry={() => void run.refetch()} />}
      {run.data !== undefined && (
        <Stack gap="xs">
          {run.data.message !== '' && <Text size="sm">{run.data.message}</Text>}
          <Genuine isGenuine={run.data.isGenuine} />
          {run.data.truncated && (
            <Text size="sm" c="dimmed">
              {say('truncated')}
            </Text>
          )}
          {run.data.output === null || run.data.output === '' ? (
            <Text size="sm" c="dimmed">
              {say('noOutput')}
            </Text>
          ) : (
            <Output output={run.data.output} />
          )}
        </Stack>
      )}
    </Paper>
  );
}

function Genuine({ isGenuine }: { readonly isGenuine: boolean | null }) {
  const say = useText(text);
  if (isGenuine === null) return <Status tone="idle" word={say('unsigned')} />;
  return <Status tone={isGenuine ? 'good' : 'bad'} word={say(isGenuine ? 'genuine' : 'forged')} />;
}

function Output({ output }: { readonly output: string }) {
  const say = useText(text);
  const [search, setSearch] = useState('');
  const { lines, hits } = useMemo(() => findLines(output, search), [output, search]);
  return (
    <>
      <Group gap="xs">
        <TextInput
          size="xs"
          w={260}
          leftSection={<IconSearch size={14} aria-hidden />}
          aria-label={say('searchOutput')}
          placeholder={say('searchOutput')}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
        <Text size="xs" c="dimmed" aria-live="polite">
          {search === '' ? '' : say('hits', { count: hits })}
        </Text>
        <CopyButton value={output} />
      </Group>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <pre className={classes.output} tabIndex={0}>
        {lines.map(({ number, pieces }) => (
          <div key={number} id={`line-${number}`}>
            {pieces.map(({ text: piece, isHit, at }) => (isHit ? <mark key={at}>{piece}</mark> : piece))}
            {'\n'}
          </div>
        ))}
      </pre>
    </>
  );
}
