// People: who may sign in, what he may do, and from where he is signed in.
import { IconUsers } from '@tabler/icons-react';
import type { Page } from '../page.ts';
import { parseSearch } from './search.ts';

export const peoplePage: Page = {
  path: '/people',
  nav: { label: { en: 'People', de: 'Personen' }, icon: IconUsers, section: 'rules' },
  permission: 'persons.read',
  search: (raw) => ({ ...parseSearch(raw) }),
  load: () => import('./View.tsx'),
};
