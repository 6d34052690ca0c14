// Sources of the console, bundled, since node cannot load them as they are.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';

/** Where they lie. */
export const consoleSource = fileURLToPath(new URL('../../../server/console/src/', import.meta.url));

/** Runs a program that imports from the console's sources, `./app/text.ts` as one; what it exports. */
export async function importConsole<Exports>(
  program: string,
  plugins: readonly Plugin[] = [],
): Promise<Exports> {
  const folder = await mkdtemp(join(tmpdir(), 'muster-console-source-'));
  try {
    const outfile = join(folder, 'program.mjs');
    await build({
      stdin: { contents: program, resolveDir: consoleSource, loader: 'ts' },
      ...{ bundle: true, format: 'esm', platform: 'node', logLevel: 'silent', outfile },
      conditions: ['muster-source'],
      plugins: [...plugins],
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
