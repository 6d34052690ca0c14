// Opens the right section of the docs, which the server brings along: no outside host is asked.
import { ActionIcon, Anchor, Tooltip } from '@mantine/core';
import { IconHelpCircle } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useText } from '../app/text.ts';
import { text } from './text.ts';

/** `page`: path under docs/ without `.md`, and the section's heading as an anchor: `architecture/language#functions`. */
export function Help({ page, isIcon = false }: { readonly page: string; readonly isIcon?: boolean }) {
  const say = useText(text);
  const [path = '', hash] = page.split('#');
  const to = { to: `/help/${path}`, hash: hash ?? '' };
  if (!isIcon)
    return (
      <Anchor component={Link} {...to} size="sm">
        {say('docs')}
      </Anchor>
    );
  return (
    <Tooltip label={say('help')}>
      <ActionIcon component={Link} {...to} variant="subtle" color="gray" aria-label={say('help')}>
        <IconHelpCircle size={18} aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
}
