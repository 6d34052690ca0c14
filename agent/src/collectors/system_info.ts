// Which machine this is: maker, model, serial numbers, from DMI or the device tree.
import { encodeHex, encodeUtf8, type RowOf, systemInfoSection } from '@muster/protocol';
import type { CollectContext, Collector } from './collector.ts';
import { HOUR_MS, readLine } from './formats/attributes.ts';
import { cleanFirmwareText } from './formats/firmware.ts';

type Row = RowOf<typeof systemInfoSection>;

const DMI = '/sys/class/dmi/id';
const TREE = '/sys/firmware/devicetree/base';

/** Files of DMI that are read; those with serial and uuid open for root only. */
const DMI_FILES = [
  'product_uuid',
  'sys_vendor',
  'product_name',
  'product_version',
  'product_serial',
  'product_sku',
  'board_vendor',
  'board_name',
  'board_version',
  'board_serial',
  'chassis_type',
  'chassis_asset_tag',
] as const;

/** Chassis types of SMBIOS (7.4.1) in the words people search for. */
const CHASSIS: ReadonlyMap<string, string> = new Map([
  ['3', 'desktop'],
  ['4', 'desktop'],
  ['5', 'desktop'],
  ['6', 'desktop'],
  ['7', 'desktop'],
  ['8', 'laptop'],
  ['9', 'laptop'],
  ['10', 'laptop'],
  ['11', 'handheld'],
  ['13', 'desktop'],
  ['14', 'laptop'],
  ['15', 'desktop'],
  ['16', 'desktop'],
  ['17', 'server'],
  ['23', 'server'],
  ['24', 'desktop'],
  ['25', 'server'],
  ['28', 'server'],
  ['29', 'server'],
  ['30', 'tablet'],
  ['31', 'laptop'],
  ['32', 'laptop'],
  ['33', 'embedded'],
  ['34', 'embedded'],
  ['35', 'desktop'],
  ['36', 'desktop'],
]);

type Hardware = Omit<Row, 'hostname' | 'machine_id_hash'>;

/** What DMI says of the machine, by file name; absent and unreadable files are null. */
export function parseDmi(texts: ReadonlyMap<string, string | null>): Hardware {
  const text = (name: (typeof DMI_FILES)[number]) => cleanFirmwareText(texts.get(name));
  return {
    uuid: text('product_uuid')?.toLowerCase() ?? null,
    hardware_vendor: text('sys_vendor'),
    hardware_model: text('product_name'),
    hardware_version: text('product_version'),
    hardware_serial: text('product_serial'),
    hardware_sku: text('product_sku'),
    board_vendor: text('board_vendor'),
    board_model: text('board_name'),
    board_version: text('board_version'),
    board_serial: text('board_serial'),
    chassis: CHASSIS.get(text('chassis_type') ?? '') ?? null,
    asset_tag: text('chassis_asset_tag'),
  };
}

/** What the device tree says: `model`, `serial-number`, and the maker before the comma of the first `compatible`. */
export function parseDeviceTree(
  model: string | null,
  serial: string | null,
  compatible: string | null,
): Hardware {
  const vendor = compatible?.split('\u0000', 1)[0]?.split(',', 1)[0];
  return {
    ...parseDmi(new Map()),
    hardware_vendor: cleanFirmwareText(vendor),
    hardware_model: cleanFirmwareText(model),
    hardware_serial: cleanFirmwareText(serial),
    board_model: cleanFirmwareText(model),
  };
}

async function readHardware({ files }: CollectContext): Promise<Hardware> {
  if ((await files.stat(DMI)) !== null) {
    const texts = new Map<string, string | null>();
    for (const name of DMI_FILES) texts.set(name, await readLine(files, `${DMI}/${name}`));
    return parseDmi(texts);
  }
  const text = (name: string) => files.readText(`${TREE}/${name}`, 1024);
  return parseDeviceTree(await text('model'), await text('serial-number'), await text('compatible'));
}

/** machine-id(5) asks for a keyed hash wherever the id leaves the machine. */
async function readMachineIdHash({ files, sha256 }: CollectContext): Promise<string | null> {
  const id = await readLine(files, '/etc/machine-id');
  if (id === null || !/^[0-9a-f]{32}$/.test(id) || sha256 === undefined) return null;
  return encodeHex(sha256(encodeUtf8(`muster machine-id ${id}`))).slice(0, 32);
}

/** Section `system_info`. */
export const systemInfo: Collector<(typeof systemInfoSection)['columns']> = {
  section: systemInfoSection,
  everyMs: HOUR_MS,
  timeoutMs: 5_000,
  async collect(context) {
    const hostname = await readLine(context.files, '/proc/sys/kernel/hostname');
    if (hostname === null) return { outcome: 'no-data', reason: '/proc/sys/kernel/hostname cannot be read.' };
    const machineIdHash = await readMachineIdHash(context);
    return {
      outcome: 'ok',
      rows: [{ hostname, ...(await readHardware(context)), machine_id_hash: machineIdHash }],
    };
  },
};
