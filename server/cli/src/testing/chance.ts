// Random input for properties: the same for the same seed, so that a failure can be looked at again.

/** A source of chance. */
export interface Chance {
  /** A whole number from `min` to `max`. */
  integer(min: number, max: number): number;
  pick<T>(items: readonly [T, ...T[]]): T;
  /** Any text: letters, controls, escape sequences in pieces, half characters, wide ones. */
  text(maxLength: number): string;
}

/** What hurts in texts. */
const pieces = [
  '\u001b',
  '[',
  ']',
  '31m',
  '\u0007',
  '\u009b',
  '\u202e',
  '\u2066',
  '\u2028',
  '\n',
  '\t',
  'a',
  '日',
  'é',
  '"',
  '\\',
  '\ud800',
  '🙂',
] as const;

/** Makes one; mulberry32, a generator in the public domain. */
function createChance(seed: number): Chance {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const integer = (min: number, max: number) => min + Math.floor(next() * (max - min + 1));
  const pick = <T>(items: readonly [T, ...T[]]): T => items[integer(0, items.length - 1)] ?? items[0];
  return {
    integer,
    pick,
    text: (maxLength) =>
      Array.from({ length: integer(0, maxLength) }, () =>
        integer(0, 3) === 0 ? String.fromCharCode(integer(0, 0xffff)) : pick(pieces),
      ).join(''),
  };
}

/** Runs a property often; throws with the seed of the first input for which it does not hold. */
export function holdsAlways(holds: (chance: Chance) => boolean, times = 300): true {
  for (let seed = 1; seed <= times; seed++)
    if (!holds(createChance(seed))) throw new Error(`does not hold for seed ${seed}`);
  return true;
}
