// An empty place that teaches: one sentence why, one thing to do, one page to read.
import { Button, Stack, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Help } from './Help.tsx';

interface Props {
  readonly title: string;
  /** Why it is empty, one sentence. */
  readonly why: string;
  /** The one thing to do: another page, or a function. */
  readonly action?:
    | { readonly label: string; readonly to: string }
    | { readonly label: string; readonly onClick: () => void };
  /** Page of docs/, and section, as `architecture/language#functions`. */
  readonly docs?: string;
  /** It is the whole page, so that its title is the heading of the first level. */
  readonly isPage?: boolean;
  readonly children?: ReactNode;
}

export function Empty({ title, why, action, docs, isPage = false, children }: Props) {
  return (
    <Stack align="center" gap="xs" py="xl" px="md" ta="center">
      <Title order={isPage ? 1 : 2} fz="lg">
        {title}
      </Title>
      <Text c="dimmed" maw={520}>
        {why}
      </Text>
      {children}
      {action !== undefined && 'to' in action && (
        <Button component={Link} to={action.to} mt="xs">
          {action.label}
        </Button>
      )}
      {action !== undefined && 'onClick' in action && (
        <Button onClick={action.onClick} mt="xs">
          {action.label}
        </Button>
      )}
      {docs !== undefined && <Help page={docs} />}
    </Stack>
  );
}
