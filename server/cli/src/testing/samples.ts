// Answers of the API about devices and their state as tests use them: an ordinary fleet, and what a hostile device may have said.
import type {
  Alert,
  Device,
  EnrollmentToken,
  LatestValues,
  MetricRange,
  SeriesPage,
  Top,
  TrustView,
} from '../api/types.ts';

/** Now, in all samples: 2026-11-22 12:00:00 UTC. */
export const nowMs = Date.UTC(2026, 10, 22, 12);

/** A moment so many milliseconds before {@link nowMs}. */
export function before(ms: number): string {
  return new Date(nowMs - ms).toISOString();
}

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Escape sequences, a title change, a backspace, text that runs from right to left, HTML, SQL. */
export const hostileText =
  "\u001b[31mred\u001b[0m\u001b]0;title\u0007 \u0008x\u202egnp.exe\u0085<b>'; drop table device;--";

const facts: NonNullable<Device['facts']> = {
  osName: 'Debian GNU/Linux',
  osVersion: '12 (bookworm)',
  osPlatform: 'debian',
  arch: 'x86_64',
  kernel: '6.1.0-28-amd64',
  bootTime: before(3 * DAY),
  cpuModel: 'AMD EPYC 7763',
  cpuSockets: 1,
  cpuThreads: 4,
  memoryBytes: 16 * 1024 ** 3,
  swapBytes: 2 * 1024 ** 3,
  vendor: 'QEMU',
  model: 'Standard PC',
  virtual: true,
  rebootRequired: true,
  packages: 1024,
};

/** An ordinary device. */
export const web: Device = {
  id: 'dev_aaaaaaaaaaaaaaaaaaaaaaaaaa',
  hostname: 'web-01',
  state: 'active',
  stateReason: '',
  presence: 'online',
  platform: 'Debian GNU/Linux 12',
  agentVersion: '0.1.0',
  labels: { role: 'web', env: 'prod' },
  fingerprint: 'svwe-5m6j-2dr7-g5dg-usk2-j4er-7inl-q7nq',
  enrolledAt: before(10 * DAY),
  enrolledWith: 'tok_aaaaaaaaaaaaaaaaaaaaaaaaaa',
  onlineSince: before(2 * DAY + 4 * HOUR),
  lastSeenAt: before(2 * DAY + 4 * HOUR),
  clockOffsetMs: -3,
  facts,
};

/** One that has said nothing yet, one in trouble, and one that lies. */
export const pending: Device = {
  ...web,
  id: 'dev_bbbbbbbbbbbbbbbbbbbbbbbbbb',
  hostname: 'web-02.example.com',
  state: 'pending',
  presence: 'never',
  labels: {},
  onlineSince: null,
  lastSeenAt: null,
  facts: null,
};
export const clone: Device = {
  ...web,
  id: 'dev_cccccccccccccccccccccccccc',
  hostname: 'db-01',
  state: 'quarantined',
  stateReason: 'E_CLONE',
  presence: 'offline',
  onlineSince: null,
  lastSeenAt: before(3 * HOUR),
  clockOffsetMs: 3_600_000,
};
export const hostile: Device = {
  ...web,
  id: 'dev_dddddddddddddddddddddddddd',
  hostname: hostileText,
  presence: 'missing',
  platform: hostileText,
  labels: { note: hostileText },
  onlineSince: null,
  lastSeenAt: before(40 * DAY),
  facts: { ...facts, osName: hostileText, osVersion: null, packages: null, memoryBytes: null },
};

export const latest: LatestValues = {
  at: before(12_000),
  uptimeS: 259_200,
  cpuUsedRatio: 0.125,
  memoryUsedRatio: 0.93,
  swapUsedRatio: null,
  diskUsedRatio: 0.4,
  loadPerCpu: 0.25,
  outboxDepth: 0,
  dropped: 0,
};

function wave(count: number, peak: number): (number | null)[] {
  return Array.from({ length: count }, (_, at) =>
    at % 10 === 9 ? null : Number(((peak * (at % 9)) / 8).toFixed(4)),
  );
}

