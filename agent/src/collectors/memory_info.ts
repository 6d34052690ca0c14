// How much memory there is.
import { memoryInfoSection, type RowOf } from '@muster/protocol';
import type { Collector } from './collector.ts';
import { HOUR_MS, parseInteger, parsePairs, toBytes } from './formats/attributes.ts';

type Row = RowOf<typeof memoryInfoSection>;

/** A line such as `24684084 kB`, in bytes; a bare number is returned as it is. */
function parseSize(text: string | undefined): number | null {
  const match = /^(\d+)( kB)?$/.exec(text ?? '');
  return toBytes(parseInteger(match?.[1]), match?.[2] === undefined ? 1 : 1024);
}

/** The row of /proc/meminfo and the names in /sys/devices/system/node; null when the total is missing. */
export function parseMemoryInfo(meminfo: string, nodeNames: readonly string[]): Row | null {
  const lines = parsePairs(meminfo, ':');
  const total = parseSize(lines.get('MemTotal'));
  if (total === null) return null;
  const nodes = nodeNames.filter((name) => /^node\d+$/.test(name)).length;
  return {
    memory_total: total,
    swap_total: parseSize(lines.get('SwapTotal')),
    numa_nodes: nodes === 0 ? null : nodes,
    hugepages_total: parseSize(lines.get('HugePages_Total')),
    hugepage_size: parseSize(lines.get('Hugepagesize')),
  };
}

/** Section `memory_info`. */
export const memoryInfo: Collector<(typeof memoryInfoSection)['columns']> = {
  section: memoryInfoSection,
  everyMs: HOUR_MS,
  timeoutMs: 5_000,
  async collect({ files }) {
    const meminfo = await files.readText('/proc/meminfo');
    const row = parseMemoryInfo(meminfo ?? '', await files.list('/sys/devices/system/node'));
    if (row === null) return { outcome: 'no-data', reason: '/proc/meminfo states no total.' };
    return { outcome: 'ok', rows: [row] };
  },
};
