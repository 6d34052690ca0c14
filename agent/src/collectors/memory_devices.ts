// The memory modules, from the entries of type 17 of the SMBIOS table.
import { memoryDevicesSection, type RowOf } from '@muster/protocol';
import type { Collector } from './collector.ts';
import { HOUR_MS } from './formats/attributes.ts';
import { cleanFirmwareText } from './formats/firmware.ts';
import { parseSmbios, type SmbiosEntry } from './formats/smbios.ts';

type Row = RowOf<typeof memoryDevicesSection>;

const TABLE = '/sys/firmware/dmi/tables/DMI';
/** Largest table read, bytes; big servers have about 20 KB. */
const MAX_TABLE_BYTES = 256 * 1024;
const MEMORY_DEVICE = 17;
const MIB = 1024 * 1024;

/** DSP0134, table 76; what is missing here is shown as null. */
const FORM_FACTORS: Readonly<Record<number, string>> = {
  3: 'SIMM',
  5: 'chip',
  9: 'DIMM',
  11: 'row of chips',
  13: 'SODIMM',
  15: 'FB-DIMM',
  16: 'die',
  17: 'CAMM',
};

/** DSP0134, table 77. */
const MEMORY_TYPES: Readonly<Record<number, string>> = {
  7: 'RAM',
  15: 'SDRAM',
  18: 'DDR',
  19: 'DDR2',
  20: 'DDR2 FB-DIMM',
  24: 'DDR3',
  26: 'DDR4',
  27: 'LPDDR',
  28: 'LPDDR2',
  29: 'LPDDR3',
  30: 'LPDDR4',
  31: 'non-volatile',
  32: 'HBM',
  33: 'HBM2',
  34: 'DDR5',
  35: 'LPDDR5',
  36: 'HBM3',
};

/** A field of an entry; null where an older entry ends before it. */
function field(bytes: DataView, offset: number, width: 1 | 2 | 4): number | null {
  if (offset + width > bytes.byteLength) return null;
  if (width === 1) return bytes.getUint8(offset);
  return width === 2 ? bytes.getUint16(offset, true) : bytes.getUint32(offset, true);
}

/** Size of the module: 0 is an empty slot, 0xffff is unknown, 0x7fff stands for the extended field. */
function parseSize(bytes: DataView): number | null {
  const size = field(bytes, 0x0c, 2);
  if (size === null || size === 0xffff) return null;
  if (size === 0x7fff) {
    const mebibytes = field(bytes, 0x1c, 4);
    return mebibytes === null ? null : (mebibytes & 0x7fffffff) * MIB;
  }
  return size & 0x8000 ? (size & 0x7fff) * 1024 : size * MIB;
}

/** Speed in MT/s; 0 is unknown, 0xffff stands for a field of later versions that no module needs yet. */
function parseSpeed(bytes: DataView, offset: number): number | null {
  const speed = field(bytes, offset, 2);
  return speed === null || speed === 0 || speed === 0xffff ? null : speed;
}

function toRow({ handle, bytes, text }: SmbiosEntry): Row {
  const name = (offset: number) => cleanFirmwareText(text(field(bytes, offset, 1) ?? 0));
  return {
    handle: `0x${handle.toString(16).padStart(4, '0')}`,
    device_locator: name(0x10),
    bank_locator: name(0x11),
    size: parseSize(bytes),
    form_factor: FORM_FACTORS[field(bytes, 0x0e, 1) ?? 0] ?? null,
    memory_type: MEMORY_TYPES[field(bytes, 0x12, 1) ?? 0] ?? null,
    max_speed: parseSpeed(bytes, 0x15),
    configured_clock_speed: parseSpeed(bytes, 0x20),
    manufacturer: name(0x17),
    serial_number: name(0x18),
    part_number: name(0x1a),
  };
}

/** One row an entry of type 17. */
export function parseMemoryDevices(table: Uint8Array): Row[] {
  return parseSmbios(table)
    .filter((entry) => entry.type === MEMORY_DEVICE)
    .map(toRow);
}

/** Section `memory_devices`. */
export const memoryDevices: Collector<(typeof memoryDevicesSection)['columns']> = {
  section: memoryDevicesSection,
  everyMs: HOUR_MS,
  timeoutMs: 5_000,
  async collect({ files }) {
    const table = await files.readRange(TABLE, 0, MAX_TABLE_BYTES);
    if (table === null) {
      const reason = 'There is no SMBIOS table, or only root may read it.';
      return { outcome: 'no-data', reason };
    }
    const rows = parseMemoryDevices(table);
    if (rows.length === 0) return { outcome: 'no-data', reason: 'The SMBIOS table lists no memory devices.' };
    return { outcome: 'ok', rows };
  },
};
