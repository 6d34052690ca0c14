// All devices, filtered and ordered by what stands in the address.
import { IconServer } from '@tabler/icons-react';
import type { Page } from '../page.ts';
import { parseSearch } from './search.ts';

export const devicesPage: Page = {
  path: '/devices',
  nav: { label: { en: 'Devices', de: 'Geräte' }, icon: IconServer, section: 'fleet' },
  permission: 'devices.read',
  search: (raw) => ({ ...parseSearch(raw) }),
  load: () => import('./View.tsx'),
};
