// The frame around every page: who is signed in, where one can go, what is found everywhere.
import { AppShell, Burger, Container, Group, ScrollArea } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Navigate, Outlet, useRouterState } from '@tanstack/react-router';
import { findPage } from '../pages/find.ts';
import { LostBanner } from '../parts/LostBanner.tsx';
import { Problem } from '../parts/Problem.tsx';
import { Banners } from './Banners.tsx';
import { Brand } from './Brand.tsx';
import { FRAME } from './frame.ts';
import { LateOverlays } from './LateOverlays.tsx';
import { Navigation } from './Navigation.tsx';
import { NoPermission } from './NoPermission.tsx';
import { FrameOutline, PublicOutline } from './Outline.tsx';
import { openPalette } from './palette.ts';
import { SearchButton } from './SearchButton.tsx';
import { useMay, useSession } from './session.ts';
import { texts, useText } from './text.ts';
import { UserMenu } from './UserMenu.tsx';
import { useKeys } from './use-keys.ts';

const text = texts({
  en: {
    menu: 'Open navigation',
    navigation: 'Main',
    skip: 'Skip to the content',
    failed: 'The session could not be read',
  },
  de: {
    menu: 'Navigation öffnen',
    navigation: 'Hauptbereich',
    skip: 'Zum Inhalt springen',
    failed: 'Die Sitzung konnte nicht gelesen werden',
  },
});

/** Frame and, in it, the page of the address; whoever is not signed in is asked to first. */
export function Layout() {
  const say = useText(text);
  const location = useRouterState({ select: (state) => state.location });
  const session = useSession();
  const page = findPage(location.pathname);
  if (session.isPending) return page?.isPublic === true ? <PublicOutline /> : <FrameOutline />;
  if (session.isError)
    return (
      <Container size="sm" component="main" py="xl">
        <Problem error={session.error} what={say('failed')} retry={() => void session.refetch()} />
      </Container>
    );
  if (page?.isPublic === true)
    return (
      <main>
        <Outlet />
      </main>
    );
  if (session.data.person === null)
    return <Navigate to="/sign-in" search={{ next: location.href }} replace />;
  if (session.data.mustSetUp !== null && location.pathname !== '/me') return <Navigate to="/me" replace />;
  return <Frame permission={page?.permission} />;
}

function Frame({ permission }: { readonly permission: string | undefined }) {
  const say = useText(text);
  const may = useMay();
  const [isOpen, { toggle, close }] = useDisclosure();
  useKeys();
  return (
    <AppShell {...FRAME} navbar={{ ...FRAME.navbar, collapsed: { mobile: !isOpen } }}>
      <a href="#content" className="muster-skip">
        {say('skip')}
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" gap="sm" wrap="nowrap">
          <Burger opened={isOpen} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={say('menu')} />
          <Brand />
          <Group ms="auto" gap="xs" wrap="nowrap">
            <SearchButton onOpen={openPalette} />
            <UserMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar aria-label={say('navigation')}>
        <AppShell.Section grow component={ScrollArea} p="xs">
          <Navigation onNavigate={close} />
        </AppShell.Section>
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        <div className="muster-banners">
          <LostBanner />
          <Banners />
        </div>
        {may(permission) ? <Outlet /> : <NoPermission permission={permission ?? ''} />}
      </AppShell.Main>
      <LateOverlays />
    </AppShell>
  );
}
