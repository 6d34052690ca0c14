// The pages of the console as its own list describes them, so that a page that is added is visited too.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';
import { consoleSource, importConsole } from '../../support/console-source.ts';

/** A page, as far as the check looks at it. */
export interface KnownPage {
  /** Path of the router, as `/devices/$id`. */
  readonly path: string;
  readonly isPublic: boolean;
  /** Names that it reads behind `?`. */
  readonly parameters: readonly string[];
  /** Values of its parameter `tab`; empty: it has none. */
  readonly tabs: readonly string[];
}

interface Described {
  readonly path: string;
  readonly isPublic?: boolean;
  search?(raw: Record<string, unknown>): object;
}
interface Bundle {
  readonly pages: readonly Described[];
  /** By folder. */
  readonly described: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly searches: Readonly<Record<string, { readonly tabs?: readonly string[] }>>;
}

/** Which names a function looks at. */
function listReads(search: (raw: Record<string, unknown>) => object): string[] {
  const names = new Set<string>();
  const raw = new Proxy<Record<string, unknown>>(
    {},
    {
      get(_target, name) {
        if (typeof name === 'string') names.add(name);
        return undefined;
      },
    },
  );
  search(raw);
  return [...names];
}

/** The tabs that the search of a page's own folder names. */
function tabsOf(page: Described, { described, searches }: Bundle): readonly string[] {
  const own = Object.entries(described).find(([, exported]) => Object.values(exported).includes(page));
  if (own === undefined) throw new Error(`no folder describes the page ${page.path}`);
  return searches[own[0]]?.tabs ?? [];
}

/** What is bundled: the list, and of every folder its description and its search. */
async function writeEntry(): Promise<string> {
  const lines = ["export { pages } from './pages/index.ts';"];
  const described: string[] = [];
  const searches: string[] = [];
  const folders = (await readdir(join(consoleSource, 'pages'), { withFileTypes: true })).filter((one) =>
    one.isDirectory(),
  );
  for (const [at, { name }] of folders.entries()) {
    const files = await readdir(join(consoleSource, 'pages', name));
    for (const [file, letter, list] of [
      ['page.ts', 'p', described],
      ['search.ts', 's', searches],
    ] as const) {
      if (!files.includes(file)) continue;
      lines.push(`import * as ${letter}${at} from './pages/${name}/${file}';`);
      list.push(`'${name}': ${letter}${at}`);
    }
  }
  lines.push(`export const described = { ${described.join(', ')} };`);
  lines.push(`export const searches = { ${searches.join(', ')} };`);
  return lines.join('\n');
}

/** What draws a page is loaded when it is opened, which is never here; icons are pictures. */
const withoutPictures: Plugin = {
  name: 'without pictures',
  setup(builder) {
    builder.onResolve({ filter: /View\.tsx$/ }, ({ path }) => ({ path, external: true }));
    builder.onResolve({ filter: /^@tabler\// }, ({ path }) => ({ path, namespace: 'none' }));
    builder.onLoad({ filter: /./, namespace: 'none' }, () => ({
      contents: 'module.exports = {};',
      loader: 'js',
    }));
  },
};

/** Reads the list of pages from the source of the console, without what draws them. */
export async function readPages(): Promise<KnownPage[]> {
  const bundle = await importConsole<Bundle>(await writeEntry(), [withoutPictures]);
  return bundle.pages.map((page) => ({
    ...{ path: page.path, isPublic: page.isPublic === true, tabs: tabsOf(page, bundle) },
    parameters: page.search === undefined ? [] : listReads(page.search),
  }));
}
