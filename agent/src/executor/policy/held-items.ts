// What is held, as it was resolved last: when something of it falls due next, and which files it stands in.
import { isMusterError } from '@muster/protocol';
import { readOwnZone } from '@muster/protocol/windows';
import { type Disk, readWhole } from '../disk.ts';
import { WANTED_PATH } from './held.ts';
import { nextDue, type WantedItem } from './hours.ts';
import { MAX_WATCHED } from './limits.ts';
import { MAX_RESOLVED_BYTES, parseResolved } from './resolved.ts';
import { findRule } from './rules.ts';

/** What it needs. */
export interface HeldItemsDeps {
  readonly disk: Disk;
  now(): number;
  readonly log: { warn(fields: object, message: string): void };
}

/** None where what stands on the disk was damaged: the cycle itself tells of it, and it is resolved anew. */
async function readItems({ disk, log }: HeldItemsDeps): Promise<readonly WantedItem[]> {
  const bytes = await readWhole(disk, WANTED_PATH, MAX_RESOLVED_BYTES);
  if (bytes === null) return [];
  try {
    return parseResolved(bytes.toString(), WANTED_PATH);
  } catch (err) {
    if (!isMusterError(err)) throw err;
    log.warn({ err }, 'what policies want of this device is damaged; it is resolved anew within the hour');
    return [];
  }
}

/** When a window opens next for something that may be repaired, or an exception or a freeze ends, ms since 1970; null: never. */
export async function findNextDue(deps: HeldItemsDeps): Promise<number | null> {
  return nextDue(await readItems(deps), deps.now(), readOwnZone());
}

/** Files in which the items stand, each once, at most MAX_WATCHED; one that ends in `/` is all of a folder. */
export async function listWatched(deps: HeldItemsDeps): Promise<readonly string[]> {
  const items = await readItems(deps);
  const files = new Set(items.flatMap((item) => findRule(item).watched(item.wanted)));
  return [...files].toSorted().slice(0, MAX_WATCHED);
}
