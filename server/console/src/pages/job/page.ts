// The page of one job.
import type { Page } from '../page.ts';
import { jobSearch } from './search.ts';

export const jobPage: Page = {
  path: '/jobs/$id',
  permission: 'jobs.read',
  search: jobSearch,
  load: () => import('./View.tsx'),
};
