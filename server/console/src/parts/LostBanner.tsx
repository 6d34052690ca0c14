// Says above every page that what is seen is no longer fresh.
import { Group, Text } from '@mantine/core';
import { IconPlugConnectedX } from '@tabler/icons-react';
import { useEffect } from 'react';
import { useText } from '../app/text.ts';
import { useFormat } from './format.ts';
import { useLost } from './stream.ts';
import { text } from './text.ts';

export function LostBanner() {
  const say = useText(text);
  const format = useFormat();
  const lost = useLost();
  const isLost = lost !== null;
  // Nothing is shown as well while nobody knows.
  useEffect(() => {
    document.documentElement.toggleAttribute('data-lost', isLost);
  }, [isLost]);
  if (lost === null) return null;
  const sentence =
    lost.sinceMs === null ? say('lostNever') : say('lost', { time: format.clock(lost.sinceMs) });
  return (
    <Group role="status" gap="xs" px="md" py={6} className="muster-banner" data-tone="warn">
      <IconPlugConnectedX size={16} aria-hidden />
      <Text size="sm">{sentence}</Text>
    </Group>
  );
}
