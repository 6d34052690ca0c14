// The scripts of the built console and what they weigh: those that the page names, and the part that is Home.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { root } from '../support/processes.ts';

const dist = join(root, 'server/console/dist');

/** Bytes of a file of the console as a browser gets it with gzip. `path` as in an address. */
export function gzippedBytes(path: string): number {
  const file = join(dist, path);
  return existsSync(`${file}.gz`) ? statSync(`${file}.gz`).size : gzipSync(readFileSync(file)).length;
}

/** What a script needs before it runs; parts that are loaded later are not among it. */
function importsOf(path: string): string[] {
  const code = readFileSync(join(dist, path), 'utf8');
  return [...code.matchAll(/(?:\bfrom|\bimport)\s*"\.\/([^"]+\.js)"/g)].map(([, name]) => `/assets/${name}`);
}

/** The part into which a source went, by the map beside it. @throws where none has it */
function findPart(source: string): string {
  const maps = readdirSync(join(dist, 'assets')).filter((name) => name.endsWith('.js.map'));
  const found = maps.find((name) => {
    const { sources } = JSON.parse(readFileSync(join(dist, 'assets', name), 'utf8')) as { sources: string[] };
    return sources.some((path) => path.endsWith(source));
  });
  if (found === undefined) throw new Error(`no script holds ${source}`);
  return `/assets/${found.slice(0, -'.map'.length)}`;
}

/** Addresses of every script that `index.html` and Home need before Home is shown. */
export function findHomeScripts(): readonly string[] {
  const page = readFileSync(join(dist, 'index.html'), 'utf8');
  const named = [...page.matchAll(/(?:src|href)="(\/[^"]+\.js)"/g)].flatMap(([, path]) => path ?? []);
  const all = new Set([...named, findPart('src/pages/home/View.tsx')]);
  // What is added while it is walked is walked as well.
  for (const path of all) for (const needed of importsOf(path)) all.add(needed);
  return [...all];
}
