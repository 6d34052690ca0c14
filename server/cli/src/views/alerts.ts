// Alerts as a table, open ones first.
import { findMetric, parseSeries } from '@muster/protocol';
import type { Alert } from '../api/types.ts';
import type { Canvas, Tone } from '../output/canvas.ts';
import { drawTable } from '../output/table.ts';
import { formatAgo, formatMetric, formatSpan } from '../output/units.ts';

/** Unit of a series, '' where this version does not know it. */
export function unitOf(series: string): string {
  const [name = ''] = series.split('{');
  return findMetric(name)?.unit ?? '';
}

/** What a series measures, short: instance behind the rule says more than the whole name. */
function instanceOf(series: string): string {
  try {
    return parseSeries(series).instance;
  } catch {
    return series;
  }
}

function toneOf({ state, severity, acknowledged }: Alert): Tone {
  if (state === 'cleared' || acknowledged !== null) return 'quiet';
  return severity === 'critical' ? 'bad' : 'warn';
}

/** One that somebody has is open still, and does not wait for anybody. */
function describeState({ state, acknowledged }: Alert): string {
  if (state === 'cleared' || acknowledged === null) return state;
  return acknowledged.isYours ? 'yours' : `with ${acknowledged.by}`;
}

function describeDuration({ since, clearedAt }: Alert, nowMs: number): string {
  const endMs = clearedAt === null ? nowMs : Date.parse(clearedAt);
  return formatSpan(endMs - Date.parse(since));
}

/** Draws alerts; `withDevice` is false where all are of one device. */
export function drawAlerts(
  alerts: readonly Alert[],
  { nowMs, withDevice }: { readonly nowMs: number; readonly withDevice: boolean },
  canvas: Canvas,
): string {
  const columns = [
    { title: 'no', align: 'right' },
    { title: 'device' },
    { title: 'alert' },
    { title: 'of' },
    { title: 'severity' },
    { title: 'state' },
    { title: 'value', align: 'right' },
    { title: 'limit', align: 'right' },
    { title: 'for', whole: true },
    { title: 'fired', whole: true },
  ] as const;
  const rows = alerts.map((alert) => {
    const tone = toneOf(alert);
    const unit = unitOf(alert.series);
    return [
      String(alert.id),
      alert.hostname,
      alert.rule,
      instanceOf(alert.series),
      { text: alert.severity, tone },
      { text: describeState(alert), tone },
      formatMetric(alert.value, unit),
      formatMetric(alert.threshold, unit),
      describeDuration(alert, nowMs),
      formatAgo(alert.firedAt, nowMs),
    ];
  });
  if (withDevice) return drawTable(columns, rows, canvas);
  const DEVICE = 1;
  return drawTable(
    columns.toSpliced(DEVICE, 1),
    rows.map((row) => row.toSpliced(DEVICE, 1)),
    canvas,
  );
}
