// Finds what stands twice in a document.
import type { PolicyFault } from './policy.ts';

/** Faults of all that have come before: the first is never told. Null stands for what cannot be compared. */
export function findRepeats(
  values: readonly (string | null)[],
  tell: (value: string, at: number, first: number) => PolicyFault,
): PolicyFault[] {
  const seen = new Map<string, number>(); // value to the index of its first
  return values.flatMap((value, at) => {
    const first = value === null ? undefined : seen.get(value);
    if (value !== null && first === undefined) seen.set(value, at); // the first stays, however many follow
    return value === null || first === undefined ? [] : [tell(value, at, first)];
  });
}
