// The frame of pages before one is signed in: the name of the house, a title, one card.
import { Box, Card, Group, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { useText } from '../app/text.ts';
import { text } from './text.ts';

export function Gate({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  const say = useText(text);
  return (
    <Box maw={420} mx="auto" px="md" pt="max(32px, 12vh)" pb="xl">
      <Group gap="xs" mb="lg" justify="center">
        <img src="/icon.svg" alt="" width={28} height={28} />
        <Text fw={650} fz="lg">
          {say('brand')}
        </Text>
      </Group>
      <Card withBorder padding="lg" radius="md">
        <Title order={1} fz="xl" mb="md">
          {title}
        </Title>
        {children}
      </Card>
    </Box>
  );
}
