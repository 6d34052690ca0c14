// When exceptions end: the next moment at which policies want something else without anybody changing them, and ends that are too far away.
import type { Policy, PolicyFault } from '../document/policy.ts';
import { readUntil } from './exception.ts';
import { MAX_EXCEPTION_DAYS } from './limits.ts';

/**
 * The next moment after `nowMs` at which these policies want something else of a device although neither they nor its facts change,
 * ms since 1970; null: none. Pure. Whoever keeps what was resolved resolves it anew then.
 */
export function nextChange(policies: readonly Pick<Policy, 'exceptions'>[], nowMs: number): number | null {
  const ends = policies.flatMap(({ exceptions }) => exceptions.map(readUntil)).filter((ms) => ms > nowMs);
  // Not Math.min: there may be more than a call takes arguments
  return ends.reduce<number | null>((first, ms) => (first === null || ms < first ? ms : first), null);
}

/** Exceptions that last too long, seen from the moment at which they are signed. Asked of writers, and never of what was signed before. */
export function findLongExceptions({ exceptions }: Pick<Policy, 'exceptions'>, atMs: number): PolicyFault[] {
  // The last moment that may be written
  const lastMs = atMs + MAX_EXCEPTION_DAYS * 86_400_000;
  return exceptions.flatMap((one, at) =>
    readUntil(one) <= lastMs
      ? []
      : [
          {
            path: ['exceptions', at, 'until'],
            message: `An exception ends at most ${MAX_EXCEPTION_DAYS} days from now; write an earlier end, and look at it again then.`,
          },
        ],
  );
}
