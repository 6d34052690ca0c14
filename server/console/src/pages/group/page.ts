// One group: what it is made of, who is a member, and why.
import type { Page } from '../page.ts';
import { parseSearch } from './search.ts';

export const groupPage: Page = {
  path: '/groups/$id',
  permission: 'groups.read',
  search: (raw) => ({ ...parseSearch(raw) }),
  load: () => import('./View.tsx'),
};
