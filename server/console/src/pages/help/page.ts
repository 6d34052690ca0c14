// The docs that come with the server.
import type { Page } from '../page.ts';

export const helpPage: Page = {
  path: '/help/$',
  load: () => import('./View.tsx'),
};
