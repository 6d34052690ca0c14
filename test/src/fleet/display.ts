// What a fleet shows while it runs: one screen that is drawn again in place, or a plain line now and then where nobody watches.
import type { CounterName, FleetStats } from './stats.ts';
import { quantilesOf } from './stats.ts';

/** Two looks at a fleet, between which rates are measured. */
export interface Looks {
  readonly now: FleetStats;
  readonly before: FleetStats;
  /** Time between both, s. */
  readonly seconds: number;
}

function rateOf({ now, before, seconds }: Looks, name: CounterName): number {
  return (now.counters[name] - before.counters[name]) / seconds;
}

const round = (value: number) => (value >= 100 ? value.toFixed(0) : value.toFixed(1));
const count = (value: number) => value.toLocaleString('en-US');

function formatMs(ms: number | null): string {
  if (ms === null) return '–';
  return ms >= 10_000 ? `${(ms / 1_000).toFixed(1)} s` : `${ms >= 100 ? ms.toFixed(0) : ms.toFixed(1)} ms`;
}

function formatLatency(stats: FleetStats, name: Parameters<typeof quantilesOf>[1]): string {
  return quantilesOf(stats, name).map(formatMs).join(' / ');
}

/** Processor time between two looks as a share of one processor, all processes together. */
function cpuShare({ now, before, seconds }: Looks): number {
  const sum = (stats: FleetStats) => stats.processes.reduce((total, { cpuMs }) => total + cpuMs, 0);
  return (sum(now) - sum(before)) / (seconds * 1_000);
}

function formatProcesses(looks: Looks): string {
  const { processes } = looks.now;
  const resident = processes.reduce((total, { residentBytes }) => total + residentBytes, 0) / 2 ** 20;
  const delay = Math.max(0, ...processes.map(({ delayMaxMs }) => delayMaxMs));
  const many = processes.length === 1 ? '1 process' : `${processes.length} processes`;
  return `${many}   CPU ${(cpuShare(looks) * 100).toFixed(0)} %   ${resident.toFixed(0)} MB   event loop late by ${formatMs(delay)} at most`;
}

function formatReasons({ reasons }: FleetStats): string {
  const sorted = Object.entries(reasons).toSorted(([, a], [, b]) => b - a);
  return sorted.length === 0
    ? 'none'
    : sorted
        .slice(0, 6)
        .map(([name, times]) => `${name} × ${count(times)}`)
        .join('   ');
}

/** The screen, line by line. */
export function drawScreen(looks: Looks, title: string): string[] {
  const { now } = looks;
  const { counters: c } = now;
  const rate = (name: CounterName) => `${round(rateOf(looks, name))}/s`;
  const rows: readonly (readonly [string, string])[] = [
    [
      'devices',
      `${count(now.online)} of ${count(now.devices)} online   ${count(now.connecting)} connecting   ${count(now.waiting)} waiting   ${count(c.enrolled)} enrolled`,
    ],
    [
      'sessions',
      `${count(c.sessions)} opened   ${count(c.dropped)} dropped   ${count(c.sentAway)} sent away   ${count(c.refused)} refused   ${count(c.failed)} failed`,
    ],
    ['heartbeats', `${rate('beats')}   ${count(c.beats)} sent   ${count(c.missed)} missed`],
    ['chunks', `${rate('chunks')}   ${count(c.chunksAcked)} of ${count(c.chunks)} acknowledged`],
    [
      'unacknowledged',
      `${count(now.unacked)}   ${rate('acked')} acknowledged   ${count(c.nacked)} refused   ${count(c.resent)} sent again`,
    ],
    [
      'inventories',
      `${count(c.inventoryStored)} of ${count(c.inventoryOffers)} stored   ${count(c.inventoryBodies)} bodies sent`,
    ],
    [
      'commands',
      `${count(c.offers)} offered   ${count(c.succeeded)} succeeded   ${count(c.runsFailed)} failed   ${count(c.runsRefused)} refused   ${count(c.later)} later`,
    ],
    ['alerts', count(c.alerts)],
    [
      'faults',
      `${count(c.stormed)} stormed   ${count(c.vanished)} vanished   ${count(c.slowReads)} slow reads   ${count(c.clonesCaught)} refused for ${count(c.clonesTried)} clones`,
    ],
    [
      'wire',
      `${round(rateOf(looks, 'sentBytes') / 1_024)} KB/s up   ${round(rateOf(looks, 'receivedBytes') / 1_024)} KB/s down`,
    ],
    ['p50 / p95 / p99', `connect ${formatLatency(now, 'connect')}   enroll ${formatLatency(now, 'enroll')}`],
    [
      '',
      `auth ${formatLatency(now, 'auth')}   ack ${formatLatency(now, 'ack')}   outage ${formatLatency(now, 'outage')}`,
    ],
    ['this fleet', formatProcesses(looks)],
    ['reasons', formatReasons(now)],
  ];
  return ['', `  ${title}`, '', ...rows.map(([name, text]) => `  ${name.padEnd(17)}${text}`), ''];
}

/** One line for a log. */
export function drawLine(looks: Looks): string {
  const { now } = looks;
  const { counters: c } = now;
  return [
    `${now.online}/${now.devices} online`,
    `${c.enrolled} enrolled`,
    `${round(rateOf(looks, 'beats'))} beats/s`,
    `${c.missed} missed`,
    `${c.dropped} dropped`,
    `${round(rateOf(looks, 'chunks'))} chunks/s`,
    `${now.unacked} unacknowledged`,
    `${c.inventoryStored}/${c.inventoryOffers} inventories`,
    `${c.succeeded} runs`,
    `auth p99 ${formatMs(quantilesOf(now, 'auth')[2] ?? null)}`,
    `ack p99 ${formatMs(quantilesOf(now, 'ack')[2] ?? null)}`,
    formatProcesses(looks),
    ...(Object.keys(now.reasons).length > 0 ? [formatReasons(now)] : []),
  ].join(' · ');
}

/** Draws lines over those of before; answers how many there are now. */
export function redraw(stream: NodeJS.WriteStream, lines: readonly string[], before: number): number {
  const width = Math.max(20, stream.columns ?? 80) - 1;
  const shown = lines
    .slice(0, Math.max(1, (stream.rows ?? 40) - 1))
    .map((line) => `\u001b[2K${line.slice(0, width)}\n`);
  stream.write(`${before > 0 ? `\u001b[${before}A` : ''}${shown.join('')}\u001b[0J`);
  return shown.length;
}
