// When a window opens next for what is held, as it was resolved last.
import { isMusterError } from '@muster/protocol';
import { readOwnZone } from '@muster/protocol/windows';
import { type Disk, readWhole } from '../disk.ts';
import { WANTED_PATH } from './held.ts';
import { nextOpening } from './hours.ts';
import { MAX_RESOLVED_BYTES, parseResolved } from './resolved.ts';

/** What it needs. */
interface OpeningDeps {
  readonly disk: Disk;
  now(): number;
  readonly log: { warn(fields: object, message: string): void };
}

/** The moment, ms since 1970; null where none opens. What was damaged on the disk has none: the cycle itself tells of it, and it is resolved anew. */
export async function findNextOpening({ disk, now, log }: OpeningDeps): Promise<number | null> {
  const bytes = await readWhole(disk, WANTED_PATH, MAX_RESOLVED_BYTES);
  if (bytes === null) return null;
  try {
    return nextOpening(parseResolved(bytes.toString(), WANTED_PATH), now(), readOwnZone());
  } catch (err) {
    if (!isMusterError(err)) throw err;
    log.warn({ err }, 'what policies want of this device is damaged; it is resolved anew within the hour');
    return null;
  }
}
