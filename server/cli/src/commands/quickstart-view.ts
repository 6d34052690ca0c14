// The live table of the quick start: this device's facts and current measurements, drawn again every two seconds.
import { isMusterError } from '@muster/protocol';
import { type Api, take } from '../api/client.ts';
import { countOf } from '../output/count.ts';
import { safeText } from '../output/safe-text.ts';
import { formatAgo, formatBytes, formatRatio, formatSpan } from '../output/units.ts';

/** Time between two drawings, ms. */
const REFRESH_MS = 2_000;

/** Pause before a broken stream is opened again, ms. */
const RECONNECT_MS = 1_000;

/** What is watched. */
export interface ViewOptions {
  readonly api: Api;
  readonly deviceId: string;
  readonly output: NodeJS.WriteStream;
}

/** Newest measurements by series; filled by the live stream. */
export type Measurements = ReadonlyMap<string, number>;

/** What the table shows; null is drawn as a dash. */
export interface DeviceView {
  readonly hostname: string;
  readonly presence: string;
  readonly lastSeenAt: string | null;
  readonly os: string | null;
  readonly kernel: string | null;
  readonly cpu: string | null;
  readonly threads: number | null;
  readonly memoryBytes: number | null;
  readonly disks: readonly { readonly name: string; readonly sizeBytes: number | null }[];
  readonly packages: number | null;
  readonly sections: number;
  readonly measurements: Measurements;
  /** When the newest measurement was made, ms since 1970; null before the first. */
  readonly measuredMs: number | null;
  readonly openAlerts: number;
}

const dash = '–';

function orDash(text: string | null): string {
  return text === null || text === '' ? dash : safeText(text);
}

function drawBar(ratio: number | null): string {
  if (ratio === null) return '';
  const full = Math.round(Math.max(0, Math.min(1, ratio)) * 20);
  return `${'█'.repeat(full)}${'░'.repeat(20 - full)}`;
}

/** Value of a series without an instance. */
function valueIn(measurements: Measurements, metric: string): number | null {
  return measurements.get(metric) ?? null;
}

/** Largest, or summed, value of a metric over its instances. */
function overInstances(
  measurements: Measurements,
  metric: string,
  join: (a: number, b: number) => number,
): number | null {
  const values = [...measurements]
    .filter(([series]) => series.startsWith(`${metric}{`))
    .map(([, value]) => value);
  return values.length === 0 ? null : values.reduce(join);
}

const add = (a: number, b: number) => a + b;

function drawRatio(label: string, ratio: number | null): string {
  return `  ${label.padEnd(11)}${formatRatio(ratio).padStart(5)}  ${drawBar(ratio)}`.trimEnd();
}

function drawRates(label: string, rates: readonly [name: string, value: number | null][]): string {
  const parts = rates.map(([name, value]) => `${name} ${value === null ? dash : `${formatBytes(value)}/s`}`);
  return `  ${label.padEnd(11)}${parts.join('   ')}`;
}

/** The lines of the table. Pure, so that a test can hold it against a golden text. */
function drawDevice(view: DeviceView, nowMs: number): string[] {
  const { measurements: now } = view;
  const disks = view.disks.map(({ name, sizeBytes }) =>
    `${safeText(name)} ${sizeBytes === null ? '' : formatBytes(sizeBytes)}`.trim(),
  );
  const seen = view.presence === 'online' ? '' : ` (seen ${formatAgo(view.lastSeenAt, nowMs)})`;
  const load = valueIn(now, 'system.cpu.load_average.1m');
  const uptime = valueIn(now, 'system.uptime');
  const packages = view.packages === null ? dash : view.packages.toLocaleString('en-US');
  const age = view.measuredMs === null ? 'not yet' : `${formatSpan(nowMs - view.measuredMs)} ago`;
  return [
    `  Device     ${orDash(view.hostname)}   ${view.presence}${seen}`,
    `  OS         ${orDash(view.os)}   kernel ${orDash(view.kernel)}`,
    `  CPU        ${orDash(view.cpu)}${view.threads === null ? '' : `, ${countOf(view.threads, 'thread')}`}`,
    `  Memory     ${view.memoryBytes === null ? dash : formatBytes(view.memoryBytes)}`,
    `  Disks      ${disks.length === 0 ? dash : disks.join(', ')}`,
    `  Packages   ${packages}   (${countOf(view.sections, 'section')} of inventory)`,
    '',
    drawRatio('CPU', valueIn(now, 'system.cpu.busy')),
    drawRatio('Memory', valueIn(now, 'system.memory.utilization')),
    drawRatio('Fullest fs', overInstances(now, 'system.filesystem.utilization', Math.max)),
    drawRates('Disk', [
      ['read', overInstances(now, 'system.disk.io.read', add)],
      ['write', overInstances(now, 'system.disk.io.write', add)],
    ]),
    drawRates('Network', [
      ['in', overInstances(now, 'system.network.io.receive', add)],
      ['out', overInstances(now, 'system.network.io.transmit', add)],
    ]),
    `  Load       ${load === null ? dash : load.toFixed(2)}   up ${uptime === null ? dash : formatSpan(uptime * 1000)}`,
    `  Alerts     ${view.openAlerts} open   measured ${age}`,
  ];
}

/** Disks are few facts that seldom change: they are asked for again only after a change of the inventory. */
interface DiskCache {
  storedAt: string | null;
  sections: number;
  disks: DeviceView['disks'];
}

