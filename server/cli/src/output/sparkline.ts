// A row of block characters as a small chart; gaps stay gaps.

const BLOCKS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/**
 * Draws values from `min` to `max` (default: of the values). Null is drawn as a space: no data.
 * A flat line lies at the bottom.
 */
export function drawSparkline(
  values: readonly (number | null)[],
  range: { readonly min?: number; readonly max?: number } = {},
): string {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return ' '.repeat(values.length);
  const min = range.min ?? Math.min(...known);
  const max = range.max ?? Math.max(...known);
  return values
    .map((value) => {
      if (value === null) return ' ';
      // Halved, because the distance of two numbers may be larger than any number.
      const share = max > min ? (value / 2 - min / 2) / (max / 2 - min / 2) : 0;
      const step = Math.max(0, Math.min(BLOCKS.length - 1, Math.floor(share * BLOCKS.length)));
      return BLOCKS[step];
    })
    .join('');
}

/** Brings a series to at most `width` values, each the largest of its part, so that a peak is never lost. */
export function shrink(values: readonly (number | null)[], width: number): (number | null)[] {
  if (values.length <= width) return [...values];
  return Array.from({ length: width }, (_, at) => {
    const from = Math.floor((at * values.length) / width);
    const to = Math.floor(((at + 1) * values.length) / width);
    const known = values.slice(from, to).filter((value) => value !== null);
    return known.length === 0 ? null : Math.max(...known);
  });
}
