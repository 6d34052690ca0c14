// A part of the account page: its heading, why it is there, what it holds.
import { Box, Group, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';

interface Props {
  readonly title: string;
  readonly why?: string;
  readonly action?: ReactNode;
  readonly children: ReactNode;
}

export function Section({ title, why, action, children }: Props) {
  return (
    <Box component="section" mb="xl" maw={860}>
      <Group justify="space-between" mb={4}>
        <Title order={2} fz="lg">
          {title}
        </Title>
        {action}
      </Group>
      {why !== undefined && (
        <Text size="sm" c="dimmed" mb="sm">
          {why}
        </Text>
      )}
      {children}
    </Box>
  );
}
