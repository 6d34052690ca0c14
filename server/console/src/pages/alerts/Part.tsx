// A part of the page about being told: its title, why it is there, its button, and its rows.
import { Box, Button, Group, Text, Title } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import type { ReactNode } from 'react';

interface Props {
  readonly title: string;
  readonly why: string;
  /** The button that adds something; absent for those who may not. */
  readonly add?: { readonly label: string; readonly onClick: () => void };
  /** Said when there are no rows. */
  readonly none: string;
  readonly isEmpty: boolean;
  readonly children: ReactNode;
  /** Shown whether or not there are rows. */
  readonly dialogs: ReactNode;
}

export function Part({ title, why, add, none, isEmpty, children, dialogs }: Props) {
  return (
    <Box component="section" aria-label={title}>
      <Group justify="space-between" align="flex-end" mb={6}>
        <Box>
          <Title order={2} fz="md">
            {title}
          </Title>
          <Text size="sm" c="dimmed">
            {why}
          </Text>
        </Box>
        {add !== undefined && (
          <Button variant="default" leftSection={<IconPlus size={15} aria-hidden />} onClick={add.onClick}>
            {add.label}
          </Button>
        )}
      </Group>
      {isEmpty ? (
        <Text size="sm" py="xs">
          {none}
        </Text>
      ) : (
        children
      )}
      {dialogs}
    </Box>
  );
}
