// The table of what an expression may name: each fact with its type, its meaning and who knows it.

/**
 * CEL's name of a fact's type. A `timestamp` is carried as ms since 1970, an `int` as a whole number within ±2^53;
 * `addresses`, which CEL does not have, as a text of addresses with one blank between: only `within` and `has` look at them.
 */
export type FactType = 'string' | 'int' | 'bool' | 'timestamp' | 'addresses';

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

/** A fact that the device knows by itself: type, meaning, origin. */
function device(type: FactType, description: string, origin: string): Fact {
  return { type, source: 'device', description, origin };
}

/** A fact that only the server knows; `because` says why. */
function server(fact: Omit<Fact, 'source'> & { readonly because: string }): Fact {
  return { ...fact, source: 'server' };
}

/** Reason of several facts. */
const SEES = 'the server sees who is connected';

const facts = {
  id: device('string', 'Device id, given at enrollment.', 'the device itself'),
  // The name as collected, which is also the one that signed targets `expect`.
  hostname: device('string', 'Name the device calls itself by.', 'system_info.hostname'),
  // By the running system's word: a 32-bit system on a 64-bit processor is a 32-bit one.
  arch: device('string', 'Machine architecture: x86_64, aarch64.', 'os_version.arch'),
  // Both kinds in one: who asks this wants to know whether the hardware is the device's own.
  virtual: device(
    'bool',
    'True in a virtual machine or a container.',
    'virtualization.virtual_machine or virtualization.container',
  ),
  // What most targets mean: Ubuntu is debian here, Rocky Linux is rhel. See findFamily.
  'os.family': device(
    'string',
    'Family by package tools: debian, rhel, suse, arch, alpine; darwin, windows; else the platform itself.',
    'os_version.platform, os_version.platform_like',
  ),
  // For programs, in lower case; the name for people (`Debian GNU/Linux`) is no fact.
  'os.name': device(
    'string',
    'Short name of the distribution: debian, ubuntu, rocky.',
    'os_version.platform',
  ),
  // Not os_version.version, which is written for people: `12 (bookworm)`.
  'os.version': device(
    'string',
    'Version in numbers, as 12.5; absent on rolling releases.',
    'os_version.major, os_version.minor, os_version.patch',
  ),
  // Absent on most systems outside of the Debian family.
  'os.codename': device('string', 'Code name of the release: bookworm.', 'os_version.codename'),
  // Of a container: the host's.
  'kernel.version': device('string', 'Release of the running kernel.', 'kernel_info.version'),
  // Threads, not cores: what the system schedules on is known everywhere.
  'cpu.count': device('int', 'Logical processors of all sockets.', 'cpu_info.logical_processors, added up'),
  'cpu.model': device('string', 'Model of the first processor.', 'cpu_info.model'),
  // Less than what is built in; compare with a margin. A balloon changes it.
  'memory.bytes': device('int', 'Memory the kernel manages, bytes.', 'memory_info.memory_total'),
  // Placeholders that boards ship with are absent; see section system_info.
  'system.vendor': device('string', 'Maker of the machine.', 'system_info.hardware_vendor'),
  'system.model': device('string', 'Model of the machine.', 'system_info.hardware_model'),
  'system.serial': device(
    'string',
    'Serial number; absent where only root may read it.',
    'system_info.hardware_serial',
  ),
  // What within() asks. Written as one text, since no form of the language takes a list of values apart.
  addresses: server({
    type: 'addresses',
    description:
      'Addresses of the device without loopback, the first 100, IPv4 first; within("10.0.0.0/8") asks.',
    origin: 'interface_addresses.address',
    because: 'what judges commands on a device has no network and sees no addresses',
  }),
  // Names of states and presences are those of the API of devices.
  state: server({
    type: 'string',
    description: 'State of the device.',
    origin: 'column device.state',
    because: 'admins decide it on the server',
    values: ['pending', 'active', 'quarantined', 'retired'],
  }),
  presence: server({
    type: 'string',
    description:
      'Whether the device is connected; missing after 30 days offline, never before its first session.',
    origin: 'columns device.online, device.last_seen_at',
    because: SEES,
    values: ['online', 'offline', 'missing', 'never'],
  }),
  // A device enrolled again is another device.
  enrolled_at: server({
    type: 'timestamp',
    description: 'When the device enrolled.',
    origin: 'column device.enrolled_at',
    because: 'the server keeps that time',
  }),
  // What seen() asks.
  seen_at: server({
    type: 'timestamp',
    description:
      'When the device was last connected: now while it is online; absent before its first session.',
    origin: 'columns device.online, device.last_seen_at',
    because: SEES,
  }),
} satisfies Readonly<Record<string, Fact>>;

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
