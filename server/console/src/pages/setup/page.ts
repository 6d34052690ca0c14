// Where a setup link leads: one's account is made or regained.
import type { Page } from '../page.ts';

export const setupPage: Page = {
  path: '/setup',
  isPublic: true,
  load: () => import('./View.tsx'),
};
