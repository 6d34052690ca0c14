// Ctrl-K: pages, devices by name and actions in one list.
import { useMantineColorScheme } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { Spotlight } from '@mantine/spotlight';
import {
  IconApi,
  IconBook,
  IconKeyboard,
  IconLanguage,
  IconLogout,
  IconPlus,
  IconSearch,
  IconServer,
  IconSunMoon,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, useEffect, useState } from 'react';
import { api, take } from '../api/client.ts';
import { lastCall } from '../api/last-call.ts';
import { pages } from '../pages/index.ts';
import { useStore } from '../parts/store.ts';
import { takeTyped } from './palette.ts';
import { signOut, useMay } from './session.ts';
import { apiCallOpen, shortcutsOpen } from './switches.ts';
import { texts, useLanguage, useText } from './text.ts';

const text = texts({
  en: {
    search: 'Search pages, devices and actions',
    pages: 'Pages',
    devices: 'Devices',
    actions: 'Actions',
    nothing: 'Nothing is called so. Devices are found by the beginning of their name.',
    light: 'Theme: light',
    dark: 'Theme: dark',
    auto: 'Theme: as the system',
    enroll: 'Enroll a device',
    docs: 'Read the docs',
    shortcuts: 'Keyboard shortcuts',
    apiCall: 'Show API call of your last change',
    signOut: 'Sign out',
    language: 'Sprache: Deutsch',
  },
  de: {
    search: 'Seiten, Geräte und Aktionen suchen',
    pages: 'Seiten',
    devices: 'Geräte',
    actions: 'Aktionen',
    nothing: 'Nichts heißt so. Geräte werden am Anfang ihres Namens gefunden.',
    light: 'Erscheinungsbild: hell',
    dark: 'Erscheinungsbild: dunkel',
    auto: 'Erscheinungsbild: wie das System',
    enroll: 'Ein Gerät aufnehmen',
    docs: 'Dokumentation lesen',
    shortcuts: 'Tastenkürzel',
    apiCall: 'API-Aufruf Ihrer letzten Änderung zeigen',
    signOut: 'Abmelden',
    language: 'Language: English',
  },
});

const SHOWN_DEVICES = 8;
const TYPING_MS = 120;

interface Entry {
  readonly label: string;
  readonly icon: ReactNode;
  readonly act: () => void;
}

/** Things to do from anywhere. */
function useActions(): Entry[] {
  const say = useText(text);
  const may = useMay();
  const navigate = useNavigate();
  const { setColorScheme } = useMantineColorScheme();
  const { language, set } = useLanguage();
  const hasChanged = useStore(lastCall) !== null;
  const themes = (['light', 'dark', 'auto'] as const).map((name) => ({
    label: say(name),
    icon: <IconSunMoon size={17} aria-hidden />,
    act: () => setColorScheme(name),
  }));
  const enroll = {
    label: say('enroll'),
    icon: <IconPlus size={17} aria-hidden />,
    act: () => void navigate({ to: '/enrollment' }),
  };
  const apiCall = {
    label: say('apiCall'),
    icon: <IconApi size={17} aria-hidden />,
    act: () => apiCallOpen.set(true),
  };
  return [
    ...(may('enrollment.write') ? [enroll] : []),
    ...(hasChanged ? [apiCall] : []),
    ...themes,
    {
      label: say('language'),
      icon: <IconLanguage size={17} aria-hidden />,
      act: () => set(language === 'en' ? 'de' : 'en'),
    },
    {
      label: say('docs'),
      icon: <IconBook size={17} aria-hidden />,
      act: () => void navigate({ to: '/help/architecture/console' }),
    },
    {
      label: say('shortcuts'),
      icon: <IconKeyboard size={17} aria-hidden />,
      act: () => shortcutsOpen.set(true),
    },
    { label: say('signOut'), icon: <IconLogout size={17} aria-hidden />, act: () => void signOut() },
  ];
}

function usePages(): Entry[] {
  const may = useMay();
  const navigate = useNavigate();
  const { language } = useLanguage();
  return pages.flatMap(({ path, nav, permission }) =>
    nav === undefined || !may(permission)
      ? []
      : [
          {
            label: nav.label[language],
            icon: <nav.icon size={17} aria-hidden />,
            act: () => void navigate({ to: path }),
          },
        ],
  );
}

/** Devices whose name begins with what is typed. */
function useDevices(query: string): Entry[] {
  const may = useMay();
  const navigate = useNavigate();
  const [hostname] = useDebouncedValue(query.trim(), TYPING_MS);
  const { data } = useQuery({
    queryKey: ['palette', hostname],
    queryFn: () =>
      take(
        api.GET('/api/v1/devices', {
          params: { query: { hostname, limit: SHOWN_DEVICES, fields: 'id,hostname,presence' } },
        }),
      ),
    enabled: hostname !== '' && may('devices.read'),
  });
  // What was found for the letters before must not be what Enter opens.
  const wanted = query.trim().toLowerCase();
  const items = (data?.items ?? []).filter(
    (device) => wanted !== '' && device.hostname?.toLowerCase().startsWith(wanted) === true,
  );
  return items.map(({ id, hostname: name = '' }) => ({
    label: name,
    icon: <IconServer size={17} aria-hidden />,
    act: () => void navigate({ to: `/devices/${id}` }),
  }));
}

function matching(entries: readonly Entry[], query: string): Entry[] {
  const wanted = query.trim().toLowerCase();
  return entries.filter(({ label }) => label.toLowerCase().includes(wanted));
}

export function Palette() {
  const say = useText(text);
  const [query, setQuery] = useState('');
  useEffect(() => {
    const typed = takeTyped();
    if (typed !== '') setQuery(typed);
  }, []);
  const groups = [
    { label: say('pages'), entries: matching(usePages(), query) },
    { label: say('devices'), entries: useDevices(query) },
    { label: say('actions'), entries: matching(useActions(), query) },
  ].filter(({ entries }) => entries.length > 0);
  const found = groups.flatMap(({ entries }) => entries.map(({ label }) => label)).join();
  // The library chooses the first entry before the new ones are drawn; Enter would then do nothing.
  // biome-ignore lint/correctness/useExhaustiveDependencies: chosen anew whenever other entries are drawn
  useEffect(() => {
    const list = document.querySelector('.muster-palette');
    if (list?.querySelector('[data-selected]') === null)
      list.querySelector('[data-action]')?.setAttribute('data-selected', 'true');
  }, [found]);
  return (
    <Spotlight.Root
      attributes={{ content: { 'aria-label': say('search') } }}
      query={query}
      onQueryChange={setQuery}
      shortcut={null}
      scrollable
      maxHeight={420}
    >
      <Spotlight.Search
        placeholder={say('search')}
        aria-label={say('search')}
        leftSection={<IconSearch size={18} aria-hidden />}
      />
      <Spotlight.ActionsList className="muster-palette">
        {groups.map(({ label, entries }) => (
          <Spotlight.ActionsGroup key={label} label={label}>
            {entries.map((entry) => (
              <Spotlight.Action
                key={entry.label}
                label={entry.label}
                leftSection={entry.icon}
                onClick={entry.act}
              />
            ))}
          </Spotlight.ActionsGroup>
        ))}
        {groups.length === 0 && <Spotlight.Empty>{say('nothing')}</Spotlight.Empty>}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  );
}
