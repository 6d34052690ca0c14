// The sections of a bundle: where each comes from, and how much of it may be kept.
import type { Files } from '../../../platform/files.ts';
import type { KindContext } from '../kind.ts';
import { filesOf, findProgram } from '../programs/find.ts';
import { describeDisks, describePressure, listProcesses, listSockets } from './proc.ts';

/** One section of the bundle. */
export interface Section {
  readonly title: string;
  /** Its share, bytes; the tail is kept. All shares together stay below what a result may carry. */
  readonly maxBytes: number;
  read(source: Source): Promise<string>;
}

/** What sections read from. */
export interface Source {
  readonly context: KindContext;
  readonly files: Files;
  readonly sinceMs: number;
  readonly stop: AbortSignal;
}

/** How long a program of a section may take, ms. */
const SECTION_MS = 20_000;
/** Read of each log, bytes: more than is kept, so that a key that is cut at the front is still seen whole. */
const LOG_BYTES = 256 * 1024;

const journalctlPaths = ['/usr/bin/journalctl', '/bin/journalctl'] as const;
const dmesgPaths = ['/usr/bin/dmesg', '/bin/dmesg'] as const;
const systemctlPaths = ['/usr/bin/systemctl', '/bin/systemctl'] as const;
/** Where systems without a journal write. */
const LOGS = ['/var/log/syslog', '/var/log/messages'] as const;

async function run(
  context: KindContext,
  paths: readonly string[],
  args: readonly string[],
): Promise<string | null> {
  const path = await findProgram(context, paths);
  if (path === null) return null;
  const { exit, output } = await context.read({
    path,
    args,
    timeoutMs: SECTION_MS,
    maxOutputBytes: LOG_BYTES,
  });
  return exit === 0 ? output : `(${path} ended with ${exit ?? 'a signal'}) ${output.slice(-500)}`;
}

async function readTail(files: Files, path: string): Promise<string | null> {
  const size = (await files.stat(path))?.size;
  if (size === undefined) return null;
  const bytes = await files.readRange(path, Math.max(0, size - LOG_BYTES), LOG_BYTES);
  return bytes === null ? null : new TextDecoder().decode(bytes);
}

async function readJournal({ context, files, sinceMs }: Source): Promise<string> {
  const since = Math.floor((context.now() - sinceMs) / 1000);
  const hasJournal = (await files.stat('/var/log/journal')) ?? (await files.stat('/run/log/journal'));
  if (hasJournal !== null) {
    const where = context.root === '' ? [] : [`--root=${context.root}`];
    const args = [
      ...where,
      '--no-pager',
      '--quiet',
      '--output=short-iso',
      '--lines=2000',
      `--since=@${since}`,
    ];
    const text = await run(context, journalctlPaths, args);
    if (text !== null) return text;
  }
  for (const path of LOGS) {
    const text = await readTail(files, path);
    if (text !== null) return text;
  }
  return '(no journal and no log file)';
}

async function readKernelLog({ context, files }: Source): Promise<string> {
  // In a throw-away root only its own log counts, never that of the machine.
  const text =
    context.root === '' ? await run(context, dmesgPaths, []) : await readTail(files, '/var/log/dmesg');
  return text ?? '(no kernel log)';
}

async function readFailedUnits({ context, files }: Source): Promise<string> {
  if (context.root !== '' || (await files.stat('/run/systemd/system')) === null)
    return '(systemd does not run here)';
  const text = await run(context, systemctlPaths, [
    '--failed',
    '--no-legend',
    '--plain',
    '--no-pager',
    '--full',
  ]);
  return text?.trim() === '' ? '(none)' : (text ?? '(no systemctl)');
}

/** All sections; the shares add up to 58 KiB. */
export const sections: readonly Section[] = [
  { title: 'pressure', maxBytes: 2 * 1024, read: ({ files }) => describePressure(files) },
  { title: 'failed units', maxBytes: 4 * 1024, read: readFailedUnits },
  { title: 'disks', maxBytes: 5 * 1024, read: ({ files }) => describeDisks(files) },
  { title: 'processes', maxBytes: 7 * 1024, read: ({ files }) => listProcesses(files) },
  { title: 'sockets', maxBytes: 6 * 1024, read: ({ files }) => listSockets(files) },
  { title: 'kernel log', maxBytes: 12 * 1024, read: readKernelLog },
  { title: 'journal', maxBytes: 22 * 1024, read: readJournal },
];

/** Reader of the files of a context, for who makes a source. */
export function sourceOf(context: KindContext, sinceMs: number, stop: AbortSignal): Source {
  return { context, files: filesOf(context), sinceMs, stop };
}
