// The head of the page: name, whether it is there, system, owner and labels, the three main actions, and what waits for a decision.
import { ActionIcon, Alert, Button, Code, Group, Menu, Text } from '@mantine/core';
import { IconDots, IconPlayerPlay, IconPower, IconRefresh } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useMay } from '../../app/session.ts';
import { useText } from '../../app/text.ts';
import { CopyButton } from '../../parts/CopyButton.tsx';
import { HistoryLink } from '../../parts/HistoryLink.tsx';
import { PageHead } from '../../parts/PageHead.tsx';
import { Problem } from '../../parts/Problem.tsx';
import { Decision, useDecide } from './Decision.tsx';
import { Labels } from './Labels.tsx';
import { Presence } from './Presence.tsx';
import { text } from './text.ts';
import type { Device } from './types.ts';

export function Head({ device }: { readonly device: Device }) {
  const say = useText(text);
  const mayAct = useMay()('jobs.write') && device.state === 'active';
  const name = [device.facts?.osName ?? device.platform, device.facts?.osVersion].filter(Boolean).join(' ');
  const system = [name, device.facts?.arch];
  return (
    <>
      <PageHead
        title={device.hostname}
        crumbs={[{ label: say('devices'), to: '/devices' }]}
        beside={<Presence device={device} />}
        actions={
          <>
            {mayAct && <MainActions device={device} />}
            <MoreActions device={device} mayAct={mayAct} />
          </>
        }
      />
      <Group gap="xs" mb="sm">
        <Text size="sm">{system.filter(Boolean).join(' · ')}</Text>
        <Labels device={device} />
        <HistoryLink subject={device.id} />
      </Group>
      <Waiting device={device} />
    </>
  );
}

/** Where an act on this device begins: the page of acts shows what it means before anything is signed. */
function actLink(device: Device, kind: string) {
  const place: { readonly to: string; readonly search: object } = {
    to: '/act',
    search: { on: `id == "${device.id}"`, kind },
  };
  return (props: object) => <Link {...props} {...place} />;
}

function MainActions({ device }: { readonly device: Device }) {
  const say = useText(text);
  return (
    <>
      <Button
        renderRoot={actLink(device, 'script.run')}
        variant="default"
        leftSection={<IconPlayerPlay size={16} aria-hidden />}
      >
        {say('runScript')}
      </Button>
      <Button
        renderRoot={actLink(device, 'service.restart')}
        variant="default"
        leftSection={<IconRefresh size={16} aria-hidden />}
      >
        {say('restartService')}
      </Button>
      <Button
        renderRoot={actLink(device, 'power.reboot')}
        variant="default"
        leftSection={<IconPower size={16} aria-hidden />}
      >
        {say('reboot')}
      </Button>
    </>
  );
}

const otherKinds = [
  ['refresh', 'inventory.refresh'],
  ['upgrade', 'package.upgrade'],
  ['diagnostics', 'diagnostics.collect'],
  ['shutdown', 'power.shutdown'],
] as const;

function MoreActions({ device, mayAct }: { readonly device: Device; readonly mayAct: boolean }) {
  const say = useText(text);
  const mayDecide = useMay()('devices.write') && device.state !== 'retired';
  const [isRetiring, setRetiring] = useState(false);
  return (
    <>
      <CopyButton value={device.id} label={say('copyId')} />
      {(mayAct || mayDecide) && (
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon variant="default" size="lg" aria-label={say('more')}>
              <IconDots size={18} aria-hidden />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {mayAct &&
              otherKinds.map(([word, kind]) => (
                <Menu.Item key={kind} renderRoot={actLink(device, kind)}>
                  {say(word)}
                </Menu.Item>
              ))}
            {mayDecide && (
              <Menu.Item color="red" onClick={() => setRetiring(true)}>
                {say('retire')}
              </Menu.Item>
            )}
          </Menu.Dropdown>
        </Menu>
      )}
      <Decision device={device} opened={isRetiring} onClose={() => setRetiring(false)} />
    </>
  );
}

/** What keeps the device from counting, and the button that decides it. */
function Waiting({ device }: { readonly device: Device }) {
  const say = useText(text);
  const may = useMay()('devices.write');
  const { decide, error, isBusy } = useDecide(device);
  if (device.state !== 'pending' && device.state !== 'quarantined') return null;
  const isPending = device.state === 'pending';
  return (
    <Alert color="yellow" variant="light" mb="md" title={say(device.state, { reason: device.stateReason })}>
      <Text size="sm">
        {isPending ? say('approveWhy') : say('quarantineWhy', { reason: device.stateReason })}
      </Text>
      {isPending && (
        <Group gap={4}>
          <Code>{device.fingerprint}</Code>
          <CopyButton value={device.fingerprint} />
        </Group>
      )}
      {error !== null && <Problem error={error} />}
      {may && (
        <Button mt="xs" loading={isBusy} onClick={() => void decide(isPending ? 'approve' : 'release')}>
          {say(isPending ? 'approve' : 'release')}
        </Button>
      )}
    </Alert>
  );
}
