// One device: its facts, its latest heartbeat, the course of the last hours, and what is wrong.
import type { Alert, Device, LatestValues, MetricRange } from '../api/types.ts';
import { type Canvas, paint, type Tone } from '../output/canvas.ts';
import { countOf, formatCount } from '../output/count.ts';
import { formatMoment } from '../output/moments.ts';
import { safeText } from '../output/safe-text.ts';
import { type Cell, drawFacts } from '../output/table.ts';
import { formatAgo, formatBytes, formatRatio, formatSpan } from '../output/units.ts';
import { drawAlerts } from './alerts.ts';
import { describeOs, describeState, formatLabels } from './device-list.ts';
import { drawHistory, type HistoryLine } from './metrics.ts';

/** Instances of one metric that are shown: those with the highest values. */
const MAX_INSTANCES = 5;
/** From here on a ratio is shown as trouble. */
const HIGH_RATIO = 0.9;

/** What is shown of a device; null where the server has nothing. */
export interface DeviceDetails {
  readonly device: Device;
  readonly latest: LatestValues | null;
  readonly history: MetricRange | null;
  readonly alerts: readonly Alert[];
}

/** Metrics of the history, with what people call them. */
const historyTitles: Readonly<Record<string, string>> = {
  'system.cpu.busy': 'CPU',
  'system.memory.utilization': 'Memory',
  'system.cpu.load_average.1m': 'Load',
  'system.filesystem.utilization': 'Disk',
  'system.network.io.receive': 'Received',
  'system.network.io.transmit': 'Sent',
};

/** Their names, for the request. */
export const historyMetrics = Object.keys(historyTitles);

function peakOf(values: readonly (number | null)[]): number {
  return values.reduce<number>((peak, value) => Math.max(peak, value ?? 0), 0);
}

/** Lines of the history in the order of the titles; of metrics with instances only the busiest. */
export function pickHistory({ series }: MetricRange): HistoryLine[] {
  return Object.entries(historyTitles).flatMap(([metric, title]) =>
    series
      .filter((one) => one.metric === metric && (one.instance === '' || peakOf(one.max) > 0))
      .toSorted((a, b) => peakOf(b.max) - peakOf(a.max))
      .slice(0, MAX_INSTANCES)
      .map((one) => ({ title: one.instance === '' ? title : `${title} ${one.instance}`, series: one })),
  );
}

function describeHardware({ facts }: Device): string | null {
  if (facts === null) return null;
  const words = [facts.vendor, facts.model].filter((word) => word !== null && word !== '').join(' ');
  const kind = facts.virtual === null ? '' : facts.virtual ? 'virtual' : 'physical';
  return [words, kind].filter((word) => word !== '').join(', ');
}

function describeProcessor({ facts }: Device): string | null {
  if (facts === null || (facts.cpuModel === null && facts.cpuThreads === null)) return null;
  const threads = facts.cpuThreads === null ? '' : countOf(facts.cpuThreads, 'thread');
  return [facts.cpuModel ?? '', threads].filter((word) => word !== '').join(', ');
}

function describeMemory({ facts }: Device): string | null {
  if (facts?.memoryBytes === null || facts?.memoryBytes === undefined) return null;
  const swap = facts.swapBytes === null ? '' : `, swap ${formatBytes(facts.swapBytes)}`;
  return `${formatBytes(facts.memoryBytes)}${swap}`;
}

/** Facts of a device, label by label. */
function listFacts(device: Device, nowMs: number): [string, Cell | null][] {
  const { facts, lastSeenAt, onlineSince, clockOffsetMs } = device;
  const isOnline = device.presence === 'online' && onlineSince !== null;
  return [
    ['Id', device.id],
    ['Key', device.fingerprint],
    [
      'Seen',
      isOnline
        ? `now, online for ${formatSpan(nowMs - Date.parse(onlineSince))}`
        : formatAgo(lastSeenAt, nowMs),
    ],
    ['System', [describeOs(device), facts?.arch ?? ''].filter((word) => word !== '').join(', ')],
    ['Kernel', facts?.kernel ?? null],
    [
      'Booted',
      facts?.bootTime ? `${formatMoment(facts.bootTime)} (${formatAgo(facts.bootTime, nowMs)})` : null,
    ],
    ['Reboot', facts?.rebootRequired === true ? { text: 'needed', tone: 'warn' } : null],
    ['Hardware', describeHardware(device)],
    ['Processor', describeProcessor(device)],
    ['Memory', describeMemory(device)],
    ['Packages', facts?.packages === null || facts === null ? null : formatCount(facts.packages)],
    ['Labels', formatLabels(device.labels)],
    ['Agent', device.agentVersion],
    ['Enrolled', `${formatMoment(device.enrolledAt)} (${formatAgo(device.enrolledAt, nowMs)})`],
    ['Clock', Math.abs(clockOffsetMs) < 1_000 ? null : { text: describeOffset(clockOffsetMs), tone: 'warn' }],
  ];
}

function describeOffset(offsetMs: number): string {
  return `${formatSpan(Math.abs(offsetMs))} ${offsetMs > 0 ? 'ahead of' : 'behind'} the server`;
}

function ratioCell(ratio: number | null): Cell {
  const tone: Tone = ratio !== null && ratio >= HIGH_RATIO ? 'bad' : 'plain';
  return { text: formatRatio(ratio), tone };
}

/** The latest heartbeat, label by label. */
function listLatest(latest: LatestValues): [string, Cell | null][] {
  return [
    ['CPU', ratioCell(latest.cpuUsedRatio)],
    ['Memory', ratioCell(latest.memoryUsedRatio)],
    ['Swap', latest.swapUsedRatio === null ? null : ratioCell(latest.swapUsedRatio)],
    ['Fullest disk', ratioCell(latest.diskUsedRatio)],
    ['Load', latest.loadPerCpu === null ? '–' : `${latest.loadPerCpu.toFixed(2)} a processor`],
    ['Up', formatSpan(latest.uptimeS * 1_000)],
    ['Waiting', latest.outboxDepth === 0 ? null : countOf(latest.outboxDepth, 'message')],
    ['Dropped', latest.dropped === 0 ? null : { text: countOf(latest.dropped, 'measurement'), tone: 'warn' }],
  ];
}

/** Draws the whole page. */
export function drawDevice(
  { device, latest, history, alerts }: DeviceDetails,
  { nowMs, hours }: { readonly nowMs: number; readonly hours: number },
  canvas: Canvas,
): string {
  const head = (text: string) => paint(text, 'strong', canvas);
  const state = describeState(device);
  const word = paint(safeText(state.text), state.tone, canvas);
  const lines = history === null ? [] : pickHistory(history);
  const parts = [
    `${head(safeText(device.hostname))}  ${word}`,
    drawFacts(listFacts(device, nowMs), canvas),
    ...(latest === null
      ? []
      : [
          `${head('Latest heartbeat')}  ${formatAgo(latest.at, nowMs)}\n${drawFacts(listLatest(latest), canvas)}`,
        ]),
    lines.length === 0
      ? `${head(`Last ${countOf(hours, 'hour')}`)}  no measurements`
      : `${head(`Last ${countOf(hours, 'hour')}`)}\n${drawHistory(lines, canvas)}`,
    alerts.length === 0
      ? `${head('Open alerts')}  none`
      : `${head('Open alerts')}\n${drawAlerts(alerts, { nowMs, withDevice: false }, canvas)}`,
  ];
  return parts.join('\n\n');
}
