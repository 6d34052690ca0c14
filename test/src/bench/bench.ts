// What a bench is, and what it hands back: figures with their targets and the raw limit measured beside them.

/** A measured figure. */
export interface Figure {
  readonly name: string;
  /** MB, KB, B, ms, s, 1 …; part of the table. */
  readonly unit: string;
  readonly value: number;
  /** Passes when the value is not above it; absent where nothing was promised. */
  readonly atMost?: number;
  /** Passes when the value is not below it. */
  readonly atLeast?: number;
  /** The plain thing measured in the same run, in the same unit. */
  readonly raw?: { readonly what: string; readonly value: number };
  /** Smallest and largest of the runs whose median the value is. */
  readonly spread?: readonly [least: number, most: number];
  /** What a reader has to know beside the number. */
  readonly note?: string;
}

/** What a bench is given. */
export interface BenchContext {
  /** How long long-running things are watched, minutes. */
  readonly minutes: number;
  /** Runs whose median counts, where a figure varies. */
  readonly rounds: number;
  /** Tells the person who waits what happens. */
  say(text: string): void;
  /** Work for the end of the bench, last first; fits the tools of the tests. */
  teardown(work: () => Promise<void>): void;
}

/** A bench. */
export interface Bench {
  readonly id: string;
  /** What it measures, in a sentence. */
  readonly says: string;
  run(context: BenchContext): Promise<readonly Figure[]>;
}

/** Middle of the values; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
  return (upper + lower) / 2;
}

/** Value and spread of several runs. */
export function summarize(values: readonly number[]): Pick<Figure, 'value' | 'spread'> {
  return { value: median(values), spread: [Math.min(...values), Math.max(...values)] };
}
