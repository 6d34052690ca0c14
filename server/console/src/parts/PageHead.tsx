// The head of a page: where one is, what it is called, what can be done here.
import { Anchor, Box, Breadcrumbs, Group, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useEffect } from 'react';
import { useText } from '../app/text.ts';
import { Help } from './Help.tsx';
import { text } from './text.ts';

interface Props {
  readonly title: string;
  /** The pages above, outermost first. */
  readonly crumbs?: readonly { readonly label: string; readonly to: string }[];
  /** Beside the title, such as a status. */
  readonly beside?: ReactNode;
  /** Buttons; the main one last. */
  readonly actions?: ReactNode;
  /** Page of docs/, as for `Help`. */
  readonly docs?: string;
}

/** Also gives the browser's tab its title. */
export function PageHead({ title, crumbs = [], beside, actions, docs }: Props) {
  const say = useText(text);
  useEffect(() => {
    document.title = `${title} · Muster`;
  }, [title]);
  return (
    <Box mb="md">
      {crumbs.length > 0 && (
        <Breadcrumbs component="nav" aria-label={say('breadcrumbs')} mb={4}>
          {crumbs.map((crumb) => (
            <Anchor key={crumb.to} component={Link} to={crumb.to} size="sm">
              {crumb.label}
            </Anchor>
          ))}
        </Breadcrumbs>
      )}
      <Group justify="space-between" gap="sm">
        <Group gap="xs">
          <Title order={1} fz="xl">
            {title}
          </Title>
          {beside}
          {docs !== undefined && <Help page={docs} isIcon />}
        </Group>
        <Group gap="xs">{actions}</Group>
      </Group>
    </Box>
  );
}
