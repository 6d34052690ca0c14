// The library of signed scripts and files.
import { IconFileCode } from '@tabler/icons-react';
import type { Page } from '../page.ts';
import { scriptsSearch } from './search.ts';

export const scriptsPage: Page = {
  path: '/scripts',
  nav: { label: { en: 'Scripts', de: 'Skripte' }, icon: IconFileCode, section: 'work' },
  permission: 'content.read',
  search: scriptsSearch,
  load: () => import('./View.tsx'),
};
