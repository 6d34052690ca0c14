// The wrapper: runs one program as its own session, keeps its output, and leaves how it ended in the spool.
import type { Readable } from 'node:stream';
import { findAccount, lendFile, takeBack } from '../../platform/accounts.ts';
import { sleep, yieldOnce } from '../../platform/pause.ts';
import { readStartTicks } from '../../platform/process-table.ts';
import { type RunningProgram, startProgram } from '../../platform/processes.ts';
import { isDiskFull } from '../../platform/storage.ts';
import type { Disk } from '../disk.ts';
import type { Failpoint } from '../failpoints.ts';
import type { Program } from '../kinds/kind.ts';
import { DISK_PAUSE_MS, TERM_GRACE_MS } from '../limits.ts';
import { createOutputWriter, type OutputWriter } from './output.ts';
import { noteChild, readProgram, type SpoolExit, type SpoolProgram, takeClaim, writeExit } from './spool.ts';

/** Silence after the end of the program after which output is left to who still holds it, ms. */
const DRAIN_MS = 1_000;
/** The ballast, seen from the folder of an attempt: given up so that the end can be written. */
const BALLAST = '../../ballast';

/** What a wrapper works with. */
export interface WrapperDeps {
  /** Rooted in the folder of the attempt. */
  readonly disk: Disk;
  readonly failpoint: Failpoint;
  readonly bootId: string;
  /** Where bodies of content lie: only the executor's user can read there. */
  readonly contentFolder: string;
  /** Resolves when somebody asks for the end. */
  readonly stop: Promise<void>;
}

/** The environment of what runs: who asked and why, for its own logs. */
function describeAsker({
  cmdId,
  requester,
  reason,
}: Pick<SpoolProgram, 'cmdId' | 'requester' | 'reason'>): Record<string, string> {
  return { MUSTER_COMMAND: cmdId, MUSTER_REQUESTER: requester, MUSTER_REASON: reason };
}

/** Starts a program as the user it names. @throws Error in words for an unknown user; the system's errors */
export async function startAs(
  program: Program,
  asked: Pick<SpoolProgram, 'cmdId' | 'requester' | 'reason'>,
): Promise<RunningProgram> {
  const account = program.user === undefined ? null : await findAccount(program.user);
  if (program.user !== undefined && account === null) throw new Error(`There is no account ${program.user}.`);
  return startProgram(program.path, program.args, {
    env: { ...program.env, ...describeAsker(asked) },
    stdin: program.stdin ?? '',
    ...(account === null || process.geteuid?.() === account.uid ? {} : account),
  });
}

/** Copies streams to the spool. `settle` ends it once everything that was written before has been taken. */
function copyOutput(streams: readonly Readable[], writer: OutputWriter) {
  let turn: Promise<void> = Promise.resolve();
  let pieces = 0;
  async function copy(stream: Readable): Promise<void> {
    // Reading waits for writing, so a program that writes without end is slowed, not kept in memory.
    for await (const piece of stream) {
      pieces++;
      turn = turn.then(() => writer.write(piece as Buffer));
      await turn;
    }
  }
  const copying = Promise.allSettled(streams.map(copy));
  return {
    /** Waits for the end of the streams; where something that was left behind holds them open, for silence. */
    async settle(): Promise<void> {
      for (let seen = -1; seen !== pieces; ) {
        seen = pieces;
        await Promise.race([copying, sleep(DRAIN_MS)]);
        // Where this process got no time, what came meanwhile is read first.
        await yieldOnce();
        await turn;
      }
      for (const stream of streams) stream.destroy();
      await copying;
    },
  };
}

/** Asks politely, then not. */
async function endProgram(running: RunningProgram): Promise<void> {
  running.signal('SIGTERM');
  await Promise.race([running.ended, sleep(TERM_GRACE_MS)]);
  running.signal('SIGKILL');
}

/** Runs until the end, the timeout or the stop. */
async function watch(
  running: RunningProgram,
  { timeoutMs, stop }: { readonly timeoutMs: number; readonly stop: Promise<void> },
): Promise<Pick<SpoolExit, 'exit' | 'signal' | 'timedOut' | 'stopped'>> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<'timeout'>((resolve) => {
    timer = setTimeout(() => resolve('timeout'), timeoutMs);
  });
  const first = await Promise.race([running.ended, timeout, stop.then(() => 'stop' as const)]);
  clearTimeout(timer);
  if (first === 'timeout' || first === 'stop') await endProgram(running);
  return { ...(await running.ended), timedOut: first === 'timeout', stopped: first === 'stop' };
}

/** A body that another user is to run is copied where he, and he alone, can read it; gives the folder to be removed. */
async function lendContent(
  program: Program,
  contentFolder: string,
): Promise<{ readonly program: Program; readonly lent: string | null }> {
  const at = program.args.findIndex((arg) => arg.startsWith(`${contentFolder}/`));
  const path = program.args[at];
  if (program.user === undefined || path === undefined) return { program, lent: null };
  const account = await findAccount(program.user);
  if (account === null) return { program, lent: null };
  const { folder, copy } = await lendFile(path, account);
  return { program: { ...program, args: program.args.with(at, copy) }, lent: folder };
}

async function runLent(spooled: SpoolProgram, deps: WrapperDeps): Promise<SpoolExit> {
  const { program, lent } = await lendContent(spooled.program, deps.contentFolder);
  try {
    return await runClaimed({ ...spooled, program }, deps);
  } finally {
    if (lent !== null) await takeBack(lent);
  }
}

async function runClaimed(spooled: SpoolProgram, { disk, failpoint, stop }: WrapperDeps): Promise<SpoolExit> {
  const writer = createOutputWriter(disk, '.');
  const nothing = { exit: null, signal: null, timedOut: false, stopped: false };
  let running: RunningProgram;
  failpoint('program.start');
  try {
    running = await startAs(spooled.program, spooled);
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    return { ...nothing, failure, outputBytes: 0 };
  }
  // Before anything is waited for: what nobody reads when the program ends is thrown away.
  const copying = copyOutput(running.output, writer);
  failpoint('program.started');
  await Promise.allSettled([noteChild(disk, '.', running.pid)]);
  const end = await watch(running, { timeoutMs: spooled.program.timeoutMs, stop });
  await copying.settle();
  return { ...end, failure: null, outputBytes: await writer.finish() };
}

/** Runs the attempt in the folder of `disk`; nothing at all where somebody else has taken it. */
export async function runWrapper(deps: WrapperDeps): Promise<void> {
  const { disk, bootId } = deps;
  const claim = { pid: process.pid, startTicks: (await readStartTicks(process.pid)) ?? 0, bootId };
  if (!(await takeClaim(deps, '.', claim))) return;
  const spooled = await readProgram(disk, '.');
  if (spooled === null) return;
  const exit = await runLent(spooled, deps);
  for (;;) {
    try {
      await writeExit(deps, '.', exit);
      return;
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      await disk.remove(BALLAST);
      await sleep(DISK_PAUSE_MS);
    }
  }
}
