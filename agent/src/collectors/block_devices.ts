// Disks, partitions and volumes.
import { blockDevicesSection, type RowOf } from '@muster/protocol';
import type { CollectContext, Collector } from './collector.ts';
import {
  baseName,
  MINUTE_MS,
  parseInteger,
  parsePairs,
  readInteger,
  readLine,
  toBytes,
} from './formats/attributes.ts';
import { unescapeText } from './formats/escapes.ts';

type Row = RowOf<typeof blockDevicesSection>;
/** Content of a file of /sys; null when absent or empty. */
type Attribute = (name: string) => string | null;

const CLASS = '/sys/class/block';
/** /sys counts in sectors of 512 bytes, whatever the device's own block is. */
const SECTOR_BYTES = 512;
/** What a drive without a medium states as its size, in sectors. */
const NO_MEDIUM_SECTORS = 2_097_151;
/** Devices in memory, and files dressed as devices: they come and go with snaps and mounts. */
const NO_HARDWARE = /^(loop|ram|zram|nbd\d+$)/;

/** Links of a folder of /dev/disk: device name → what the link is called. */
export type DiskLinks = ReadonlyMap<string, string>;

/** What the files of one device say. */
export interface DeviceTexts {
  readonly name: string;
  /** Disk of a partition, or the devices below a volume. */
  readonly below: readonly string[];
  readonly isPartition: boolean;
  /** Attributes of /sys by file name; absent ones are null. */
  readonly attributes: ReadonlyMap<string, string | null>;
  /** Device database of udev; empty where there is none. */
  readonly udev: string;
  readonly uuid: string | null;
  readonly label: string | null;
}

const ATTRIBUTES = ['size', 'ro', 'dev'] as const;
const DISK_ATTRIBUTES = [
  'removable',
  'serial',
  'queue/rotational',
  'queue/logical_block_size',
  'device/vendor',
  'device/model',
  'device/name',
  'device/serial',
] as const;

/** Fields of udev's device database: lines `E:KEY=value`. */
function parseUdev(text: string): Map<string, string> {
  const pairs = parsePairs(text.replace(/^(?!E:).*$/gm, '').replace(/^E:/gm, ''), '=');
  for (const [key, value] of pairs) pairs.set(key, unescapeText(value));
  return pairs;
}

function nameKind({ name, isPartition }: DeviceTexts): string {
  if (isPartition) return 'partition';
  if (name.startsWith('dm-')) return 'volume';
  if (name.startsWith('md')) return 'raid';
  return name.startsWith('sr') ? 'optical' : 'disk';
}

function parseFlag(text: string | null | undefined): boolean | null {
  return text === '1' ? true : text === '0' ? false : null;
}

/** A SCSI vendor "ATA" says only by which door the disk was reached, a number that it is virtual. */
function nameVendor(text: string | null | undefined): string | null {
  return text && text !== 'ATA' && !text.startsWith('0x') ? text : null;
}

/** Size; null for a drive without a medium. */
function parseSize(text: string | null, kind: string): number | null {
  const sectors = parseInteger(text);
  if (sectors === 0 || (kind === 'optical' && sectors === NO_MEDIUM_SECTORS)) return null;
  return toBytes(sectors, SECTOR_BYTES);
}

/** Model and serial number, by /sys, else by what udev asked the disk; partitions and volumes have neither. */
function nameHardware(kind: string, attribute: Attribute, udev: ReadonlyMap<string, string>) {
  const fromUdev = (key: string) => (kind === 'disk' || kind === 'optical' ? (udev.get(key) ?? null) : null);
  return {
    model: attribute('device/model') ?? attribute('device/name') ?? fromUdev('ID_MODEL'),
    serial: attribute('device/serial') ?? attribute('serial') ?? fromUdev('ID_SERIAL_SHORT'),
  };
}

/** The row of a device. */
export function parseBlockDevice(device: DeviceTexts): Row {
  const udev = parseUdev(device.udev);
  const attribute: Attribute = (name) => device.attributes.get(name) || null;
  const kind = nameKind(device);
  return {
    name: `/dev/${device.name}`,
    parent: device.below.map((name) => `/dev/${name}`).join(',') || null,
    kind,
    vendor: nameVendor(attribute('device/vendor')),
    ...nameHardware(kind, attribute, udev),
    size: parseSize(attribute('size'), kind),
    block_size: parseInteger(attribute('queue/logical_block_size')),
    rotational: parseFlag(attribute('queue/rotational')),
    removable: parseFlag(attribute('removable')),
    read_only: parseFlag(attribute('ro')),
    type: udev.get('ID_FS_TYPE') || null,
    uuid: udev.get('ID_FS_UUID') || device.uuid,
    label: udev.get('ID_FS_LABEL') || device.label,
  };
}

async function readDiskLinks({ files }: CollectContext, folder: string): Promise<DiskLinks> {
  const links = new Map<string, string>();
  for (const name of await files.list(`/dev/disk/${folder}`)) {
    const device = baseName(await files.readLink(`/dev/disk/${folder}/${name}`));
    if (device !== null) links.set(device, unescapeText(name));
  }
  return links;
}

/** Devices below: the disk of a partition, or what a volume or RAID is made of. */
async function readBelow(
  { files }: CollectContext,
  name: string,
  disks: readonly string[],
): Promise<readonly string[]> {
  if (disks.includes(name)) return files.list(`${CLASS}/${name}/slaves`);
  const owners = disks.filter((disk) => name.startsWith(disk)).sort((a, b) => b.length - a.length);
  return owners.slice(0, 1);
}

/** Section `block_devices`. */
export const blockDevices: Collector<(typeof blockDevicesSection)['columns']> = {
  section: blockDevicesSection,
  everyMs: 15 * MINUTE_MS,
  timeoutMs: 10_000,
  async collect(context) {
    const { files } = context;
    const disks = await files.list('/sys/block');
    const uuids = await readDiskLinks(context, 'by-uuid');
    const labels = await readDiskLinks(context, 'by-label');
    const rows: Row[] = [];
    for (const name of await files.list(CLASS)) {
      const size = await readInteger(files, `${CLASS}/${name}/size`);
      // Size 0 is a slot of a card reader or a virtual drive: nothing is there.
      if (NO_HARDWARE.test(name) || size === null || size === 0) continue;
      const isPartition = !disks.includes(name);
      const attributes = new Map<string, string | null>();
      for (const file of [...ATTRIBUTES, ...(isPartition ? [] : DISK_ATTRIBUTES)]) {
        attributes.set(file, await readLine(files, `${CLASS}/${name}/${file}`));
      }
      const udev = (await files.readText(`/run/udev/data/b${attributes.get('dev')}`)) ?? '';
      const below = await readBelow(context, name, disks);
      const found = { uuid: uuids.get(name) ?? null, label: labels.get(name) ?? null };
      rows.push(parseBlockDevice({ name, below, isPartition, attributes, udev, ...found }));
    }
    if (rows.length === 0)
      return { outcome: 'no-data', reason: 'The system shows no disks, as in a container.' };
    return { outcome: 'ok', rows };
  },
};
