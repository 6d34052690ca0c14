// Live measurements of one device: a line a sample, as long as somebody watches.
import { parseSeries } from '@muster/protocol';
import type { ServerEvent } from '../api/client.ts';
import { readSample, type Sample } from '../api/live-values.ts';
import { formatMoment } from '../output/moments.ts';
import { formatJson, safeText } from '../output/safe-text.ts';
import { formatMetric } from '../output/units.ts';
import type { Session } from '../session.ts';
import { untilInterrupted } from '../signals.ts';
import { unitOf } from '../views/alerts.ts';

/** True for a series that was named, or whose metric was; for every one when none was named. */
function isWanted(series: string, names: readonly string[]): boolean {
  if (names.length === 0 || names.includes(series)) return true;
  return names.some((name) => !name.includes('{') && series.startsWith(`${name}{`));
}

/** One sample as a line: its time, and each value with its series. */
function formatSample({ at, values }: Sample, names: readonly string[]): string {
  const words = Object.entries(values)
    .filter(([series]) => isWanted(series, names))
    .map(([series, value]) => `${safeText(series)} ${formatMetric(value, unitOf(series))}`);
  return [formatMoment(at), ...words].join('  ');
}

/** Prints samples until the stream ends or Ctrl-C is pressed; with --json one document a line. */
export async function watchMetrics(
  { api, terminal, json, note }: Session,
  { id, series }: { readonly id: string; readonly series: readonly string[] },
): Promise<void> {
  for (const name of series) if (name.includes('{')) parseSeries(name);
  const { signal, end } = untilInterrupted();
  try {
    for await (const event of api.events(`/api/v1/devices/${id}/metrics/live`, signal)) {
      const sample = readSample(event);
      if (sample !== null)
        terminal.stdout.write(`${json ? formatJson(event.data, 0) : formatSample(sample, series)}\n`);
      else if (isOffline(event)) note('The device is offline; its values come when it is back.');
    }
  } finally {
    end();
  }
}

function isOffline({ event, data }: ServerEvent): boolean {
  return (
    event === 'state' &&
    typeof data === 'object' &&
    data !== null &&
    'online' in data &&
    data.online === false
  );
}
