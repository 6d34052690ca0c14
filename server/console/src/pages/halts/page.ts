// The page of halts.
import { IconHandStop } from '@tabler/icons-react';
import type { Page } from '../page.ts';

export const haltsPage: Page = {
  path: '/halts',
  nav: { label: { en: 'Halts', de: 'Halte' }, icon: IconHandStop, section: 'work' },
  permission: 'halts.read',
  load: () => import('./View.tsx'),
};
