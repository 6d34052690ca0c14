// The firmware, and whether it checks what it starts.
import { platformInfoSection, type RowOf } from '@muster/protocol';
import type { CollectContext, Collector } from './collector.ts';
import { HOUR_MS, readLine } from './formats/attributes.ts';
import { cleanFirmwareText } from './formats/firmware.ts';

type Row = RowOf<typeof platformInfoSection>;

const DMI = '/sys/class/dmi/id';
const EFI = '/sys/firmware/efi';
/** The variable has the GUID of the UEFI specification in its name: 4 bytes of attributes, then one byte that is 1 or 0. */
const SECURE_BOOT = `${EFI}/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c`;

/** The value of the SecureBoot variable; null when it has not the agreed form. */
export function parseSecureBoot(bytes: Uint8Array | null): boolean | null {
  if (bytes === null || bytes.length !== 5) return null;
  return bytes[4] === 1;
}

async function readFirmwareType({ files }: CollectContext): Promise<Row['firmware_type'] | null> {
  if ((await files.stat(EFI)) !== null) return 'uefi';
  if ((await files.stat(DMI)) !== null) return 'bios';
  return (await files.stat('/sys/firmware/devicetree/base')) === null ? null : 'devicetree';
}

/** Section `platform_info`. */
export const platformInfo: Collector<(typeof platformInfoSection)['columns']> = {
  section: platformInfoSection,
  everyMs: HOUR_MS,
  timeoutMs: 5_000,
  async collect(context) {
    const { files } = context;
    const type = await readFirmwareType(context);
    if (type === null)
      return { outcome: 'no-data', reason: 'The system shows no firmware: no DMI, UEFI or device tree.' };
    const text = async (name: string) => cleanFirmwareText(await readLine(files, `${DMI}/${name}`));
    const row: Row = {
      vendor: await text('bios_vendor'),
      version: await text('bios_version'),
      date: await text('bios_date'),
      revision: await text('bios_release'),
      firmware_type: type,
      secure_boot: type === 'uefi' ? parseSecureBoot(await files.readRange(SECURE_BOOT, 0, 8)) : null,
    };
    return { outcome: 'ok', rows: [row] };
  },
};
