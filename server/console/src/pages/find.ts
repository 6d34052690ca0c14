// Which page an address belongs to.
import { pages } from './index.ts';
import type { Page } from './page.ts';

/** Pure: the page of a path, whose parts may be variable (`$id`, `$` for the rest); undefined: there is none. */
export function findPage(path: string): Page | undefined {
  const parts = path.split('/').filter((part) => part !== '');
  return pages.find((page) => {
    const wanted = page.path.split('/').filter((part) => part !== '');
    const isRest = wanted.at(-1) === '$';
    if (isRest ? parts.length < wanted.length : parts.length !== wanted.length) return false;
    return wanted.every((part, index) => part.startsWith('$') || part === parts[index]);
  });
}
