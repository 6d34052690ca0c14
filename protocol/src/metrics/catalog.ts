// The metric catalog: one row for each thing the agent measures. A row here is all a new metric needs on the wire.

/** What the text behind a series names; '' stands for "the device as a whole". */
export type MetricLabel = '' | 'mode' | 'state' | 'device' | 'mountpoint' | 'interface' | 'sensor';

/**
 * How values come to be. `gauge`: read as it is. `rate`: growth of a counter per second between two samples,
 * so a restart of the counter never shows as a spike; the first sample after a start is a gap.
 */
export type MetricKind = 'gauge' | 'rate';

/**
 * One row of the catalog. Every metric is sent as mean and maximum of each interval.
 * Rows are only added: an id or name keeps its meaning for ever, a metric nobody sends any more keeps its row.
 */
export interface Metric {
  /** Number on the wire, 1–65535. Never reused. */
  readonly id: number;
  /** OpenTelemetry name where one exists; directions and totals OpenTelemetry puts in attributes are part of the name. */
  readonly name: string;
  /** UCUM unit as OpenTelemetry writes it: `1` ratio 0…1, `By` bytes, `s`, `Cel`, `{…}` counted things. */
  readonly unit: string;
  readonly kind: MetricKind;
  /** Resolution: values are rounded to the nearest multiple of it, a power of ten. Part of every chunk, so it may change. */
  readonly step: number;
  /** What the instance of a series names; '' where the metric has no instances. */
  readonly label: MetricLabel;
  /** The instances there are, where the list is closed; a newer agent may know more. Absent: named by the device (sda, eth0, /home …). */
  readonly instances?: readonly string[];
  /** One sentence for console and docs. */
  readonly description: string;
}

/** Where the time of processors goes, apart from idling; OpenTelemetry `cpu.mode` with Linux's softirq added. */
const cpuModes = ['user', 'nice', 'system', 'iowait', 'interrupt', 'softirq', 'steal'] as const;
/** Where memory is; OpenTelemetry `system.memory.state` with slab added. They overlap: `used` counts what cannot be given away. */
const memoryStates = ['used', 'free', 'buffers', 'cached', 'shared', 'slab'] as const;

