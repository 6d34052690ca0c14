// What a browser has to load before Home is shown stays small.
import t from 'tap';
import { findHomeScripts, gzippedBytes } from './size.ts';

/** Bytes of all scripts of the first page, gzipped (issue 5). */
const MAX_BYTES = 250_000;

t.test('the scripts of Home weigh at most 250 KB, gzipped', async (t) => {
  const scripts = findHomeScripts();
  const weights = scripts.map((path) => [path, gzippedBytes(path)] as const);
  const bytes = weights.reduce((sum, [, weight]) => sum + weight, 0);
  const heaviest = weights.toSorted(([, one], [, other]) => other - one).slice(0, 8);
  t.ok(bytes <= MAX_BYTES, `${bytes} bytes`, { heaviest });
  t.ok(bytes > 50_000 && scripts.length > 3, 'and they were found');
});
