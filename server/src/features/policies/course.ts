// The course of the set in force: whether it goes out in waves, and what devices outside are told meanwhile.
import type { RawSql } from '../../core/db/pool.ts';
import { createReadStored, type PoliciesDeps, type Present } from './present.ts';
import type { Rollout } from './rollout.ts';
import { findSet } from './store.ts';
import { selectRollout } from './store-rollout.ts';

/** A set on its way. */
export interface Course {
  readonly rollout: Rollout;
  /** What devices outside are told; its set null: nothing. */
  readonly base: Present;
}

/** Reads it; null: everybody is told the set in force. One statement, three where it goes out in waves. */
export type ReadCourse = (sql: RawSql, present: Present) => Promise<Course | null>;

/** Makes the reader. */
export function createReadCourse(deps: Pick<PoliciesDeps, 'crypto' | 'trust'>): ReadCourse {
  const { tenant } = deps.trust;
  const readStored = createReadStored(deps);

  return async (sql, { epoch, set }) => {
    if (set === null || set.isVoid) return null;
    const rollout = await selectRollout(sql, tenant);
    if (rollout === null || rollout.state === 'done' || rollout.digest !== set.row.digest) return null;
    const row = rollout.base === '' ? undefined : await findSet(sql, tenant, rollout.base);
    // Devices believe nothing of another epoch.
    return { rollout, base: await readStored(sql, row?.epoch === epoch ? row : undefined) };
  };
}
