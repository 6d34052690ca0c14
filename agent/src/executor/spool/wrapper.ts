// The wrapper: runs one program as its own session, or a kind's own effect; leaves output and end in the spool.
import { type FileHandle, readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { findAccount } from '../../platform/accounts.ts';
import { sleep, yieldOnce } from '../../platform/pause.ts';
import { readStartTicks } from '../../platform/process-table.ts';
import { type RunningProgram, startProgram } from '../../platform/processes.ts';
import { isDiskFull } from '../../platform/storage.ts';
import { openUnnamed } from '../../platform/unnamed-file.ts';
import type { Disk } from '../disk.ts';
import type { Failpoint } from '../failpoints.ts';
import type { Program } from '../kinds/kind.ts';
import { DISK_PAUSE_MS, TERM_GRACE_MS } from '../limits.ts';
import type { EffectEnd } from './effect.ts';
import { createOutputWriter, type OutputWriter } from './output.ts';
import {
  type Asked,
  noteChild,
  readWork,
  runMarks,
  type SpoolEffect,
  type SpoolExit,
  type SpoolProgram,
  takeClaim,
  writeExit,
} from './spool.ts';

/** Silence after the end of the program after which output is left to who still holds it, ms. */
const DRAIN_MS = 1_000;
/** Where a program finds the body that was opened for it. */
const THIRD = '/proc/self/fd/3';
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
  /** Carries out a kind's own effect. */
  runEffect(work: SpoolEffect, stop: AbortSignal): Promise<EffectEnd>;
  /** Resolves when somebody asks for the end. */
  readonly stop: Promise<void>;
}

/** The environment of what runs: who asked and why, for its own logs. */
function describeAsker({ cmdId, deviceId, requester, reason }: Asked): Record<string, string> {
  return { ...runMarks(cmdId, deviceId), MUSTER_REQUESTER: requester, MUSTER_REASON: reason };
}

/** Starts a program as the user it names; what is lent to it is closed here in any case. @throws Error in words for an unknown user; the system's errors */
export async function startAs(
  program: Program,
  asked: Asked,
  { third, umask }: { readonly third?: FileHandle | undefined; readonly umask?: number } = {},
): Promise<RunningProgram> {
  const account = program.user === undefined ? null : await findAccount(program.user);
  if (program.user !== undefined && account === null) {
    await third?.close();
    throw new Error(`There is no account ${program.user}.`);
  }
  return startProgram(program.path, program.args, {
    env: { ...program.env, ...describeAsker(asked) },
    stdin: program.stdin ?? '',
    third,
    ...(umask === undefined ? {} : { umask }),
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

/**
 * A body that another user is to run is opened for him: root's copy without a name, which he can read and nobody can write or
 * exchange. His own user's other processes do not find it either.
 */
async function lendContent(
  program: Program,
  contentFolder: string,
): Promise<{ readonly program: Program; readonly body: FileHandle | null }> {
  const at = program.args.findIndex((arg) => arg.startsWith(`${contentFolder}/`));
  const path = program.args[at];
  const account = program.user === undefined ? null : await findAccount(program.user);
  if (path === undefined || account === null || account.uid === process.geteuid?.())
    return { program, body: null };
  const body = await openUnnamed(await readFile(path), { gid: account.gid });
  return { program: { ...program, args: program.args.with(at, THIRD) }, body };
}

async function startLent(work: SpoolProgram, contentFolder: string): Promise<RunningProgram> {
  const { program, body } = await lendContent(work.program, contentFolder);
  return startAs(program, work, { third: body ?? undefined });
}

const nothing = { exit: null, signal: null, timedOut: false, stopped: false, failure: null, outcome: null };

async function runProgram(
  work: SpoolProgram,
  { disk, failpoint, stop, contentFolder }: WrapperDeps,
): Promise<SpoolExit> {
  const writer = createOutputWriter(disk, '.', work.program.maxOutputBytes);
  let running: RunningProgram;
  failpoint('program.start');
  try {
    running = await startLent(work, contentFolder);
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    return { ...nothing, failure, outputBytes: 0 };
  }
  // Before anything is waited for: what nobody reads when the program ends is thrown away.
  const copying = copyOutput(running.output, writer);
  failpoint('program.started');
  await Promise.allSettled([noteChild(disk, '.', running.pid)]);
  const end = await watch(running, { timeoutMs: work.program.timeoutMs, stop });
  await copying.settle();
  return { ...nothing, ...end, outputBytes: await writer.finish() };
}

async function runOwn(
  work: SpoolEffect,
  { disk, failpoint, stop, runEffect }: WrapperDeps,
): Promise<SpoolExit> {
  const stopping = new AbortController();
  void stop.then(() => stopping.abort());
  failpoint('run.effect');
  const { outcome, output } = await runEffect(work, stopping.signal);
  const writer = createOutputWriter(disk, '.');
  if (output !== '') await writer.write(Buffer.from(output));
  return { ...nothing, outcome, stopped: stopping.signal.aborted, outputBytes: await writer.finish() };
}

/** Runs the attempt in the folder of `disk`; nothing at all where somebody else has taken it. */
export async function runWrapper(deps: WrapperDeps): Promise<void> {
  const { disk, bootId } = deps;
  const claim = { pid: process.pid, startTicks: (await readStartTicks(process.pid)) ?? 0, bootId };
  if (!(await takeClaim(deps, '.', claim))) return;
  const work = await readWork(disk, '.');
  if (work === null) return;
  const exit = work.does === 'program' ? await runProgram(work, deps) : await runOwn(work, deps);
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
