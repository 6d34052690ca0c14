// Settings: whether the server is set up well, and how the console looks for oneself.
import { IconSettings } from '@tabler/icons-react';
import type { Page } from '../page.ts';

export const settingsPage: Page = {
  path: '/settings',
  nav: { label: { en: 'Settings', de: 'Einstellungen' }, icon: IconSettings, section: 'rules' },
  load: () => import('./View.tsx'),
};
