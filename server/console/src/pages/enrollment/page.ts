// How devices come in: tokens, the command that spends one, and who waits to be approved.
import { IconPlugConnected } from '@tabler/icons-react';
import type { Page } from '../page.ts';
import { parseSearch } from './search.ts';

export const enrollmentPage: Page = {
  path: '/enrollment',
  nav: { label: { en: 'Enrollment', de: 'Aufnahme' }, icon: IconPlugConnected, section: 'fleet' },
  permission: 'enrollment.read',
  search: (raw) => ({ ...parseSearch(raw) }),
  load: () => import('./View.tsx'),
};
