// The frame of a card: its title, where all of it can be seen, and its content.
import { Card as Frame, Group, Title } from '@mantine/core';
import type { ReactNode } from 'react';

interface Props {
  readonly title: string;
  /** At the right of the title, as a link to the whole list. */
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}

export function Card({ title, aside, children }: Props) {
  return (
    <Frame withBorder padding="md" radius="md" component="section" h="100%">
      <Group justify="space-between" mb="xs" mih={26}>
        <Title order={2} fz="0.875rem">
          {title}
        </Title>
        {aside}
      </Group>
      {children}
    </Frame>
  );
}
