// Pressure stall information from /proc/pressure: the share of time in which tasks waited.
import { type CreateReader, readInto, toRate } from '../reader.ts';
import { createScan, nextLine, readNumber, skipPast, takeText } from '../scan.ts';

const US_PER_S = 1_000_000;
const EQUALS = 0x3d;
const SOME = Buffer.from('some ');
const FULL = Buffer.from('full ');

/**
 * Files and their lines. `cpu full` is left out: for a whole system it is undefined, and kernels since 5.13 print a zero there
 * only for programs that expect the line (Documentation/accounting/psi.rst).
 */
const PRESSURES = [
  { path: 'proc/pressure/cpu', lines: [{ text: SOME, metric: 'system.linux.pressure.cpu.some' }] },
  {
    path: 'proc/pressure/memory',
    lines: [
      { text: SOME, metric: 'system.linux.pressure.memory.some' },
      { text: FULL, metric: 'system.linux.pressure.memory.full' },
    ],
  },
  {
    path: 'proc/pressure/io',
    lines: [
      { text: SOME, metric: 'system.linux.pressure.io.some' },
      { text: FULL, metric: 'system.linux.pressure.io.full' },
    ],
  },
] as const;

/** Reads the growth of `total`, which is exact, where avg10 lags behind. No series where the kernel has no PSI or it is switched off. */
export const createPressureReader: CreateReader = ({ source, table }) => {
  const scan = createScan();
  const files = PRESSURES.map(({ path, lines }) => ({
    file: source.open(path, { single: true }),
    lines: lines.map(({ text, metric }) => ({ text, series: table.series(metric), before: Number.NaN })),
  }));
  return {
    read({ elapsedS }) {
      for (const { file, lines } of files) {
        if (!readInto(scan, source, file)) continue;
        do {
          for (const line of lines) {
            if (!takeText(scan, line.text)) continue;
            // avg10=0.00 avg60=0.00 avg300=0.00 total=0
            for (let field = 0; field < 4; field++) skipPast(scan, EQUALS);
            const total = readNumber(scan);
            const share = toRate(total, line.before, elapsedS) / US_PER_S;
            line.before = total;
            table.set(line.series, Math.min(1, share));
          }
        } while (nextLine(scan));
      }
    },
    close() {
      for (const { file } of files) file.close();
    },
  };
};
