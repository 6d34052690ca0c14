// Room on the disk that is given up when it is full, so that the result of what ran can still be written.

import { errorCode } from '../../platform/storage.ts';
import type { Disk } from '../disk.ts';
import type { Failpoint } from '../failpoints.ts';
import { BALLAST_BYTES, BALLAST_PAUSE_MS } from '../limits.ts';

const PATH = 'ballast';
const DRAFT = 'ballast.next';
const PIECE_BYTES = 256 * 1024;

/** The ballast. While it is missing, no new work is taken. */
export interface Ballast {
  /** True when the room is there; tried again now and then when it is not. */
  isThere(): Promise<boolean>;
  giveUp(): Promise<void>;
}

/** Makes the ballast; nothing is written before the first question. */
export function createBallast(deps: {
  readonly disk: Disk;
  readonly failpoint: Failpoint;
  /** Ms, never jumping. */
  monotonic(): number;
}): Ballast {
  const { disk, monotonic } = deps;
  let triedAt: number | null = null;
  let making: Promise<boolean> | null = null;

  /** Written in full and not merely reserved: what a file system promises is not there when it counts. */
  async function make(): Promise<boolean> {
    const piece = Buffer.alloc(PIECE_BYTES, 0xa5);
    await disk.remove(DRAFT);
    const file = await disk.open(DRAFT);
    try {
      for (let done = 0; done < BALLAST_BYTES; done += PIECE_BYTES) await file.append(piece);
      await file.datasync();
    } catch (error) {
      if (!['ENOSPC', 'EDQUOT', 'EFBIG'].includes(errorCode(error))) throw error;
      await disk.remove(DRAFT);
      return false;
    } finally {
      await file.close();
    }
    await disk.rename(DRAFT, PATH);
    await disk.dirsync('.');
    return true;
  }

  return {
    async isThere() {
      // Asked of the disk: a wrapper may have given it up.
      if ((await disk.size(PATH)) === BALLAST_BYTES) return true;
      if (making !== null) return making;
      if (triedAt !== null && monotonic() - triedAt < BALLAST_PAUSE_MS) return false;
      triedAt = monotonic();
      making = make().finally(() => {
        making = null;
      });
      return making;
    },
    async giveUp() {
      deps.failpoint('ballast.give-up');
      triedAt = monotonic();
      await disk.remove(PATH);
      await disk.dirsync('.');
    },
  };
}
