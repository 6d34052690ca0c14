// One command with a Copy button, and the device appearing as soon as it is there.
import { Button, Group, List, Loader, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useMay } from '../../app/session.ts';
import { useText } from '../../app/text.ts';
import { Command } from '../../parts/Command.tsx';
import { Help } from '../../parts/Help.tsx';
import { PageLink } from '../../parts/PageLink.tsx';
import { Problem } from '../../parts/Problem.tsx';
import { Status } from '../../parts/Status.tsx';
import { makeCommand, useArrival } from './enroll.ts';
import { text } from './text.ts';

/** A command on its way to a device; kept by whoever shows it, for as long as he shows it. */
export function useEnrolling() {
  const [startedMs, setStartedMs] = useState(0);
  const made = useMutation({ mutationFn: makeCommand, onSuccess: () => setStartedMs(Date.now() - 2_000) });
  return { made, startedMs };
}

interface Props {
  readonly enrolling: ReturnType<typeof useEnrolling>;
  /** Begins with another one; absent: in this place. */
  readonly onAnother?: () => void;
}

export function Enroll({ enrolling: { made, startedMs }, onAnother = made.reset }: Props) {
  const say = useText(text);
  const may = useMay();
  if (!may('enrollment.write')) return <Text>{say('noRight')}</Text>;
  return (
    <Stack gap="sm" maw={720} w="100%" ta="start">
      {made.data === undefined ? (
        <Button onClick={() => made.mutate()} loading={made.isPending} w="fit-content" mx="auto">
          {say('makeCommand')}
        </Button>
      ) : (
        <>
          <Command command={made.data.command} />
          <Waiting key={startedMs} sinceMs={startedMs} onAnother={onAnother} />
        </>
      )}
      {made.isError && <Problem error={made.error} what={say('enrollFailed')} />}
    </Stack>
  );
}

function Waiting({ sinceMs, onAnother }: { readonly sinceMs: number; readonly onAnother: () => void }) {
  const say = useText(text);
  const { device, isLate } = useArrival(sinceMs);
  if (device !== undefined) {
    const name = device.hostname ?? '';
    return (
      <Group role="status">
        <Status tone="good" word={say('joined', { name })} />
        <PageLink to={`/devices/${device.id ?? ''}`}>{say('open', { name })}</PageLink>
        <Button size="compact-sm" variant="default" onClick={onAnother}>
          {say('another')}
        </Button>
      </Group>
    );
  }
  if (!isLate)
    return (
      <Group gap="xs" role="status">
        <Loader size={14} aria-hidden />
        <Text size="sm">{say('waiting')}</Text>
      </Group>
    );
  return (
    <Stack gap={4} role="status">
      <Text size="sm">{say('causes')}</Text>
      <List size="sm">
        <List.Item>{say('causeNetwork', { url: location.origin })}</List.Item>
        <List.Item>{say('causeToken')}</List.Item>
        <List.Item>{say('causeAgent')}</List.Item>
      </List>
      <Group>
        <Button size="compact-sm" variant="default" onClick={onAnother}>
          {say('another')}
        </Button>
        <Help page="installation" />
      </Group>
    </Stack>
  );
}
