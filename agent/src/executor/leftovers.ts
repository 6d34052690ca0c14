// What a dead wrapper's program left behind: it is given its time, then ended.
import { kindEntry } from '@muster/protocol/commands';
import { fail } from '../errors.ts';
import type { Disk } from './disk.ts';
import { EFFECT_STEP_MS, KILL_WAIT_MS } from './limits.ts';
import type { RunEntry } from './records.ts';
import { readSpool, readWork } from './spool/spool.ts';
import type { Units } from './units.ts';

/** Pause between two looks, ms. */
const LEFTOVER_LOOK_MS = 100;

/** What is needed to look and to wait. */
export interface LeftoverDeps {
  readonly disk: Disk;
  readonly units: Units;
  nowMs(): number;
  pause(ms: number): Promise<void>;
}

/** Waits for what a dead wrapper's program left, as long as that was allowed to run, then ends it. @throws MusterError E_INTERRUPTED for what cannot be ended */
export async function settleLeftovers(
  deps: LeftoverDeps,
  { run, stop }: { readonly run: RunEntry; readonly stop: AbortSignal },
  folder: string,
): Promise<void> {
  const { child } = await readSpool(deps.disk, folder);
  const unit = await readWork(deps.disk, folder);
  // Of a kind's own effect the one small step is left that was under way.
  const deadline =
    unit?.does === 'program'
      ? (run.attempt?.atMs ?? 0) + unit.program.timeoutMs
      : deps.nowMs() + EFFECT_STEP_MS;
  for (let killedMs = 0; killedMs < KILL_WAIT_MS; ) {
    const left = await deps.units.findLeftovers(run.cmdId, child);
    if (left.length === 0) return;
    const isOver = deps.nowMs() >= deadline || kindEntry(run.kind).stoppable || stop.aborted;
    if (isOver) deps.units.kill(left);
    await deps.pause(LEFTOVER_LOOK_MS);
    killedMs += isOver ? LEFTOVER_LOOK_MS : 0;
  }
  throw fail('E_INTERRUPTED', { detail: 'What it left running cannot be ended; look at the device.' });
}
