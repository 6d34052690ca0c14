// Answers of the API about what is on devices as tests use them: inventory, software, differences, and a timeline.
import type {
  DeviceInventory,
  Difference,
  Holders,
  LiveRows,
  SectionRows,
  SoftwarePage,
  TimelineItem,
} from '../api/types.ts';
import { before, DAY, HOUR, hostile, hostileText, MINUTE, web } from './samples.ts';

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
