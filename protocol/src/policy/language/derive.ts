// Makes the facts of expressions out of inventory sections: the one meaning that agent and server share.
import type { Value } from '../../inventory/section.ts';
import { joinAddresses } from './address.ts';
import type { FactName } from './facts.ts';

/** Rows of the sections that facts come from, by column name. A missing section: the device has not said. */
export interface FactSections {
  readonly os_version?: Rows; // one row
  readonly kernel_info?: Rows; // one row
  readonly cpu_info?: Rows; // a row a socket
  readonly memory_info?: Rows; // one row
  readonly system_info?: Rows; // one row
  readonly virtualization?: Rows; // one row
  readonly interface_addresses?: Rows; // a row an address
}

// As collectors write them and slices hold them; live sections never get here.
type Row = Readonly<Record<string, Value>>;
type Rows = readonly Row[];

/**
 * The family of each platform, by `ID` of os-release(5). Direct members stand here too, so that a server that knows a
 * platform without its ancestors finds the same family for the usual ones.
 */
const families: Readonly<Record<string, readonly string[]>> = {
  debian: ['debian', 'ubuntu', 'raspbian', 'linuxmint', 'kali', 'pop', 'devuan', 'proxmox'],
  rhel: ['rhel', 'fedora', 'centos', 'rocky', 'almalinux', 'ol', 'amzn', 'eurolinux', 'virtuozzo'],
  suse: ['suse', 'sles', 'sled', 'opensuse', 'opensuse-leap', 'opensuse-tumbleweed', 'sle-micro', 'sle_hpc'],
  arch: ['arch', 'archarm', 'manjaro', 'endeavouros'],
  alpine: ['alpine', 'postmarketos'],
  darwin: ['darwin', 'macos'], // uname says one, people the other
  windows: ['windows'],
};

/** The same, from platform to family. */
const familyOf: ReadonlyMap<string, string> = new Map(
  Object.entries(families).flatMap(([family, members]) => members.map((member) => [member, family])),
);

/**
 * The family of an operating system by `ID` and `ID_LIKE` of os-release(5). The nearest known ancestor decides;
 * a platform without one is its own family; null without a platform.
 */
export function findFamily(platform: string | null, platformLike: string | null): string | null {
  if (platform === null) return null;
  const known = [platform, ...(platformLike ?? '').split(' ')].find((name) => familyOf.has(name));
  return known === undefined ? platform : (familyOf.get(known) ?? platform);
}

/** Facts of one device by name. A fact that is not there is absent from the object. */
export type DeviceValues = Partial<Record<FactName, string | number | boolean>>;

/**
 * All facts that the sections hold: those of devices without `id`, which no section knows, and `addresses`.
 * A column of an unexpected type counts as absent.
 */
export function deriveFacts(sections: FactSections): DeviceValues {
  const os = sections.os_version?.[0];
  const system = sections.system_info?.[0];
  const platform = text(os, 'platform');
  return keepPresent({
    hostname: text(system, 'hostname'),
    arch: text(os, 'arch'), // x86_64
    virtual: readVirtual(sections.virtualization?.[0]), // true
    'os.family': findFamily(platform, text(os, 'platform_like')),
    'os.name': platform, // debian, ubuntu
    'os.version': joinVersion(os), // 12.5
    'os.codename': text(os, 'codename'), // bookworm
    'kernel.version': text(sections.kernel_info?.[0], 'version'), // 6.1.0-21-amd64
    'cpu.count': countProcessors(sections.cpu_info ?? []), // of all sockets
    'cpu.model': text(sections.cpu_info?.[0], 'model'), // of the first socket: mixed machines are rare
    'memory.bytes': number(sections.memory_info?.[0], 'memory_total'), // less than what is built in
    'system.vendor': text(system, 'hardware_vendor'),
    'system.model': text(system, 'hardware_model'),
    'system.serial': text(system, 'hardware_serial'), // null for an agent that is not root
    addresses: joinAddresses(
      (sections.interface_addresses ?? []).flatMap((row) => text(row, 'address') ?? []),
    ),
  });
}

/** Absence is a missing property, never null: `has()` looks at one thing only. */
function keepPresent(values: Readonly<Partial<Record<FactName, Value>>>): DeviceValues {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
}

// Own columns only: a row that came over the wire may be called anything, `constructor` included.
function cell(row: Row | undefined, column: string): Value {
  return row !== undefined && Object.hasOwn(row, column) ? (row[column] ?? null) : null;
}

/** A text column; an empty text says as little as none. */
function text(row: Row | undefined, column: string): string | null {
  const value = cell(row, column);
  return typeof value === 'string' && value !== '' ? value : null;
}

/** A number column; whole or not is looked at when it is judged. */
function number(row: Row | undefined, column: string): number | null {
  const value = cell(row, column);
  return typeof value === 'number' ? value : null;
}

/** Absent only without the section: a row that holds neither says that the machine is a real one. */
function readVirtual(row: Row | undefined): boolean | null {
  if (row === undefined) return null;
  return cell(row, 'virtual_machine') === true || cell(row, 'container') === true;
}

/** `12.5` out of 12, 5, null; a gap ends it. */
function joinVersion(os: Row | undefined): string | null {
  const numbers = [number(os, 'major'), number(os, 'minor'), number(os, 'patch')];
  const gap = numbers.indexOf(null);
  return gap === 0 ? null : numbers.slice(0, gap === -1 ? numbers.length : gap).join('.');
}

/** Null where no row says a number: zero processors would be a lie. */
function countProcessors(rows: Rows): number | null {
  const total = rows.reduce((sum, row) => sum + (number(row, 'logical_processors') ?? 0), 0);
  return total === 0 ? null : total;
}
