// The list of devices as a table with columns to choose from.
import type { Device } from '../api/types.ts';
import type { Canvas, Tone } from '../output/canvas.ts';
import { formatCount } from '../output/count.ts';
import { csvCell } from '../output/csv.ts';
import { formatMoment } from '../output/moments.ts';
import { safeText } from '../output/safe-text.ts';
import { type Cell, type ColumnSpec, drawTable } from '../output/table.ts';
import { formatAgo, formatBytes } from '../output/units.ts';

/** A column of the list. */
interface DeviceColumn extends ColumnSpec {
  /** Fields of the API it is made of. */
  readonly fields: readonly (keyof Device)[];
  read(device: Device, nowMs: number): Cell;
}

const tones: Readonly<Record<string, Tone>> = {
  online: 'good',
  offline: 'warn',
  missing: 'bad',
  never: 'quiet',
  pending: 'warn',
  quarantined: 'bad',
  retired: 'quiet',
};

/** What a person wants to know first: whether it is there, or what stands in the way. */
export function describeState({
  state,
  presence,
  stateReason,
}: Pick<Device, 'state' | 'presence' | 'stateReason'>): Exclude<Cell, string> {
  const word = state === 'active' ? presence : state;
  const text = stateReason === '' ? word : `${word} (${stateReason})`;
  return { text, tone: tones[word] ?? 'plain' };
}

/** Labels in one line, by key. */
export function formatLabels(labels: Device['labels']): string {
  return Object.entries(labels)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`)
    .join(' ');
}

/** Name and version of the system, as exactly as the device has said it. */
export function describeOs({ facts, platform }: Pick<Device, 'facts' | 'platform'>): string {
  const words = [facts?.osName, facts?.osVersion].filter((word) => typeof word === 'string' && word !== '');
  return words.length === 0 ? platform : words.join(' ');
}

function orDash(value: number | null | undefined, format: (value: number) => string): string {
  return value === null || value === undefined ? '–' : format(value);
}

/** Every column, in the order --help names them. */
export const deviceColumns = {
  name: { title: 'name', fields: ['hostname'], read: ({ hostname }) => hostname },
  state: { title: 'state', fields: ['state', 'presence', 'stateReason'], read: describeState },
  os: { title: 'os', fields: ['facts', 'platform'], read: describeOs },
  kernel: { title: 'kernel', fields: ['facts'], read: ({ facts }) => facts?.kernel ?? '–' },
  arch: { title: 'arch', fields: ['facts'], read: ({ facts }) => facts?.arch ?? '–' },
  cpus: {
    title: 'cpus',
    align: 'right',
    fields: ['facts'],
    read: ({ facts }) => orDash(facts?.cpuThreads, String),
  },
  memory: {
    title: 'memory',
    align: 'right',
    fields: ['facts'],
    read: ({ facts }) => orDash(facts?.memoryBytes, formatBytes),
  },
  packages: {
    title: 'packages',
    align: 'right',
    fields: ['facts'],
    read: ({ facts }) => orDash(facts?.packages, formatCount),
  },
  model: {
    title: 'model',
    fields: ['facts'],
    read: ({ facts }) => [facts?.vendor, facts?.model].filter(Boolean).join(' ') || '–',
  },
  reboot: {
    title: 'reboot',
    fields: ['facts'],
    read: ({ facts }) => (facts?.rebootRequired === true ? { text: 'needed', tone: 'warn' } : ''),
  },
  seen: {
    title: 'last seen',
    fields: ['presence', 'lastSeenAt'],
    read: ({ presence, lastSeenAt }, nowMs) => (presence === 'online' ? 'now' : formatAgo(lastSeenAt, nowMs)),
  },
  enrolled: {
    title: 'enrolled',
    whole: true,
    fields: ['enrolledAt'],
    read: ({ enrolledAt }) => formatMoment(enrolledAt),
  },
  agent: { title: 'agent', fields: ['agentVersion'], read: ({ agentVersion }) => agentVersion },
  labels: { title: 'labels', fields: ['labels'], read: ({ labels }) => formatLabels(labels) },
  fingerprint: {
    title: 'fingerprint',
    whole: true,
    fields: ['fingerprint'],
    read: ({ fingerprint }) => fingerprint,
  },
  id: { title: 'id', whole: true, fields: ['id'], read: ({ id }) => id },
} as const satisfies Record<string, DeviceColumn>;

/** Name of a column. */
export type DeviceColumnName = keyof typeof deviceColumns;

/** All names, for --help and for reading --columns. */
export const deviceColumnNames = Object.keys(deviceColumns) as DeviceColumnName[];

/** What is shown when nobody says. */
export const usualColumns = [
  'name',
  'state',
  'os',
  'cpus',
  'memory',
  'packages',
  'seen',
  'labels',
  'id',
] as const satisfies readonly DeviceColumnName[];

/** Fields of the API that the columns need; facts cost the server more than the rest. */
export function fieldsOf(names: readonly DeviceColumnName[]): string {
  return [...new Set(names.flatMap((name): readonly string[] => deviceColumns[name].fields))].join(',');
}

/** Draws the list. */
export function drawDevices(
  devices: readonly Device[],
  { columns, nowMs }: { readonly columns: readonly DeviceColumnName[]; readonly nowMs: number },
  canvas: Canvas,
): string {
  const specs: readonly DeviceColumn[] = columns.map((name) => deviceColumns[name]);
  return drawTable(
    specs,
    devices.map((device) => specs.map((spec) => spec.read(device, nowMs))),
    canvas,
  );
}

/** The list as CSV (RFC 4180): the names of the columns, then a line a device with what the table shows, never cut. */
export function* writeDevicesCsv(
  devices: readonly Device[],
  { columns, nowMs }: { readonly columns: readonly DeviceColumnName[]; readonly nowMs: number },
): Generator<string> {
  const specs: readonly DeviceColumn[] = columns.map((name) => deviceColumns[name]);
  yield `${columns.join(',')}\r\n`;
  for (const device of devices) {
    const cells = specs.map((spec) => spec.read(device, nowMs));
    yield `${cells.map((cell) => csvCell(safeText(typeof cell === 'string' ? cell : cell.text))).join(',')}\r\n`;
  }
}
