// The inbox of what waits for a second signature.
import { IconSignature } from '@tabler/icons-react';
import type { Page } from '../page.ts';

export const approvalsPage: Page = {
  path: '/approvals',
  nav: { label: { en: 'Approvals', de: 'Freigaben' }, icon: IconSignature, section: 'work' },
  permission: 'jobs.read',
  load: () => import('./View.tsx'),
};
