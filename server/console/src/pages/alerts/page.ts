// Alerts: what devices say is wrong, and how people and programs are told of it.
import { IconBell } from '@tabler/icons-react';
import type { Page } from '../page.ts';
import { parseSearch } from './search.ts';

export const alertsPage: Page = {
  path: '/alerts',
  nav: { label: { en: 'Alerts', de: 'Alarme' }, icon: IconBell, section: 'fleet' },
  permission: 'alerts.read',
  search: (raw) => ({ ...parseSearch(raw) }),
  load: () => import('./View.tsx'),
};
