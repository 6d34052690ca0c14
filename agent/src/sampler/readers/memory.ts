// Memory and swap from /proc/meminfo.
import { type CreateReader, readInto } from '../reader.ts';
import { createScan, nextLine, readNumber, takeText } from '../scan.ts';

const BYTES_PER_KIB = 1024;
/** The lines that are read, in the order in which every kernel prints them. */
const LINES = [
  'MemTotal',
  'MemFree',
  'MemAvailable',
  'Buffers',
  'Cached',
  'SwapTotal',
  'SwapFree',
  'Shmem',
  'Slab',
] as const;
type Line = (typeof LINES)[number];
const labels = LINES.map((line) => ({ line, text: Buffer.from(`${line}:`) }));

/** Reads memory by state, its share in use, what is available, and swap. */
export const createMemoryReader: CreateReader = ({ source, table }) => {
  const file = source.open('proc/meminfo', { single: true });
  const scan = createScan();
  const state = (name: string) => table.series('system.memory.usage', name);
  const used = state('used');
  const utilization = table.series('system.memory.utilization');
  const available = table.series('system.linux.memory.available');
  const swap = table.series('system.paging.usage');
  const swapUtilization = table.series('system.paging.utilization');
  const states = [
    { series: state('free'), line: 'MemFree' },
    { series: state('buffers'), line: 'Buffers' },
    { series: state('cached'), line: 'Cached' },
    { series: state('shared'), line: 'Shmem' },
    { series: state('slab'), line: 'Slab' },
  ] as const;
  const bytes: Record<Line, number> = {
    MemTotal: Number.NaN,
    MemFree: Number.NaN,
    MemAvailable: Number.NaN,
    Buffers: Number.NaN,
    Cached: Number.NaN,
    SwapTotal: Number.NaN,
    SwapFree: Number.NaN,
    Shmem: Number.NaN,
    Slab: Number.NaN,
  };

  function parseLines() {
    for (const line of LINES) bytes[line] = Number.NaN;
    let wanted = 0;
    do {
      // a line that this kernel does not have is passed by as soon as a later one is met
      for (let index = wanted; index < labels.length; index++) {
        const label = labels[index];
        if (label === undefined || !takeText(scan, label.text)) continue;
        bytes[label.line] = readNumber(scan) * BYTES_PER_KIB;
        wanted = index + 1;
        break;
      }
    } while (wanted < labels.length && nextLine(scan));
  }

  return {
    read() {
      if (!readInto(scan, source, file)) return;
      parseLines();
      // NaN, where a line is missing, goes through every calculation and is no data in the end
      const usedBytes = bytes.MemTotal - bytes.MemAvailable;
      table.set(used, usedBytes);
      table.set(utilization, usedBytes / bytes.MemTotal);
      table.set(available, bytes.MemAvailable);
      for (const { series, line } of states) table.set(series, bytes[line]);
      if (bytes.SwapTotal === 0) return;
      const swapBytes = bytes.SwapTotal - bytes.SwapFree;
      table.set(swap, swapBytes);
      table.set(swapUtilization, swapBytes / bytes.SwapTotal);
    },
    close: () => file.close(),
  };
};
