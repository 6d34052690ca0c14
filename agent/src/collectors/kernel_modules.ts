// What is loaded into the kernel.
import { kernelModulesSection, type RowOf } from '@muster/protocol';
import type { Collector } from './collector.ts';
import { MINUTE_MS, parseInteger } from './formats/attributes.ts';

type Row = RowOf<typeof kernelModulesSection>;

/** One row a line: name, size, use count, users, state, address, and the taint letters in brackets where there are some. */
export function parseModules(text: string): Row[] {
  return text.split('\n').flatMap((line) => {
    const [name, size] = line.split(' ', 2);
    const bytes = parseInteger(size);
    if (!name || bytes === null) return [];
    // Letters, a sign for one that is coming or going (+ -) is left out: it is gone a moment later.
    const taint = /\(([A-Z]+)[+-]?\)\s*$/.exec(line)?.[1] ?? null;
    return [{ name, size: bytes, taint }];
  });
}

/** Section `kernel_modules`. */
export const kernelModules: Collector<(typeof kernelModulesSection)['columns']> = {
  section: kernelModulesSection,
  everyMs: 30 * MINUTE_MS,
  timeoutMs: 5_000,
  async collect({ files }) {
    const text = await files.readText('/proc/modules');
    if (text === null)
      return { outcome: 'no-data', reason: 'The kernel has no modules, or /proc/modules cannot be read.' };
    const rows = parseModules(text);
    if (rows.length === 0) return { outcome: 'no-data', reason: 'No kernel modules are loaded.' };
    return { outcome: 'ok', rows };
  },
};
