// Writing a policy: one in force, an earlier version of it, or a new one; also taking one out of force.
import type { Page } from '../page.ts';
import { parseSearch } from './search.ts';

export const policyEditPage: Page = {
  path: '/policies/$name/edit',
  permission: 'policies.read',
  search: (raw) => ({ ...parseSearch(raw) }),
  load: () => import('./View.tsx'),
};

export const policyNewPage: Page = {
  path: '/new-policy',
  permission: 'policies.read',
  load: () => import('./View.tsx'),
};
