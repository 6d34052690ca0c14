// One's own account: passkeys first, then everything else by which one signs in, and where one is signed in.
import type { Page } from '../page.ts';

export const mePage: Page = {
  path: '/me',
  load: () => import('./View.tsx'),
};
