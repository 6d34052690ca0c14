// Where one signs in.
import { compact, searchText } from '../../parts/search-state.ts';
import type { Page } from '../page.ts';

export const signInPage: Page = {
  path: '/sign-in',
  isPublic: true,
  search: (raw) => compact({ next: searchText(raw.next), error: searchText(raw.error) }),
  load: () => import('./View.tsx'),
};
