// How long a window is open: a number with m, h or d.

/** Longest window, ms: seven days. What is open longer needs no window. */
export const MAX_LENGTH_MS = 7 * 86_400_000;

/** One of each unit, ms. A day is 24 hours, also where the clocks are changed. */
const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Ms of `90m`, `2h`, `1d`. Only for what the schema has let pass. */
export function readLengthMs(text: string): number {
  return Number(text.slice(0, -1)) * (UNIT_MS[text.slice(-1)] ?? 0);
}
