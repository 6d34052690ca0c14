// The command for the device, and the moment in which it is there.
import { Button, Code, Group, List, Loader, Stack, Tabs, Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useText } from '../../app/text.ts';
import { CopyButton } from '../../parts/CopyButton.tsx';
import { Help } from '../../parts/Help.tsx';
import { Problem } from '../../parts/Problem.tsx';
import { Status } from '../../parts/Status.tsx';
import { GoButton } from '../../signing/Go.tsx';
import { Decide } from './Decide.tsx';
import { useComing, useJoined } from './data.ts';
import type { MadeToken } from './TokenForm.tsx';
import { text } from './text.ts';

/** After so long without a device it is said what may be wrong, ms. */
const SLOW_MS = 5 * 60_000;
/** How the agent is called where it is installed as a service, see docs/installation. */
const SERVICE = 'runuser -u muster -- /usr/lib/muster/node /usr/lib/muster/muster-agent.cjs enroll';

/** Pure: the command for an agent that is installed as a service. */
function serviceCommand(command: string): string {
  return `${command.replace('| muster-agent enroll', `| ${SERVICE}`)} --state-dir /var/lib/muster-agent`;
}

interface Props {
  readonly made: MadeToken;
  readonly onDone: () => void;
}

export function Waiting({ made, onDone }: Props) {
  const say = useText(text);
  return (
    <Stack gap="sm">
      <Text fw={600}>{say('run')}</Text>
      <Tabs defaultValue="linux" keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="linux">{say('linux')}</Tabs.Tab>
          <Tabs.Tab value="service">{say('service')}</Tabs.Tab>
          <Tabs.Tab value="others">{say('others')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="linux" pt="sm">
          <OneCommand command={made.command} help={say('linuxHelp')} />
        </Tabs.Panel>
        <Tabs.Panel value="service" pt="sm">
          <OneCommand command={serviceCommand(made.command)} help={say('serviceHelp')} />
        </Tabs.Panel>
        <Tabs.Panel value="others" pt="sm">
          <Text size="sm">{say('othersHelp')}</Text>
        </Tabs.Panel>
      </Tabs>
      <Arrival made={made} />
      <Group justify="flex-end">
        <Button variant="default" onClick={onDone}>
          {say('done')}
        </Button>
      </Group>
    </Stack>
  );
}

function OneCommand({ command, help }: { readonly command: string; readonly help: string }) {
  const say = useText(text);
  return (
    <Stack gap={6}>
      <Text size="sm" c="dimmed">
        {help} {say('runOnce')}
      </Text>
      <Code block className="muster-command" tabIndex={0} data-testid="command">
        {command}
      </Code>
      <Group>
        <CopyButton value={command} label={say('copyCommand')} isWide />
      </Group>
    </Stack>
  );
}

/** Waits, says who came, or what may be wrong. */
function Arrival({ made }: { readonly made: MadeToken }) {
  const say = useText(text);
  const [isSlow, setSlow] = useState(false);
  useComing();
  const joined = useJoined(made.token);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), SLOW_MS);
    return () => clearTimeout(timer);
  }, []);
  if (joined.isError) return <Problem error={joined.error} retry={() => void joined.refetch()} />;
  const device = joined.data ?? null;
  if (device !== null) {
    const isPending = device.state === 'pending';
    return (
      <Group role="status" justify="space-between">
        <Status
          tone={isPending ? 'warn' : 'good'}
          word={say(isPending ? 'joinedPending' : 'joined', { name: device.hostname })}
        />
        {isPending ? (
          <Decide device={device} />
        ) : (
          <GoButton to={`/devices/${device.id}`} size="compact-sm">
            {say('showDevice')}
          </GoButton>
        )}
      </Group>
    );
  }
  return (
    <Stack gap={4} role="status">
      <Group gap="xs">
        <Loader size="xs" aria-hidden />
        <Text size="sm" fw={600}>
          {say('waiting')}
        </Text>
      </Group>
      <Text size="sm" c="dimmed">
        {say('waitingHelp')}
      </Text>
      {isSlow && <Causes url={urlOf(made.command)} />}
    </Stack>
  );
}

function Causes({ url }: { readonly url: string }) {
  const say = useText(text);
  return (
    <Stack gap={4}>
      <Text size="sm" fw={600}>
        {say('slow')}
      </Text>
      <List size="sm">
        <List.Item>{say('causeRun')}</List.Item>
        <List.Item>{say('causeReach', { url })}</List.Item>
        <List.Item>{say('causeTls')}</List.Item>
        <List.Item>{say('causeSpent')}</List.Item>
        <List.Item>{say('causeAgent')}</List.Item>
      </List>
      <Help page="installation" />
    </Stack>
  );
}

/** Pure: the address that the command names. */
function urlOf(command: string): string {
  return /--server (\S+)/.exec(command)?.[1] ?? '';
}
