// The page with all jobs.
import { IconListCheck } from '@tabler/icons-react';
import type { Page } from '../page.ts';
import { jobsSearch } from './search.ts';

export const jobsPage: Page = {
  path: '/jobs',
  nav: { label: { en: 'Jobs', de: 'Aufträge' }, icon: IconListCheck, section: 'work' },
  permission: 'jobs.read',
  search: jobsSearch,
  load: () => import('./View.tsx'),
};
