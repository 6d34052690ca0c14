// The audit: who did what, and what was refused.
import { IconHistory } from '@tabler/icons-react';
import type { Page } from '../page.ts';
import { parseSearch } from './search.ts';

export const auditPage: Page = {
  path: '/audit',
  nav: { label: { en: 'Audit', de: 'Protokoll' }, icon: IconHistory, section: 'rules' },
  permission: 'audit.read',
  search: (raw) => ({ ...parseSearch(raw) }),
  load: () => import('./View.tsx'),
};
