// Runs the programs that policies bring: one at a time on a device, each from a file without a name, and what a crash left of one is ended before the next.
import { randomBytes } from 'node:crypto';
import { isMusterError } from '@muster/protocol';
import { fail } from '../../errors.ts';
import { acquireInstanceLock } from '../../platform/instance-lock.ts';
import { sleep, yieldOnce } from '../../platform/pause.ts';
import { findByEnvironment, signalProcess } from '../../platform/process-table.ts';
import type { RunningProgram } from '../../platform/processes.ts';
import { openUnnamed } from '../../platform/unnamed-file.ts';
import { type Disk, readWhole, writeWhole } from '../disk.ts';
import type { Ended, ScriptText } from '../kinds/kind.ts';
import { KILL_WAIT_MS, TERM_GRACE_MS } from '../limits.ts';
import type { Asked } from '../spool/spool.ts';
import { startAs } from '../spool/wrapper.ts';
import { MAX_SCRIPT_OUTPUT_BYTES, SCRIPT_LOCK_WAIT_MS } from './limits.ts';

/** Folder with the lock and the mark of the program that runs. */
const FOLDER = 'policy-scripts';
/** The mark of the program that runs, or that ran when a process of ours went down. */
const RUNNING = 'running';
/** Stands in the environment of each program and of what it starts, with a value that no other run has. */
const MARK_VARIABLE = 'MUSTER_POLICY_SCRIPT';
/** Where a program finds its text. */
const THIRD = '/proc/self/fd/3';
/** What new files of a program lack: writing, for all but their owner. */
const UMASK = 0o022;
/** Pause between two looks, ms. */
const LOOK_MS = 100;
/** Silence after the end after which output is left to who still holds it, ms. */
const DRAIN_MS = 1_000;

/** Where programs of policies are run from. */
export interface ScriptPlace {
  /** The executor's folder, as a path and as a disk. */
  readonly folder: string;
  readonly disk: Disk;
}

/** Takes the lock; waits for another program that a person has started, not for ever. @throws MusterError E_RUNNING */
async function takeLock({ folder }: ScriptPlace, waitMs: number): Promise<() => Promise<void>> {
  for (let waitedMs = 0; ; waitedMs += LOOK_MS) {
    try {
      return await acquireInstanceLock(`${folder}/${FOLDER}`);
    } catch (error) {
      if (!isMusterError(error, 'E_RUNNING')) throw error;
      if (waitedMs >= waitMs)
        throw fail('E_RUNNING', {
          detail: 'Another script of a policy runs on this device; it is tried again at the next look.',
        });
    }
    await sleep(LOOK_MS);
  }
}

/** Ends all that bears the mark. @throws MusterError E_INTERRUPTED for what cannot be ended */
async function endMarked(mark: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < KILL_WAIT_MS; waitedMs += LOOK_MS) {
    const left = await findByEnvironment({ [MARK_VARIABLE]: mark }, null);
    if (left.length === 0) return;
    for (const pid of left) signalProcess(pid, 'SIGKILL');
    await sleep(LOOK_MS);
  }
  throw fail('E_INTERRUPTED', {
    detail: 'What a script of a policy left running cannot be ended, so none is started; look at the device.',
  });
}

/** Ends what was left when a process of ours went down. Only under the lock: nobody else's program runs. */
async function settle({ disk }: ScriptPlace): Promise<void> {
  const mark = (await readWhole(disk, `${FOLDER}/${RUNNING}`, 64))?.toString() ?? '';
  if (mark !== '') await endMarked(mark);
  await disk.remove(`${FOLDER}/${RUNNING}`);
}

/** Ends at the beginning of a cycle what an interrupted one left of a program. Nothing to do where one runs by a person's word. */
export async function settleScripts(place: ScriptPlace): Promise<void> {
  if ((await place.disk.size(`${FOLDER}/${RUNNING}`)) === null) return;
  try {
    const release = await takeLock(place, 0);
    try {
      await settle(place);
    } finally {
      await release();
    }
  } catch (error) {
    if (!isMusterError(error, 'E_RUNNING')) throw error;
  }
}

/** The tail of what a program prints; reading goes on, so that it is never held up. */
function keepTail({ output }: RunningProgram) {
  let kept: Buffer = Buffer.alloc(0);
  let pieces = 0;
  const closed = output.map(
    (stream) =>
      new Promise<void>((resolve) => {
        stream.on('data', (piece: Buffer) => {
          pieces += 1;
          kept = Buffer.concat([kept, piece]).subarray(-MAX_SCRIPT_OUTPUT_BYTES);
        });
        stream.once('close', () => resolve());
      }),
  );
  return async () => {
    for (let seen = -1; seen !== pieces; ) {
      seen = pieces;
      await Promise.race([Promise.all(closed), sleep(DRAIN_MS)]);
      // Where this process got no time, what came meanwhile is read first.
      await yieldOnce();
    }
    for (const stream of output) stream.destroy();
    return kept.toString('utf8');
  };
}

/** Waits for the end, or brings it about: politely, then not. True: its time was over. */
async function awaitEnd(running: RunningProgram, timeoutMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<true>((resolve) => {
    timer = setTimeout(() => resolve(true), timeoutMs);
  });
  const timedOut = await Promise.race([running.ended.then(() => false), over]);
  clearTimeout(timer);
  if (!timedOut) return false;
  running.signal('SIGTERM');
  await Promise.race([running.ended, sleep(TERM_GRACE_MS)]);
  running.signal('SIGKILL');
  return true;
}

async function start({ interpreter, options, text, timeoutMs }: ScriptText, mark: string, asked: Asked) {
  const third = await openUnnamed(Buffer.from(text));
  const program = { path: interpreter, args: [...options, THIRD], env: { [MARK_VARIABLE]: mark }, timeoutMs };
  return startAs(program, asked, { third, umask: UMASK });
}

/**
 * Runs one. Its mark is on the disk before it starts, so whoever comes after a crash finds it and what it started, and ends that
 * before anything else is run.
 * @throws MusterError E_RUNNING, E_INTERRUPTED, E_STATE_ACCESS, E_DISK_FULL, and the system's error where it cannot be started
 */
export async function runScript(place: ScriptPlace, script: ScriptText, asked: Asked): Promise<Ended> {
  const release = await takeLock(place, SCRIPT_LOCK_WAIT_MS);
  try {
    await settle(place);
    const mark = randomBytes(16).toString('hex');
    await writeWhole(place.disk, { folder: FOLDER, name: RUNNING }, Buffer.from(mark));
    const running = await start(script, mark, asked);
    const readTail = keepTail(running);
    const timedOut = await awaitEnd(running, script.timeoutMs);
    const ended = await running.ended;
    if (timedOut || script.onlyLooks) {
      running.signal('SIGKILL');
      await endMarked(mark);
    }
    await place.disk.remove(`${FOLDER}/${RUNNING}`);
    return { ...ended, timedOut, output: await readTail() };
  } finally {
    await release();
  }
}
