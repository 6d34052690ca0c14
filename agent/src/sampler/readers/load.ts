// Load averages from /proc/loadavg and the time since the start of the system from /proc/uptime.
import { type CreateReader, readInto } from '../reader.ts';
import { createScan, readNumber } from '../scan.ts';

const LOADS = [
  'system.cpu.load_average.1m',
  'system.cpu.load_average.5m',
  'system.cpu.load_average.15m',
] as const;

/** Reads load averages and uptime. */
export const createLoadReader: CreateReader = ({ source, table }) => {
  const loadavg = source.open('proc/loadavg', { single: true });
  const uptime = source.open('proc/uptime', { single: true });
  const scan = createScan();
  const loads = LOADS.map((metric) => table.series(metric));
  const up = table.series('system.uptime');
  return {
    read() {
      readInto(scan, source, loadavg);
      for (const series of loads) table.set(series, readNumber(scan));
      readInto(scan, source, uptime);
      table.set(up, readNumber(scan));
    },
    close() {
      loadavg.close();
      uptime.close();
    },
  };
};
