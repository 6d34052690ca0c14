// Processor time by mode, tasks running and blocked, and processes started, from /proc/stat.
import type { ProcSource } from '../../platform/linux/proc-reader.ts';
import { type CreateReader, type Moment, readInto, toRate } from '../reader.ts';
import { createScan, nextLine, readNumber, skipField, takeText } from '../scan.ts';

/** Columns of the `cpu` line that make up the whole; guest time is already part of user and nice. */
const COLUMNS = 8;
const IDLE = 3;
const IOWAIT = 4;
/** Catalog's modes and their columns. */
const MODES = [
  ['user', 0],
  ['nice', 1],
  ['system', 2],
  ['iowait', IOWAIT],
  ['interrupt', 5],
  ['softirq', 6],
  ['steal', 7],
] as const;
/** The lines behind the long one of interrupts, which is jumped over. */
const AFTER_INTERRUPTS = Buffer.from('\nctxt ');
const PROCESSES = Buffer.from('processes ');
const RUNNING = Buffer.from('procs_running ');
const BLOCKED = Buffer.from('procs_blocked ');

/**
 * Differences of the columns into `grown`; answers their sum, NaN when they say nothing.
 * The kernel lets idle and iowait step back a little (proc(5)); any other column that falls means a restart.
 */
export function subtractModes(now: Float64Array, before: Float64Array, grown: Float64Array): number {
  let total = 0;
  for (let column = 0; column < COLUMNS; column++) {
    const difference = (now[column] ?? 0) - (before[column] ?? 0);
    if (Number.isNaN(difference)) return Number.NaN;
    if (difference < 0 && column !== IDLE && column !== IOWAIT) return Number.NaN;
    grown[column] = Math.max(0, difference);
    total += Math.max(0, difference);
  }
  return total > 0 ? total : Number.NaN;
}

/** Processors that are switched on: the lines `cpu0`, `cpu1` … At least 1. */
export function countProcessors(source: ProcSource): number {
  const lines = source.readText('proc/stat')?.match(/^cpu\d+ /gm);
  return Math.max(1, lines?.length ?? 0);
}

/** Reads cpu busy and modes, process.running, process.blocked and process.created. */
export const createCpuReader: CreateReader = ({ source, table }) => {
  const file = source.open('proc/stat', { single: true });
  const scan = createScan();
  const grown = new Float64Array(COLUMNS);
  const now = new Float64Array(COLUMNS);
  const before = new Float64Array(COLUMNS).fill(Number.NaN);
  const busy = table.series('system.cpu.busy');
  const modes = MODES.map(([mode, column]) => ({
    series: table.series('system.cpu.utilization', mode),
    column,
  }));
  const created = table.series('system.process.created');
  const running = table.series('system.process.running');
  const blocked = table.series('system.process.blocked');
  let startedBefore = Number.NaN;

  function readModes(moment: Moment) {
    skipField(scan);
    // kernels before 2.6.33 and some containers have fewer columns: these modes took no time there
    for (let column = 0; column < COLUMNS; column++) now[column] = readNumber(scan) || 0;
    const total = subtractModes(now, before, grown);
    before.set(now);
    if (Number.isNaN(total) || Number.isNaN(moment.elapsedS)) return;
    const idle = (grown[IDLE] ?? 0) + (grown[IOWAIT] ?? 0);
    table.set(busy, 1 - idle / total);
    for (const { series, column } of modes) table.set(series, (grown[column] ?? 0) / total);
  }

  function readTasks(moment: Moment) {
    do {
      if (takeText(scan, PROCESSES)) {
        const started = readNumber(scan);
        table.set(created, toRate(started, startedBefore, moment.elapsedS));
        startedBefore = started;
      } else if (takeText(scan, RUNNING)) table.set(running, readNumber(scan));
      else if (takeText(scan, BLOCKED)) table.set(blocked, readNumber(scan));
    } while (nextLine(scan));
  }

  return {
    read(moment) {
      if (!readInto(scan, source, file)) return;
      readModes(moment);
      const at = source.bytes.indexOf(AFTER_INTERRUPTS, scan.at);
      if (at < 0 || at >= scan.end) return;
      scan.at = at + 1;
      readTasks(moment);
    },
    close: () => file.close(),
  };
};