/** All metrics, by id. Groups leave room, so that related metrics stay together. */
// biome-ignore format: one row a metric is easier to read and to compare
export const metrics = [
  // Processors: 1–9
  { id: 1, name: 'system.cpu.busy', unit: '1', kind: 'gauge', step: 0.001, label: '', description: 'Share of processor time spent working: neither idle nor waiting for disks.' },
  { id: 2, name: 'system.cpu.utilization', unit: '1', kind: 'gauge', step: 0.001, label: 'mode', instances: cpuModes, description: 'Share of processor time spent in one mode, over all processors.' },
  { id: 3, name: 'system.cpu.load_average.1m', unit: '{thread}', kind: 'gauge', step: 0.01, label: '', description: 'Threads running or waiting to run, averaged over one minute.' },
  { id: 4, name: 'system.cpu.load_average.5m', unit: '{thread}', kind: 'gauge', step: 0.01, label: '', description: 'Threads running or waiting to run, averaged over five minutes.' },
  { id: 5, name: 'system.cpu.load_average.15m', unit: '{thread}', kind: 'gauge', step: 0.01, label: '', description: 'Threads running or waiting to run, averaged over fifteen minutes.' },
  // Memory: 10–19, swap: 20–29
  { id: 10, name: 'system.memory.usage', unit: 'By', kind: 'gauge', step: 1_000_000, label: 'state', instances: memoryStates, description: 'Memory in one state; used is the total less what is available.' },
  { id: 11, name: 'system.memory.utilization', unit: '1', kind: 'gauge', step: 0.001, label: '', description: 'Share of memory in use: 1 less available by total.' },
  { id: 12, name: 'system.linux.memory.available', unit: 'By', kind: 'gauge', step: 1_000_000, label: '', description: 'Memory new programs can have without swapping, as the kernel estimates it.' },
  { id: 20, name: 'system.paging.usage', unit: 'By', kind: 'gauge', step: 1_000_000, label: '', description: 'Swap space in use.' },
  { id: 21, name: 'system.paging.utilization', unit: '1', kind: 'gauge', step: 0.001, label: '', description: 'Share of swap space in use; no data where there is no swap.' },
  // Pressure stall information: 30–39
  { id: 30, name: 'system.linux.pressure.cpu.some', unit: '1', kind: 'gauge', step: 0.001, label: '', description: 'Share of the last 10 s in which some task waited for a processor.' },
  { id: 31, name: 'system.linux.pressure.cpu.full', unit: '1', kind: 'gauge', step: 0.001, label: '', description: 'Share of the last 10 s in which all tasks waited for a processor.' },
  { id: 32, name: 'system.linux.pressure.memory.some', unit: '1', kind: 'gauge', step: 0.001, label: '', description: 'Share of the last 10 s in which some task waited for memory.' },
  { id: 33, name: 'system.linux.pressure.memory.full', unit: '1', kind: 'gauge', step: 0.001, label: '', description: 'Share of the last 10 s in which all tasks waited for memory.' },
  { id: 34, name: 'system.linux.pressure.io.some', unit: '1', kind: 'gauge', step: 0.001, label: '', description: 'Share of the last 10 s in which some task waited for a disk.' },
  { id: 35, name: 'system.linux.pressure.io.full', unit: '1', kind: 'gauge', step: 0.001, label: '', description: 'Share of the last 10 s in which all tasks waited for a disk.' },
  // Disks: 40–49
  { id: 40, name: 'system.disk.io.read', unit: 'By/s', kind: 'rate', step: 1000, label: 'device', description: 'Bytes read from a disk per second.' },
  { id: 41, name: 'system.disk.io.write', unit: 'By/s', kind: 'rate', step: 1000, label: 'device', description: 'Bytes written to a disk per second.' },
  { id: 42, name: 'system.disk.operations.read', unit: '{operation}/s', kind: 'rate', step: 0.1, label: 'device', description: 'Reads finished by a disk per second.' },
  { id: 43, name: 'system.disk.operations.write', unit: '{operation}/s', kind: 'rate', step: 0.1, label: 'device', description: 'Writes finished by a disk per second.' },
  { id: 44, name: 'system.disk.busy', unit: '1', kind: 'gauge', step: 0.001, label: 'device', description: 'Share of time in which a disk had work.' },
  // Filesystems: 50–59
  { id: 50, name: 'system.filesystem.usage', unit: 'By', kind: 'gauge', step: 1_000_000, label: 'mountpoint', description: 'Bytes in use on a filesystem.' },
  { id: 51, name: 'system.filesystem.utilization', unit: '1', kind: 'gauge', step: 0.0001, label: 'mountpoint', description: 'Share of a filesystem in use, of what ordinary users may fill.' },
  { id: 52, name: 'system.filesystem.inodes.utilization', unit: '1', kind: 'gauge', step: 0.0001, label: 'mountpoint', description: 'Share of the inodes of a filesystem in use; no data where it has no fixed number.' },
  // Network: 60–69
  { id: 60, name: 'system.network.io.receive', unit: 'By/s', kind: 'rate', step: 10, label: 'interface', description: 'Bytes received per second.' },
  { id: 61, name: 'system.network.io.transmit', unit: 'By/s', kind: 'rate', step: 10, label: 'interface', description: 'Bytes sent per second.' },
  { id: 62, name: 'system.network.packets.receive', unit: '{packet}/s', kind: 'rate', step: 0.1, label: 'interface', description: 'Packets received per second.' },
  { id: 63, name: 'system.network.packets.transmit', unit: '{packet}/s', kind: 'rate', step: 0.1, label: 'interface', description: 'Packets sent per second.' },
  { id: 64, name: 'system.network.errors.receive', unit: '{error}/s', kind: 'rate', step: 0.001, label: 'interface', description: 'Packets that arrived damaged per second.' },
  { id: 65, name: 'system.network.errors.transmit', unit: '{error}/s', kind: 'rate', step: 0.001, label: 'interface', description: 'Packets that could not be sent per second.' },
  { id: 66, name: 'system.network.dropped.receive', unit: '{packet}/s', kind: 'rate', step: 0.001, label: 'interface', description: 'Good packets thrown away on arrival per second.' },
  { id: 67, name: 'system.network.dropped.transmit', unit: '{packet}/s', kind: 'rate', step: 0.001, label: 'interface', description: 'Packets thrown away before sending per second.' },
  // Hardware: 70–79
  { id: 70, name: 'hw.temperature', unit: 'Cel', kind: 'gauge', step: 0.1, label: 'sensor', description: 'Temperature at a sensor.' },
  // Processes and system: 80–99
  { id: 80, name: 'system.process.count', unit: '{process}', kind: 'gauge', step: 1, label: '', description: 'Processes there are.' },
  { id: 81, name: 'system.process.running', unit: '{thread}', kind: 'gauge', step: 0.1, label: '', description: 'Threads running or ready to run.' },
  { id: 82, name: 'system.process.blocked', unit: '{thread}', kind: 'gauge', step: 0.1, label: '', description: 'Threads blocked on disk.' },
  { id: 83, name: 'system.process.created', unit: '{process}/s', kind: 'rate', step: 0.1, label: '', description: 'Processes and threads started per second.' },
  { id: 90, name: 'system.uptime', unit: 's', kind: 'gauge', step: 1, label: '', description: 'Time since the operating system started.' },
  // The agent's own budget: 100–109
  { id: 100, name: 'muster.agent.cpu', unit: '1', kind: 'gauge', step: 0.0001, label: '', description: 'Share of one processor the agent itself uses.' },
  { id: 101, name: 'muster.agent.memory', unit: 'By', kind: 'gauge', step: 100_000, label: '', description: 'Resident memory of the agent itself.' },
  { id: 102, name: 'muster.agent.outbox', unit: '{message}', kind: 'gauge', step: 1, label: '', description: 'Messages the agent holds that the server has not acknowledged.' },
] as const satisfies readonly Metric[];

/** A name of the catalog. */
export type MetricName = (typeof metrics)[number]['name'];

const byName: ReadonlyMap<string, Metric> = new Map(metrics.map((metric) => [metric.name, metric]));
const byId: ReadonlyMap<number, Metric> = new Map(metrics.map((metric) => [metric.id, metric]));

/** The row of a name. A name known at compile time always has one; any other text may have none. */
export function findMetric(name: MetricName): Metric;
export function findMetric(name: string): Metric | undefined;
export function findMetric(name: string): Metric | undefined {
  return byName.get(name);
}

/** The row of a number on the wire; undefined for a metric added by a newer agent. */
export function findMetricById(id: number): Metric | undefined {
  return byId.get(id);
}
