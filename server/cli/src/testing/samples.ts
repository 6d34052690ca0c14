// Answers of the API as tests use them: an ordinary fleet, and what a hostile device may have said.
import type {
  Alert,
  Device,
  DeviceInventory,
  Difference,
  EnrollmentToken,
  Holders,
  LatestValues,
  LiveRows,
  MetricRange,
  SectionRows,
  SeriesPage,
  SoftwarePage,
  TimelineItem,
  Top,
  TrustView,
} from '../api/types.ts';

/** Now, in all samples: 2026-11-22 12:00:00 UTC. */
export const nowMs = Date.UTC(2026, 10, 22, 12);

/** A moment so many milliseconds before {@link nowMs}. */
export function before(ms: number): string {
  return new Date(nowMs - ms).toISOString();
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Escape sequences, a title change, a backspace, text that runs from right to left, HTML, SQL. */
const hostileText =
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

export const inventory: DeviceInventory = {
  storedAt: before(4 * MINUTE),
  confirmedAt: before(MINUTE),
  sections: [
    {
      name: 'os_version',
      title: 'Operating system',
      source: 'The operating system, from /etc/os-release.',
      outcome: 'ok',
      reason: '',
      rowCount: 1,
      since: before(10 * DAY),
      until: null,
    },
    {
      name: 'memory_devices',
      title: 'Memory modules',
      source: 'Memory modules, from SMBIOS.',
      outcome: 'no-data',
      reason: 'There is no SMBIOS table, or only root may read it.',
      rowCount: 0,
      since: before(10 * DAY),
      until: null,
    },
    {
      name: 'packages',
      title: 'Packages',
      source: 'Installed packages.',
      outcome: 'error',
      reason: 'The dpkg database is damaged.',
      rowCount: 0,
      since: before(4 * MINUTE),
      until: null,
    },
  ],
};

const head = { outcome: 'ok', reason: '', since: before(2 * DAY), until: null, next: null } as const;

export const mounts: SectionRows = {
  ...head,
  name: 'mounts',
  title: 'Filesystems',
  source: 'Mounted filesystems of disks, from /proc/self/mountinfo.',
  rowCount: 2,
  items: [
    {
      device: '/dev/sda1',
      device_alias: '/dev/sda1',
      path: '/',
      type: 'ext4',
      flags: 'rw,relatime',
      size: 1024 ** 4,
      note: null,
    },
    {
      device: '/dev/sdb1',
      device_alias: null,
      path: hostileText,
      type: 'xfs',
      flags: 'ro',
      size: null,
      note: null,
    },
  ],
};

export const osVersion: SectionRows = {
  ...head,
  name: 'os_version',
  title: 'Operating system',
  source: 'The operating system, from /etc/os-release.',
  rowCount: 1,
  items: [
    { name: 'Debian GNU/Linux', version: '12 (bookworm)', major: 12, codename: hostileText, variant: null },
  ],
};

/** Of a newer server: neither the section nor its columns are known here. */
export const unknownSection: SectionRows = {
  ...head,
  name: 'batteries',
  title: 'Batteries',
  source: 'Batteries, from /sys.',
  rowCount: 1,
  items: [{ model: 'X1', health: 0.93, charging: true }],
};

export const processes: LiveRows = {
  name: 'processes',
  at: before(0),
  outcome: 'ok',
  reason: '',
  items: [
    {
      pid: 1,
      name: 'systemd',
      cmdline: '/sbin/init',
      state: 'S',
      username: 'root',
      cpu_used_ratio: 0,
      resident_size: 12_582_912,
      start_time: before(3 * DAY),
      threads: 1,
    },
    {
      pid: 812,
      name: 'postgres',
      cmdline: 'postgres: writer',
      state: 'R',
      username: 'postgres',
      cpu_used_ratio: 1.5,
      resident_size: 512 * 1024 ** 2,
      start_time: before(DAY),
      threads: 4,
    },
  ],
};

export const software: SoftwarePage['items'] = [
  {
    ecosystem: 'deb',
    name: 'openssl',
    version: '3.0.11-1~deb12u2',
    arch: 'amd64',
    source: null,
    sizeBytes: 2_306_867,
    status: 'installed',
  },
  {
    ecosystem: 'deb',
    name: 'linux-image-amd64',
    version: '6.1.115-1',
    arch: 'amd64',
    source: 'linux',
    sizeBytes: null,
    status: 'held',
  },
  {
    ecosystem: 'npm',
    name: hostileText,
    version: '1.0.0',
    arch: '',
    source: null,
    sizeBytes: 0,
    status: 'installed',
  },
];

const change = { beforeOutcome: 'ok', afterOutcome: 'ok' } as const;

export const differences: Difference[] = [
  {
    ...change,
    section: 'packages',
    title: 'Packages',
    added: 1,
    removed: 1,
    changed: 8,
    rows: [
      {
        change: 'added',
        row: { ecosystem: 'deb', name: 'nginx', version: '1.22.1-9', arch: 'amd64' },
        values: [],
      },
      {
        change: 'removed',
        row: { ecosystem: 'deb', name: hostileText, version: '2.4', arch: 'amd64' },
        values: [],
      },
      ...Array.from({ length: 8 }, (_, at) => ({
        change: 'changed' as const,
        row: { ecosystem: 'deb', name: `lib${at}`, version: '1.1', arch: 'amd64' },
        values: [{ column: 'version', before: '1.0', after: '1.1' }],
      })),
    ],
  },
  {
    ...change,
    section: 'memory_info',
    title: 'Memory',
    added: 0,
    removed: 0,
    changed: 1,
    rows: [
      {
        change: 'changed',
        row: { memory_total: 8 * 1024 ** 3 },
        values: [{ column: 'memory_total', before: 4 * 1024 ** 3, after: 8 * 1024 ** 3 }],
      },
    ],
  },
  {
    section: 'memory_devices',
    title: 'Memory modules',
    beforeOutcome: 'no-data',
    afterOutcome: null,
    added: 0,
    removed: 0,
    changed: 0,
    rows: [],
  },
];

export const timeline: TimelineItem[] = [
  ...differences.slice(0, 2).map((item) => ({ ...item, at: before(HOUR), kind: 'changed' as const })),
  {
    ...change,
    at: before(DAY),
    kind: 'vanished',
    section: 'users',
    title: 'Users',
    added: 0,
    removed: 0,
    changed: 0,
    rows: [],
  },
  ...['Packages', 'Memory', 'Users'].map((title) => ({
    ...change,
    at: before(10 * DAY),
    kind: 'first' as const,
    section: 'os_version',
    title,
    added: 0,
    removed: 0,
    changed: 0,
    rows: [],
  })),
];

export const holders: Holders = {
  devices: 3,
  versions: [
    { ecosystem: 'deb', version: '3.0.11-1~deb12u2', arch: 'amd64', devices: 2 },
    { ecosystem: 'rpm', version: '1:3.0.7-27.el9', arch: 'x86_64', devices: 1 },
  ],
  items: [
    {
      id: web.id,
      hostname: 'web-01',
      packages: [{ ecosystem: 'deb', version: '3.0.11-1~deb12u2', arch: 'amd64' }],
    },
    {
      id: hostile.id,
      hostname: hostileText,
      packages: [{ ecosystem: 'rpm', version: '1:3.0.7-27.el9', arch: 'x86_64' }],
    },
  ],
  next: null,
};

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
export const person = { id: 'per_a', handle: 'anna', name: 'Anna Adler', signerId: 'anna' };

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
