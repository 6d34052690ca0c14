// The page that says what of the fleet meets its policies.
import { IconProgressCheck } from '@tabler/icons-react';
import type { Page } from '../page.ts';
import { parseSearch } from './search.ts';

export const compliancePage: Page = {
  path: '/compliance',
  nav: {
    label: { en: 'Compliance', de: 'Einhaltung' },
    icon: IconProgressCheck,
    section: 'work',
  },
  permission: 'devices.read',
  search: (raw) => ({ ...parseSearch(raw) }),
  load: () => import('./View.tsx'),
};
