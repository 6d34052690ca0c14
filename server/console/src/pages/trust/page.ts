// Trust: who may sign, with which keys, and what is still soft. Pages cannot change it.
import { IconShieldLock } from '@tabler/icons-react';
import type { Page } from '../page.ts';

export const trustPage: Page = {
  path: '/trust',
  nav: { label: { en: 'Trust', de: 'Vertrauen' }, icon: IconShieldLock, section: 'rules' },
  permission: 'trust.read',
  load: () => import('./View.tsx'),
};
