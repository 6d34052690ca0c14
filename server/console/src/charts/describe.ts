// What a line of a chart says, as numbers that can be put into words for people who cannot see it.

/** A line in numbers. Times in ms since 1970; null where the line has no value at all. */
export interface Described {
  readonly last: number;
  readonly mean: number;
  readonly peak: number;
  readonly peakAtMs: number;
  /** Breaks between the first and the last value. */
  readonly gaps: number;
}

/** Values without a break before `peaks`, the largest value of each step, which the means do not show. */
export function describeLine(
  times: readonly number[],
  values: readonly (number | null)[],
  peaks: readonly (number | null)[] = values,
): Described | null {
  let sum = 0;
  let count = 0;
  let last: number | null = null;
  let peak = Number.NEGATIVE_INFINITY;
  let peakAtMs = 0;
  let gaps = 0;
  let isBroken = false;
  values.forEach((value, at) => {
    if (value === null) {
      isBroken = last !== null;
      return;
    }
    if (isBroken) gaps++;
    isBroken = false;
    sum += value;
    count++;
    last = value;
    const top = peaks[at] ?? value;
    if (top <= peak) return;
    peak = top;
    peakAtMs = (times[at] ?? 0) * 1_000;
  });
  return last === null ? null : { last, mean: sum / count, peak, peakAtMs, gaps };
}

/** Highest value there is; 0 for none. */
export function peakOf(values: readonly (number | null)[]): number {
  return values.reduce<number>((peak, value) => Math.max(peak, value ?? 0), 0);
}
