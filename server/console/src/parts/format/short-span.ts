// Spans as they are typed, here and in the command line: `90s`, `1h`.

const unitsMs = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const;

/** A span in the largest unit that holds it whole: 300000 is `5m`. */
export function formatShortSpan(durationMs: number): string {
  const units = Object.entries(unitsMs);
  const [unit, unitMs] = units.find(([, size]) => durationMs >= size && durationMs % size === 0) ?? ['ms', 1];
  return `${durationMs / unitMs}${unit}`;
}

/** `90s`, `1h` as milliseconds; null for anything else. */
export function parseShortSpan(text: string): number | null {
  const [, count, unit] = /^\s*(\d{1,9})\s*(ms|s|m|h|d)\s*$/.exec(text) ?? [];
  const unitMs = Object.entries(unitsMs).find(([name]) => name === unit)?.[1];
  return unitMs === undefined ? null : Number(count) * unitMs;
}
