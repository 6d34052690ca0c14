// The menu of one's own account: theme, language, shortcuts, and the way out.
import { Menu, useMantineColorScheme } from '@mantine/core';
import {
  IconApi,
  IconCheck,
  IconDeviceDesktop,
  IconKeyboard,
  IconLogout,
  IconMoon,
  IconSun,
  IconUser,
} from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { lastCall } from '../api/last-call.ts';
import { useStore } from '../parts/store.ts';
import { AccountButton } from './AccountButton.tsx';
import { signOut, useSession } from './session.ts';
import { apiCallOpen, shortcutsOpen } from './switches.ts';
import { languages, texts, useLanguage, useText } from './text.ts';

const text = texts({
  en: {
    me: 'Passkeys and sessions',
    theme: 'Theme',
    light: 'Light',
    dark: 'Dark',
    auto: 'As the system',
    language: 'Language',
    shortcuts: 'Keyboard shortcuts',
    apiCall: 'Show API call',
    signOut: 'Sign out',
  },
  de: {
    me: 'Passkeys und Sitzungen',
    theme: 'Erscheinungsbild',
    light: 'Hell',
    dark: 'Dunkel',
    auto: 'Wie das System',
    language: 'Sprache',
    shortcuts: 'Tastenkürzel',
    apiCall: 'API-Aufruf zeigen',
    signOut: 'Abmelden',
  },
});

const themes = [
  ['light', IconSun],
  ['dark', IconMoon],
  ['auto', IconDeviceDesktop],
] as const;

/** Languages in their own words, which is how people find theirs. */
const languageNames = { en: 'English', de: 'Deutsch' } as const;

/** Opens when it is there: it is loaded because somebody asked for it. */
export function AccountMenu() {
  const say = useText(text);
  const { data } = useSession();
  const { language, set } = useLanguage();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const hasChanged = useStore(lastCall) !== null;
  const button = useRef<HTMLButtonElement>(null);
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    // The button that was pressed has made room for this one, to which the focus comes back when the menu closes.
    button.current?.focus();
    setOpen(true);
  }, []);
  const check = <IconCheck size={15} aria-hidden />;
  return (
    <Menu opened={isOpen} onChange={setOpen} position="bottom-end" width={220}>
      <Menu.Target>
        <AccountButton ref={button} />
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{data?.person?.name}</Menu.Label>
        <Menu.Item component={Link} to="/me" leftSection={<IconUser size={15} aria-hidden />}>
          {say('me')}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconKeyboard size={15} aria-hidden />}
          onClick={() => shortcutsOpen.set(true)}
        >
          {say('shortcuts')}
        </Menu.Item>
        {hasChanged && (
          <Menu.Item leftSection={<IconApi size={15} aria-hidden />} onClick={() => apiCallOpen.set(true)}>
            {say('apiCall')}
          </Menu.Item>
        )}
        <Menu.Divider />
        <Menu.Label>{say('theme')}</Menu.Label>
        {themes.map(([name, Icon]) => (
          <Menu.Item
            key={name}
            role="menuitemradio"
            aria-checked={colorScheme === name}
            leftSection={<Icon size={15} aria-hidden />}
            rightSection={colorScheme === name ? check : null}
            onClick={() => setColorScheme(name)}
          >
            {say(name)}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Label>{say('language')}</Menu.Label>
        {languages.map((one) => (
          <Menu.Item
            key={one}
            role="menuitemradio"
            aria-checked={language === one}
            lang={one}
            rightSection={language === one ? check : null}
            onClick={() => set(one)}
          >
            {languageNames[one]}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={15} aria-hidden />} onClick={() => void signOut()}>
          {say('signOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