/** Half a day at a step of six minutes, with gaps. */
export const range: MetricRange = {
  from: before(12 * HOUR),
  stepMs: 6 * MINUTE,
  count: 120,
  series: [
    ['system.cpu.busy', '', '1', 0.8],
    ['system.memory.utilization', '', '1', 0.95],
    ['system.cpu.load_average.1m', '', '{thread}', 3.5],
    ['system.filesystem.utilization', '/', '1', 0.4],
    ['system.network.io.receive', 'eth0', 'By/s', 2_500_000],
    ['system.network.io.receive', 'lo', 'By/s', 0],
    ['system.network.io.transmit', 'eth0', 'By/s', 90_000],
  ].map(([metric, instance, unit, peak]) => ({
    series:
      instance === ''
        ? String(metric)
        : `${metric}{${unit === '1' ? 'mountpoint' : 'interface'}=${instance}}`,
    metric: String(metric),
    instance: String(instance),
    unit: String(unit),
    mean: wave(120, Number(peak)),
    max: wave(120, Number(peak) * 1.05),
  })),
};

export const seriesList: SeriesPage = {
  items: [
    {
      series: 'system.cpu.busy',
      metric: 'system.cpu.busy',
      instance: '',
      unit: '1',
      description: 'Share of processor time spent working: neither idle nor waiting for disks.',
    },
    {
      series: 'system.disk.io.read{device=sda}',
      metric: 'system.disk.io.read',
      instance: 'sda',
      unit: 'By/s',
      description: 'Bytes read from a disk per second.',
    },
  ],
};

const openAlert: Alert = {
  id: 7,
  deviceId: web.id,
  hostname: 'web-01',
  rule: 'disk_full',
  series: 'system.filesystem.utilization{mountpoint=/var}',
  severity: 'critical',
  state: 'open',
  value: 0.97,
  threshold: 0.95,
  since: before(95 * MINUTE),
  firedAt: before(90 * MINUTE),
  clearedAt: null,
  acknowledged: null,
};

export const alerts: Alert[] = [
  openAlert,
  {
    ...openAlert,
    id: 8,
    hostname: 'db-01',
    rule: 'load_high',
    series: 'system.cpu.load_average.5m',
    severity: 'warning',
    value: 7.25,
    threshold: 6,
    acknowledged: { by: 'Anna Adler', at: before(60 * MINUTE), comment: 'A build.', isYours: false },
  },
  {
    ...openAlert,
    id: 3,
    rule: 'cpu_busy',
    series: 'system.cpu.busy',
    state: 'cleared',
    clearedAt: before(80 * MINUTE),
  },
  { ...openAlert, id: 2, hostname: hostileText, rule: 'other', series: hostileText },
];

export const tokens: EnrollmentToken[] = [
  {
    id: 'tok_aaaaaaaaaaaaaaaaaaaaaaaaaa',
    name: 'web servers',
    state: 'valid',
    usesTotal: 20,
    usesLeft: 18,
    autoApprove: true,
    labels: { role: 'web' },
    createdBy: 'me',
    createdAt: before(HOUR),
    expiresAt: new Date(nowMs + 7 * HOUR).toISOString(),
  },
  {
    id: 'tok_bbbbbbbbbbbbbbbbbbbbbbbbbb',
    name: 'laptop',
    state: 'spent',
    usesTotal: 1,
    usesLeft: 0,
    autoApprove: false,
    labels: {},
    createdBy: 'me',
    createdAt: before(3 * DAY),
    expiresAt: before(2 * DAY),
  },
];

export const trust: TrustView = {
  organization: { id: 'org_aaaaaaaaaaaaaaaaaaaaaaaaaa', name: 'Example' },
  version: 2,
  hash: 'x',
  mode: 'quickstart',
  signers: [{ id: 'sgn_a', name: 'First signer', kind: 'person', roles: ['request', 'approve'] }],
  soft: ['The keys lie beside the server.', 'Agents claim nothing.'],
  document: {},
};

/** Whose token it is. */
export const person = { id: 'per_a', handle: 'anna', name: 'Anna Adler', signerId: 'anna', keys: [] };

const busy = { id: web.id, hostname: 'web-01', ...latest };

export const top: Top = {
  at: before(0),
  online: 3,
  items: [
    { ...busy, id: 'dev_e', hostname: 'app-01', cpuUsedRatio: 0.97, at: before(400_000) },
    busy,
    {
      ...busy,
      id: hostile.id,
      hostname: hostileText,
      cpuUsedRatio: null,
      memoryUsedRatio: 0.8,
      loadPerCpu: null,
    },
  ],
};
