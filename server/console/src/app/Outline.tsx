// Where things will be: the outline of a page, and of the frame around it while nobody knows who is looking.
import { AppShell, Center, Group, Loader, Skeleton, Stack } from '@mantine/core';
import { Brand } from './Brand.tsx';
import { FRAME } from './frame.ts';
import { texts, useText } from './text.ts';

const text = texts({ en: { loading: 'Loading' }, de: { loading: 'Wird geladen' } });

/** Entries of the navigation that are drawn before it is known which there are. */
const ENTRIES = [76, 64, 92, 70, 84, 60, 88, 72];

/** The outline of a page, where its title, bar and rows will be. */
export function PageOutline() {
  const say = useText(text);
  return (
    <Stack gap="sm" aria-busy aria-label={say('loading')} role="status">
      <Skeleton h={28} w={180} />
      <Skeleton h={20} w="60%" />
      <Skeleton h={220} />
    </Stack>
  );
}

/** The frame without anything in it that depends on who is signed in. */
export function FrameOutline() {
  return (
    <AppShell {...FRAME} navbar={{ ...FRAME.navbar, collapsed: { mobile: true } }}>
      <AppShell.Header>
        <Group h="100%" px="md" gap="sm" wrap="nowrap">
          <Brand />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="md" aria-hidden>
        <Stack gap="md" pt="xs">
          {ENTRIES.map((width) => (
            <Skeleton key={width} h={14} w={width} />
          ))}
        </Stack>
      </AppShell.Navbar>
      <AppShell.Main>
        <PageOutline />
      </AppShell.Main>
    </AppShell>
  );
}

/** Pages for people who are not signed in have no frame. */
export function PublicOutline() {
  const say = useText(text);
  return (
    <Center h="100dvh">
      <Loader size="sm" aria-label={say('loading')} />
    </Center>
  );
}
