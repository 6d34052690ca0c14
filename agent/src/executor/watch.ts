// Watches a unit through its spool: live output, the wish to stop it, its end, or that its wrapper is gone without one.
import { encodeBase64url } from '@muster/protocol';
import { MAX_LIVE_OUTPUT_BYTES } from '@muster/protocol/commands';
import type { Disk } from './disk.ts';
import { MAX_LIVE_RUN_BYTES, SPOOL_LOOK_FIRST_MS, SPOOL_LOOK_LAST_MS } from './limits.ts';
import { readOutput } from './spool/output.ts';
import { type Claim, readSpool, type SpoolExit } from './spool/spool.ts';
import type { Units } from './units.ts';

/** Looks after which a wrapper is asked for: its spool is the faster witness. */
const LOOKS_A_LIFE_SIGN = 4;

/** Time a service manager is given to start a wrapper, ms. */
const CLAIM_WAIT_MS = 30_000;

/** What watching needs. */
export interface WatchDeps {
  readonly disk: Disk;
  readonly units: Units;
  pause(ms: number): Promise<void>;
  output(cmdId: string, offset: number, data: string): void;
}

/** What is watched. */
export interface Watched {
  readonly cmdId: string;
  readonly folder: string;
  readonly stop: AbortSignal;
  /** Ends when the wrapper that was started here has; null where a service manager starts it, and for a unit that was found. */
  readonly ended: Promise<void> | null;
}

/** What was seen: the exit, that nobody ever took the attempt, or that its taker is gone. */
export type Seen = SpoolExit | 'not-begun' | 'gone';

/** Passes on new output, up to a bound for each run. */
function createOutputReader({ disk, output }: WatchDeps, { cmdId, folder }: Watched) {
  let from = 0;
  let sentBytes = 0;
  return async () => {
    if (sentBytes >= MAX_LIVE_RUN_BYTES) return;
    const { offset, bytes } = await readOutput(disk, folder, { from, maxBytes: MAX_LIVE_OUTPUT_BYTES });
    from = offset + bytes.length;
    sentBytes += bytes.length;
    if (bytes.length > 0) output(cmdId, offset, encodeBase64url(bytes));
  };
}

/** True while a wrapper may still come to take the attempt. */
function createStartWatch(ended: Promise<void> | null) {
  const giveUpAt = performance.now() + CLAIM_WAIT_MS;
  let starter = ended;
  void ended?.then(() => {
    starter = null;
  });
  return {
    /** The wrapper that was started here, while it runs. */
    starter: () => starter,
    mayCome: () => starter !== null || (ended === null && performance.now() < giveUpAt),
  };
}

/** True when the wrapper was asked to end its program. */
async function askToStop(units: Units, claim: Claim | null, stop: AbortSignal): Promise<boolean> {
  if (claim === null || !stop.aborted) return false;
  await units.stop(claim);
  return true;
}

/** Watches until the end. */
export async function watchUnit(deps: WatchDeps, watched: Watched): Promise<Seen> {
  const { disk, units, pause } = deps;
  const { folder, stop } = watched;
  const readNew = createOutputReader(deps, watched);
  const { starter, mayCome } = createStartWatch(watched.ended);
  let isAsked = false;
  for (let look = 0, waitMs = SPOOL_LOOK_FIRST_MS; ; look++) {
    const couldCome = mayCome();
    const { claim, exit } = await readSpool(disk, folder);
    if (exit !== null) return exit;
    await readNew();
    if (claim === null && !couldCome) return 'not-begun';
    isAsked = isAsked || (await askToStop(units, claim, stop));
    const isDue = starter() === null || look % LOOKS_A_LIFE_SIGN === 0;
    const isGone = isDue && claim !== null && !(await units.isAlive(claim));
    // It may have ended between the two looks.
    if (isGone) return (await readSpool(disk, folder)).exit ?? 'gone';
    await Promise.race([pause(waitMs), starter() ?? pause(waitMs)]);
    waitMs = Math.min(SPOOL_LOOK_LAST_MS, waitMs * 1.5);
  }
}
