// The page one lands on: whether the fleet is well.
import { IconHome } from '@tabler/icons-react';
import type { Page } from '../page.ts';
import { parseSearch } from './search.ts';

export const homePage: Page = {
  path: '/',
  nav: { label: { en: 'Home', de: 'Übersicht' }, icon: IconHome, section: 'fleet' },
  search: (raw) => ({ ...parseSearch(raw) }),
  load: () => import('./View.tsx'),
};
