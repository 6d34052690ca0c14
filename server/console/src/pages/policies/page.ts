// The page with all policies in force.
import { IconClipboardCheck } from '@tabler/icons-react';
import type { Page } from '../page.ts';

export const policiesPage: Page = {
  path: '/policies',
  nav: {
    label: { en: 'Policies', de: 'Richtlinien' },
    icon: IconClipboardCheck,
    section: 'work',
  },
  permission: 'policies.read',
  load: () => import('./View.tsx'),
};