async function readDisks({ api, deviceId }: ViewOptions, cache: DiskCache): Promise<DiskCache> {
  const path = { id: deviceId };
  const inventory = await take(api.http.GET('/api/v1/devices/{id}/inventory', { params: { path } }));
  if (inventory.storedAt === cache.storedAt) return cache;
  const section = inventory.sections.some(
    ({ name, outcome }) => name === 'block_devices' && outcome === 'ok',
  );
  const rows = section
    ? await take(
        api.http.GET('/api/v1/devices/{id}/inventory/{section}', {
          params: { path: { ...path, section: 'block_devices' } },
        }),
      )
    : { items: [] };
  const disks = rows.items
    .filter((row) => row.parent === null || row.parent === '')
    .map((row) => ({ name: String(row.name), sizeBytes: typeof row.size === 'number' ? row.size : null }));
  return { storedAt: inventory.storedAt, sections: inventory.sections.length, disks };
}

/** Facts of the device as they are stored; the measurements come from the stream. */
async function readFacts(options: ViewOptions, cache: DiskCache) {
  const { api, deviceId } = options;
  const path = { id: deviceId };
  const next = await readDisks(options, cache);
  const device = await take(api.http.GET('/api/v1/devices/{id}', { params: { path } }));
  const query = { device: deviceId, state: 'open' as const };
  const alerts = await take(api.http.GET('/api/v1/alerts', { params: { query } }));
  const { facts } = device;
  const view = {
    hostname: device.hostname,
    presence: device.presence,
    lastSeenAt: device.lastSeenAt,
    os: facts === null ? null : `${facts.osName ?? ''} ${facts.osVersion ?? ''}`.trim(),
    kernel: facts?.kernel ?? null,
    cpu: facts?.cpuModel ?? null,
    threads: facts?.cpuThreads ?? null,
    memoryBytes: facts?.memoryBytes ?? null,
    packages: facts?.packages ?? null,
    disks: next.disks,
    sections: next.sections,
    openAlerts: alerts.items.length,
  };
  return { view, cache: next };
}

/** Keeps the newest sample of the device; connects again when the stream breaks. */
class LiveSamples {
  readonly measurements = new Map<string, number>();
  measuredMs: number | null = null;
  private readonly stopping = new AbortController();
  private readonly running: Promise<void>;

  constructor(options: ViewOptions) {
    this.running = this.watch(options);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async watch({ api, deviceId }: ViewOptions): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        for await (const { event, data } of api.events(
          `/api/v1/devices/${deviceId}/metrics/live?everyMs=1000`,
          signal,
        )) {
          if (event === 'sample') this.take(data);
        }
      } catch (error) {
        if (!isMusterError(error)) throw error;
      }
      await new Promise((next) => setTimeout(next, signal.aborted ? 0 : RECONNECT_MS));
    }
  }

  private take(data: unknown): void {
    const { at, values } = data as { at: string; values: Record<string, number> };
    for (const [series, value] of Object.entries(values)) this.measurements.set(series, value);
    this.measuredMs = Date.parse(at);
  }
}

/** Starts drawing: over the former lines on a terminal; elsewhere once, as soon as the device is known and measured. */
export function watchDevice(options: ViewOptions): { stop(): Promise<void> } {
  return new DeviceWatch(options);
}

class DeviceWatch {
  private readonly options: ViewOptions;
  private readonly samples: LiveSamples;
  private cache: DiskCache = { storedAt: null, sections: 0, disks: [] };
  private drawn = 0;
  private stopped = false;
  private wake: () => void = () => undefined;
  private readonly running: Promise<void>;

  constructor(options: ViewOptions) {
    this.options = options;
    this.samples = new LiveSamples(options);
    this.running = this.loop();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.wake();
    await Promise.all([this.running, this.samples.stop()]);
  }

  private draw(lines: readonly string[]): void {
    const { output } = this.options;
    const width = output.columns ?? 120;
    // The cursor cannot go back above the upper edge: a higher table would be written again and again.
    const fitting = output.isTTY ? lines.slice(0, Math.max(1, (output.rows ?? 24) - 1)) : lines;
    const back = this.drawn > 0 ? `\u001b[${this.drawn}A\u001b[0J` : '';
    output.write(`${back}${fitting.map((line) => line.slice(0, width - 1)).join('\n')}\n`);
    this.drawn = fitting.length;
  }

  /** True when everything the table shows is there. */
  private async drawOnce(): Promise<boolean> {
    const { view, cache } = await readFacts(this.options, this.cache);
    this.cache = cache;
    const { measurements, measuredMs } = this.samples;
    const isComplete = view.packages !== null && measuredMs !== null;
    const isTerminal = this.options.output.isTTY;
    if (isTerminal || isComplete) this.draw(drawDevice({ ...view, measurements, measuredMs }, Date.now()));
    return isComplete;
  }

  private async loop(): Promise<void> {
    const { isTTY } = this.options.output;
    while (!this.stopped) {
      try {
        if ((await this.drawOnce()) && !isTTY) return;
      } catch (error) {
        // The server may be busy or restarting; the table is drawn again when it answers.
        if (!isMusterError(error)) throw error;
        if (isTTY) this.draw([`  ${error.message} (${error.code})`]);
      }
      await this.pause();
    }
  }

  private pause(): Promise<void> {
    return new Promise((next) => {
      const timer = setTimeout(next, REFRESH_MS);
      this.wake = () => {
        clearTimeout(timer);
        next();
      };
    });
  }
}
