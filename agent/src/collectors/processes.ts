// Running programs that use the most: two looks at /proc, half a second apart, give the processor time of each.
import { processesSection, type RowOf } from '@muster/protocol';
import type { Files } from '../platform/files.ts';
import { listPids, readAccountNames } from '../platform/linux/pids.ts';
import { sleep, yieldOnce } from '../platform/pause.ts';
import type { Collector } from './collector.ts';
import { MINUTE_MS, parseInteger } from './formats/attributes.ts';
import { redactCommand } from './processes/redact.ts';

/** Processes listed. */
const MAX_ROWS = 200;
/** Processes looked at; a machine with more shows the first by number. */
const MAX_SCANNED = 20_000;
/** Time between the two looks, ms. */
const INTERVAL_MS = 500;
/** Processes looked at between two turns of the event loop. */
const YIELD_EVERY = 100;
const MAX_CMDLINE_BYTES = 4096;
/** Characters of a command line that are shown. */
const MAX_CMDLINE_CHARS = 512;
/** Unit of times in /proc/PID/stat, per second: fixed on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;

type Row = RowOf<typeof processesSection>;

/** What /proc/PID/stat says of one process. */
export interface ProcessStat {
  readonly pid: number;
  readonly name: string;
  readonly state: string;
  readonly parent: number;
  /** Processor time, user and system, ticks. */
  readonly cpuTicks: number;
  readonly threads: number;
  /** Ticks after the boot. */
  readonly startTicks: number;
  /** Only to rank by: the size of a page differs between kernels. */
  readonly residentPages: number;
}

interface Look {
  readonly stat: ProcessStat;
  readonly atMs: number;
}

interface Measured {
  readonly stat: ProcessStat;
  readonly cpuUsedRatio: number;
  readonly io: { readonly read: number | null; readonly written: number | null };
}

/** Reads the line of /proc/PID/stat; the name may hold blanks and parentheses. Null for anything else. */
export function parseProcessStat(text: string): ProcessStat | null {
  const open = text.indexOf(' (');
  const close = text.lastIndexOf(') ');
  if (open < 0 || close < open) return null;
  const fields = text.slice(close + 2).split(' ');
  const number = (at: number) => Number(fields[at] ?? Number.NaN);
  const stat = {
    pid: Number(text.slice(0, open)),
    name: text.slice(open + 2, close),
    state: fields[0] ?? '',
    parent: number(1),
    cpuTicks: number(11) + number(12),
    threads: number(17),
    startTicks: number(19),
    residentPages: number(21),
  };
  return [stat.pid, stat.parent, stat.cpuTicks, stat.threads, stat.startTicks].every(Number.isSafeInteger)
    ? stat
    : null;
}

/** Command line without secrets; null where there is none, as for kernel threads. */
export function parseCommandLine(text: string): string | null {
  const args = text.replace(/\0+$/, '').split('\0');
  const line = redactCommand(args).trim();
  if (line === '') return null;
  return line.length > MAX_CMDLINE_CHARS ? `${line.slice(0, MAX_CMDLINE_CHARS - 1)}…` : line;
}

async function look(files: Files, pids: readonly number[]): Promise<Map<number, Look>> {
  const looks = new Map<number, Look>();
  for (const [i, pid] of pids.entries()) {
    if (i % YIELD_EVERY === 0) await yieldOnce();
    const text = await files.readText(`/proc/${pid}/stat`, 4096);
    const stat = text === null ? null : parseProcessStat(text);
    if (stat !== null) looks.set(pid, { stat, atMs: performance.now() });
  }
  return looks;
}

/** Value of `name: 12` or `name:\t12 kB` in the files of a process. */
function parseField(text: string | null, name: string): number | null {
  const value = text === null ? undefined : new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(text)?.[1];
  return parseInteger(value);
}

async function measure(files: Files, first: Look, second: Look): Promise<Measured> {
  const seconds = (second.atMs - first.atMs) / 1000;
  const ticks = Math.max(0, second.stat.cpuTicks - first.stat.cpuTicks);
  const io = await files.readText(`/proc/${second.stat.pid}/io`, 4096);
  return {
    stat: second.stat,
    cpuUsedRatio: seconds > 0 ? ticks / TICKS_PER_SECOND / seconds : 0,
    io: { read: parseField(io, 'read_bytes'), written: parseField(io, 'write_bytes') },
  };
}

/** The leaders by processor, memory and disk traffic, one of each in turn, until the list is full. */
export function pickLeaders(all: readonly Measured[], limit: number): Measured[] {
  const by = (rank: (one: Measured) => number) => [...all].sort((a, b) => rank(b) - rank(a));
  const rankings = [
    by(({ cpuUsedRatio }) => cpuUsedRatio),
    by(({ stat }) => stat.residentPages),
    by(({ io }) => (io.read ?? 0) + (io.written ?? 0)),
  ];
  const picked = new Set<Measured>();
  for (let i = 0; i < all.length; i++) {
    for (const ranking of rankings) {
      const one = ranking[i];
      if (one !== undefined && picked.size < limit) picked.add(one);
    }
  }
  return [...picked];
}

async function toRow(
  files: Files,
  one: Measured,
  facts: { bootMs: number | null; names: ReadonlyMap<number, string> },
): Promise<Row> {
  const { stat, cpuUsedRatio, io } = one;
  const status = await files.readText(`/proc/${stat.pid}/status`, 8192);
  const cmdline = await files.readText(`/proc/${stat.pid}/cmdline`, MAX_CMDLINE_BYTES);
  const uid = parseField(status, 'Uid');
  const startMs = facts.bootMs === null ? null : facts.bootMs + (stat.startTicks * 1000) / TICKS_PER_SECOND;
  return {
    pid: stat.pid,
    name: stat.name,
    cmdline: cmdline === null ? null : parseCommandLine(cmdline),
    state: stat.state,
    uid,
    username: uid === null ? null : (facts.names.get(uid) ?? null),
    parent: stat.parent,
    start_time: startMs === null ? null : new Date(startMs).toISOString(),
    cpu_used_ratio: cpuUsedRatio,
    resident_size: (parseField(status, 'VmRSS') ?? 0) * 1024,
    disk_bytes_read: io.read,
    disk_bytes_written: io.written,
    threads: stat.threads,
  };
}

/** Time of the boot, ms since 1970. */
async function readBootMs(files: Files): Promise<number | null> {
  const seconds = /^btime (\d{1,12})$/m.exec((await files.readText('/proc/stat')) ?? '')?.[1];
  return seconds === undefined ? null : Number(seconds) * 1000;
}

export const processes: Collector<(typeof processesSection)['columns']> = {
  section: processesSection,
  everyMs: MINUTE_MS,
  timeoutMs: MINUTE_MS,
  async collect({ files }) {
    const pids = (await listPids(files)).slice(0, MAX_SCANNED);
    if (pids.length === 0) return { outcome: 'no-data', reason: 'This system has no /proc with processes.' };
    const before = await look(files, pids);
    await sleep(INTERVAL_MS);
    const measured: Measured[] = [];
    for (const [pid, second] of await look(files, pids)) {
      const first = before.get(pid);
      // The same number with another start is another process.
      if (first?.stat.startTicks === second.stat.startTicks)
        measured.push(await measure(files, first, second));
    }
    const facts = { bootMs: await readBootMs(files), names: await readAccountNames(files) };
    const rows: Row[] = [];
    for (const one of pickLeaders(measured, MAX_ROWS)) rows.push(await toRow(files, one, facts));
    return { outcome: 'ok', rows };
  },
};
