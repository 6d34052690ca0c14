// What looks like a search field and opens the palette: pages, devices and actions in one place.
import { ActionIcon, Kbd, Text, UnstyledButton } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { texts, useText } from './text.ts';

const text = texts({
  en: { search: 'Search or do', keys: 'Ctrl K' },
  de: { search: 'Suchen oder tun', keys: 'Strg K' },
});

export function SearchButton({ onOpen }: { readonly onOpen: () => void }) {
  const say = useText(text);
  return (
    <>
      <UnstyledButton className="muster-search" onClick={onOpen} visibleFrom="xs">
        <IconSearch size={15} aria-hidden />
        <Text size="sm" span>
          {say('search')}
        </Text>
        <Kbd size="xs">{say('keys')}</Kbd>
      </UnstyledButton>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        onClick={onOpen}
        hiddenFrom="xs"
        aria-label={say('search')}
      >
        <IconSearch size={18} aria-hidden />
      </ActionIcon>
    </>
  );
}
