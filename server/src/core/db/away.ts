// Tells whoever is about to use the database that it is away, so that nothing piles up in a client that has no limit of its own.
import { fail } from '../../errors.ts';
import type { RawSql } from './raw-sql.ts';

const watched = new WeakMap<RawSql, () => boolean>();

/** From here on {@link refuseAway} asks this about the client. */
export function watchAway(sql: RawSql, isAway: () => boolean): void {
  watched.set(sql, isAway);
}

/** Nothing while the database answers, or is not known to be away. @throws MusterError E_UNAVAILABLE */
export function refuseAway(sql: RawSql): void {
  if (watched.get(sql)?.() === true)
    throw fail('E_UNAVAILABLE', { detail: 'The database does not answer; try again soon.' });
}
