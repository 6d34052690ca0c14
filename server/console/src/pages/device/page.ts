// The page of one device.
import type { Page } from '../page.ts';
import { parseSearch } from './search.ts';

export const devicePage: Page = {
  path: '/devices/$id',
  permission: 'devices.read',
  search: parseSearch,
  load: () => import('./View.tsx'),
};
