// The live table of the quick start: this device's facts and current measurements, drawn again every two seconds.
import { isMusterError } from '@muster/protocol';
import { type Api, take } from '../api/client.ts';
import { safeText } from '../output/table.ts';
import { formatAgo, formatBytes, formatRatio, formatSpan } from '../output/units.ts';

/** Time between two drawings, ms. */
const REFRESH_MS = 2_000;

/** What is watched. */
export interface ViewOptions {
  readonly api: Api;
  readonly deviceId: string;
  readonly output: NodeJS.WriteStream;
}

/** What the table shows; null is drawn as a dash. */
export interface DeviceView {
  readonly hostname: string;
  readonly presence: string;
  readonly lastSeenAt: string | null;
  readonly os: string | null;
  readonly kernel: string | null;
  readonly cpu: string | null;
  readonly memoryBytes: number | null;
  readonly disks: readonly { readonly name: string; readonly sizeBytes: number | null }[];
  readonly packages: number | null;
  readonly sections: number;
  readonly latest: {
    readonly cpuUsedRatio: number | null;
    readonly memoryUsedRatio: number | null;
    readonly swapUsedRatio: number | null;
    readonly diskUsedRatio: number | null;
    readonly loadPerCpu: number | null;
    readonly uptimeS: number | null;
    readonly at: string;
  } | null;
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

/** The lines of the table. Pure, so that a test can hold it against a golden text. */
export function drawDevice(view: DeviceView, nowMs: number): string[] {
  const disks = view.disks.map(({ name, sizeBytes }) =>
    `${safeText(name)} ${sizeBytes === null ? '' : formatBytes(sizeBytes)}`.trim(),
  );
  const { latest } = view;
  const measure = (label: string, ratio: number | null | undefined) =>
    `  ${label.padEnd(11)}${formatRatio(ratio).padStart(5)}  ${drawBar(ratio ?? null)}`;
  return [
    `  Device     ${orDash(view.hostname)}   ${view.presence}${view.presence === 'online' ? '' : ` (seen ${formatAgo(view.lastSeenAt, nowMs)})`}`,
    `  OS         ${orDash(view.os)}   kernel ${orDash(view.kernel)}`,
    `  CPU        ${orDash(view.cpu)}`,
    `  Memory     ${view.memoryBytes === null ? dash : formatBytes(view.memoryBytes)}`,
    `  Disks      ${disks.length === 0 ? dash : disks.join(', ')}`,
    `  Packages   ${view.packages === null ? dash : view.packages.toLocaleString('en-US')}   in ${view.sections} sections of inventory`,
    '',
    measure('CPU', latest?.cpuUsedRatio),
    measure('Memory', latest?.memoryUsedRatio),
    measure('Disk', latest?.diskUsedRatio),
    measure('Swap', latest?.swapUsedRatio),
    `  Load/CPU   ${latest?.loadPerCpu === null || latest?.loadPerCpu === undefined ? dash.padStart(5) : latest.loadPerCpu.toFixed(2).padStart(5)}   up ${latest?.uptimeS ? formatSpan(latest.uptimeS * 1000) : dash}`,
    `  Alerts     ${String(view.openAlerts).padStart(5)} open   measured ${latest === null ? 'not yet' : formatAgo(latest.at, nowMs)}`,
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

async function readView(
  options: ViewOptions,
  cache: DiskCache,
): Promise<{ view: DeviceView; cache: DiskCache }> {
  const { api, deviceId } = options;
  const path = { id: deviceId };
  const next = await readDisks(options, cache);
  const device = await take(api.http.GET('/api/v1/devices/{id}', { params: { path } }));
  const latest = await api.http.GET('/api/v1/devices/{id}/metrics/latest', { params: { path } });
  const alerts = await take(
    api.http.GET('/api/v1/alerts', { params: { query: { device: deviceId, state: 'open' } } }),
  );
  const { facts } = device;
  const view: DeviceView = {
    hostname: device.hostname,
    presence: device.presence,
    lastSeenAt: device.lastSeenAt,
    os: facts?.osName === null ? null : `${facts?.osName ?? ''} ${facts?.osVersion ?? ''}`.trim(),
    kernel: facts?.kernel ?? null,
    cpu: facts?.cpuModel ? `${facts.cpuModel}, ${facts.cpuThreads ?? '?'} threads` : null,
    memoryBytes: facts?.memoryBytes ?? null,
    disks: next.disks,
    packages: facts?.packages ?? null,
    sections: next.sections,
    latest: latest.data ?? null,
    openAlerts: alerts.items.length,
  };
  return { view, cache: next };
}

/** Starts drawing: over the former lines on a terminal, once the device is known elsewhere. `stop` waits for the drawing under way. */
export function watchDevice(options: ViewOptions): { stop(): Promise<void> } {
  const { output } = options;
  let cache: DiskCache = { storedAt: null, sections: 0, disks: [] };
  let drawn = 0;
  let stopped = false;
  let wake: () => void = () => undefined;

  function draw(lines: readonly string[]): void {
    const width = output.columns ?? 120;
    const back = drawn > 0 ? `\u001b[${drawn}A\u001b[0J` : '';
    output.write(`${back}${lines.map((line) => line.slice(0, width - 1)).join('\n')}\n`);
    drawn = lines.length;
  }

  async function drawOnce(): Promise<boolean> {
    const read = await readView(options, cache);
    cache = read.cache;
    const isComplete = read.view.packages !== null && read.view.latest !== null;
    if (output.isTTY || isComplete) draw(drawDevice(read.view, Date.now()));
    return isComplete;
  }

  async function loop(): Promise<void> {
    while (!stopped) {
      try {
        if ((await drawOnce()) && !output.isTTY) return;
      } catch (error) {
        // The server may be busy or restarting; the table stays as it was and is drawn again.
        if (!isMusterError(error)) throw error;
        if (output.isTTY) draw([`  ${error.message} (${error.code})`]);
      }
      await new Promise<void>((next) => {
        const timer = setTimeout(next, REFRESH_MS);
        wake = () => {
          clearTimeout(timer);
          next();
        };
      });
    }
  }

  const running = loop();
  return {
    async stop() {
      stopped = true;
      wake();
      await running;
    },
  };
}
