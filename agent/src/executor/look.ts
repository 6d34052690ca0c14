// Runs a program that only looks but keeps caches and logs of its own: in a unit, because the executor sees a read-only system.
import { randomBytes } from 'node:crypto';
import { MAX_OUTPUT_BYTES } from '@muster/protocol/commands';
import type { Disk } from './disk.ts';
import { noFailpoint } from './failpoints.ts';
import type { Ended, Program } from './kinds/kind.ts';
import { readTail } from './spool/output.ts';
import { type Asked, prepareSpool } from './spool/spool.ts';
import type { Units } from './units.ts';
import { watchUnit } from './watch.ts';

/** What looking needs. */
export interface LookDeps {
  readonly disk: Disk;
  readonly units: Units;
  pause(ms: number): Promise<void>;
}

/**
 * Runs it. A spool of its own, under a name that no earlier look has: what a crash leaves of one changes nothing and is removed at
 * the next start after the run is over. @throws Error in words when it could not be started
 */
export async function lookInUnit(deps: LookDeps, program: Program, asked: Asked): Promise<Ended> {
  const { disk, units } = deps;
  const { cmdId } = asked;
  const folder = `spool/${cmdId}.look${randomBytes(4).toString('hex')}`;
  const work = { ...asked, does: 'program', program, okExits: [] } as const;
  await prepareSpool({ disk, failpoint: noFailpoint }, folder, work);
  try {
    const { ended } = await units.start(folder);
    const { signal: stop } = new AbortController();
    const watching = { ...deps, output: () => undefined };
    const seen = await watchUnit(watching, { cmdId, folder, stop, ended });
    if (seen === 'not-begun' || seen === 'gone') throw new Error(`${program.path} was not run to its end.`);
    if (seen.failure !== null) throw new Error(seen.failure);
    const { exit, signal, timedOut } = seen;
    const output = await readTail(disk, folder, program.maxOutputBytes ?? MAX_OUTPUT_BYTES);
    return { exit, signal, timedOut, output: output.toString('utf8') };
  } finally {
    await disk.remove(folder);
  }
}
