// The table of what an expression may name: each fact with its type, its meaning and who knows it.

/** CEL's name of a fact's type. A `timestamp` is carried as ms since 1970, an `int` as a whole number within ±2^53. */
export type FactType = 'string' | 'int' | 'bool' | 'timestamp';

/** One fact. */
export interface Fact {
  readonly type: FactType;
  /** What it says, for the docs, the CLI and the console's hover help. */
  readonly description: string;
  /** Where it is read: a section's column or columns, or words. The docs show it. */
  readonly origin: string;
  /** `device`: the device knows it without being told. `server`: only the server does, so only a selection may name it. */
  readonly source: 'device' | 'server';
  /** Of a server fact: why a device cannot judge it; the end of a sentence. */
  readonly because?: string;
  /** The closed set of its values; absent means any value. A comparison with another value is a mistake and refused. */
  readonly values?: readonly string[];
}

const facts = {
  id: {
    type: 'string',
    source: 'device',
    description: 'Device id, given at enrollment.',
    origin: 'the device itself',
  },
  hostname: {
    type: 'string',
    source: 'device',
    description: 'Name the device calls itself by.',
    origin: 'system_info.hostname',
  },
  arch: {
    type: 'string',
    source: 'device',
    description: 'Machine architecture: x86_64, aarch64.',
    origin: 'os_version.arch',
  },
  virtual: {
    type: 'bool',
    source: 'device',
    description: 'True in a virtual machine or a container.',
    origin: 'virtualization.virtual_machine or virtualization.container',
  },
  'os.family': {
    type: 'string',
    source: 'device',
    description:
      'Family by package tools: debian, rhel, suse, arch, alpine; darwin, windows; else the platform itself.',
    origin: 'os_version.platform, os_version.platform_like',
  },
  'os.name': {
    type: 'string',
    source: 'device',
    description: 'Short name of the distribution: debian, ubuntu, rocky.',
    origin: 'os_version.platform',
  },
  'os.version': {
    type: 'string',
    source: 'device',
    description: 'Version in numbers, as 12.5; absent on rolling releases.',
    origin: 'os_version.major, os_version.minor, os_version.patch',
  },
  'os.codename': {
    type: 'string',
    source: 'device',
    description: 'Code name of the release: bookworm.',
    origin: 'os_version.codename',
  },
  'kernel.version': {
    type: 'string',
    source: 'device',
    description: 'Release of the running kernel.',
    origin: 'kernel_info.version',
  },
  'cpu.count': {
    type: 'int',
    source: 'device',
    description: 'Logical processors of all sockets.',
    origin: 'cpu_info.logical_processors, added up',
  },
  'cpu.model': {
    type: 'string',
    source: 'device',
    description: 'Model of the first processor.',
    origin: 'cpu_info.model',
  },
  'memory.bytes': {
    type: 'int',
    source: 'device',
    description: 'Memory the kernel manages, bytes.',
    origin: 'memory_info.memory_total',
  },
  'system.vendor': {
    type: 'string',
    source: 'device',
    description: 'Maker of the machine.',
    origin: 'system_info.hardware_vendor',
  },
  'system.model': {
    type: 'string',
    source: 'device',
    description: 'Model of the machine.',
    origin: 'system_info.hardware_model',
  },
  'system.serial': {
    type: 'string',
    source: 'device',
    description: 'Serial number; absent where only root may read it.',
    origin: 'system_info.hardware_serial',
  },
  state: {
    type: 'string',
    source: 'server',
    description: 'State of the device.',
    origin: 'column device.state',
    because: 'admins decide it on the server',
    values: ['pending', 'active', 'quarantined', 'retired'],
  },
  presence: {
    type: 'string',
    source: 'server',
    description:
      'Whether the device is connected; missing after 30 days offline, never before its first session.',
    origin: 'columns device.online, device.last_seen_at',
    because: 'the server sees who is connected',
    values: ['online', 'offline', 'missing', 'never'],
  },
  enrolled_at: {
    type: 'timestamp',
    source: 'server',
    description: 'When the device enrolled.',
    origin: 'column device.enrolled_at',
    because: 'the server keeps that time',
  },
  seen_at: {
    type: 'timestamp',
    source: 'server',
    description:
      'When the device was last connected: now while it is online; absent before its first session.',
    origin: 'columns device.online, device.last_seen_at',
    because: 'the server sees who is connected',
  },
} as const satisfies Readonly<Record<string, Fact>>;

/** Name of a fact, as an expression writes it. */
export type FactName = keyof typeof facts;

// A map and not the object: a name out of an expression must never find `constructor` and its like.
const table: ReadonlyMap<string, Fact> = new Map(Object.entries(facts));

/** One fact with its name, for lists. */
export interface NamedFact extends Fact {
  readonly name: string;
}

/** All facts in the order of the table, for the docs, the CLI and the console. */
export function listFacts(): readonly NamedFact[] {
  return [...table].map(([name, fact]) => ({ name, ...fact }));
}

/** True for the name of a fact. */
export function isFactName(name: string): name is FactName {
  return table.has(name);
}

/** The fact of that name. */
export function findFact(name: FactName): Fact {
  return facts[name];
}
