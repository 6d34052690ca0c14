// Live samples as the columns of a chart: bounded, in order, with a gap where samples are missing.

/** A sample of the live stream: values by series at a moment. */
export interface LiveSample {
  readonly atMs: number;
  readonly values: Readonly<Record<string, number>>;
}

/** So many samples without one make a gap. */
const GAP_SAMPLES = 3;

/** Adds a sample and forgets those that left the window; one that is not newer than the last is dropped. */
export function addSample(
  samples: readonly LiveSample[],
  sample: LiveSample,
  windowMs: number,
): readonly LiveSample[] {
  const last = samples.at(-1);
  if (last !== undefined && sample.atMs <= last.atMs) return samples;
  return [...samples.filter(({ atMs }) => atMs > sample.atMs - windowMs), sample];
}

/** Columns of the chart: times in s, and the values of each series; null is a gap. */
export interface LiveColumns {
  readonly times: readonly number[];
  readonly values: ReadonlyMap<string, readonly (number | null)[]>;
}

/** Lays samples out by series. */
export function toColumns(samples: readonly LiveSample[], everyMs: number): LiveColumns {
  const names = new Set(samples.flatMap(({ values }) => Object.keys(values)));
  const times: number[] = [];
  const values = new Map([...names].map((name) => [name, [] as (number | null)[]]));
  let lastMs: number | null = null;
  for (const sample of samples) {
    if (lastMs !== null && sample.atMs - lastMs > GAP_SAMPLES * everyMs) {
      times.push((lastMs + everyMs) / 1_000);
      for (const column of values.values()) column.push(null);
    }
    times.push(sample.atMs / 1_000);
    for (const [name, column] of values) column.push(sample.values[name] ?? null);
    lastMs = sample.atMs;
  }
  return { times, values };
}
