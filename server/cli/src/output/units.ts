// Numbers as people read them: sizes, ratios, durations, times.

const SIZES = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** Bytes in binary units with up to one decimal: `1.5 GiB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 1024 && unit < SIZES.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${SIZES[unit]}`;
}

/** A ratio in percent: 0.256 → `26 %`. Null is a dash: no data. */
export function formatRatio(ratio: number | null | undefined): string {
  return ratio === null || ratio === undefined ? '–' : `${Math.round(ratio * 100)} %`;
}

/** A span in its two largest units: `3 d 4 h`, `12 s`. */
export function formatSpan(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return '0 s';
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}

/** How long ago something was: `4 min ago`. */
export function formatAgo(time: string | null | undefined, nowMs: number): string {
  return time === null || time === undefined ? 'never' : `${formatSpan(nowMs - Date.parse(time))} ago`;
}

/** A value of a metric in its unit (UCUM, as in the metric catalog). */
export function formatMetric(value: number | null, unit: string): string {
  if (value === null) return '–';
  if (unit === '1') return formatRatio(value);
  if (unit === 'By') return formatBytes(value);
  if (unit === 'By/s') return `${formatBytes(value)}/s`;
  const rounded =
    Math.abs(value) >= 100 ? Math.round(value).toString() : value.toFixed(2).replace(/\.?0+$/, '');
  const plainUnit = unit.replace(/\{[^}]*\}/g, '').replace(/^\//, '/');
  return plainUnit === '' ? rounded : `${rounded} ${plainUnit}`;
}
