// One policy: what it says, in which version, and what it said before.
import type { Page } from '../page.ts';
import { parseSearch } from './search.ts';

export const policyPage: Page = {
  path: '/policies/$name',
  permission: 'policies.read',
  search: (raw) => ({ ...parseSearch(raw) }),
  load: () => import('./View.tsx'),
};
