// Groups: devices that are together by an expression, or because somebody picked them.
import { IconStack2 } from '@tabler/icons-react';
import type { Page } from '../page.ts';

export const groupsPage: Page = {
  path: '/groups',
  nav: { label: { en: 'Groups', de: 'Gruppen' }, icon: IconStack2, section: 'fleet' },
  permission: 'groups.read',
  load: () => import('./View.tsx'),
};
