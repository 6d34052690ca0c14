// The page from which something is ordered of devices.
import { IconBolt } from '@tabler/icons-react';
import type { Page } from '../page.ts';
import { actSearch } from './search.ts';

export const actPage: Page = {
  path: '/act',
  nav: { label: { en: 'Act', de: 'Handeln' }, icon: IconBolt, section: 'work' },
  permission: 'jobs.read',
  search: actSearch,
  load: () => import('./View.tsx'),
};
