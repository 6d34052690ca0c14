// Section `platform_info`: the firmware.
import { defineSection } from '../section.ts';

/** One row, named as osquery names its table of the firmware. */
export const platformInfoSection = defineSection({
  name: 'platform_info',
  title: 'Firmware',
  description: 'BIOS or UEFI firmware, from /sys/class/dmi/id and /sys/firmware.',
  kind: 'slice',
  key: [],
  columns: {
    vendor: { type: 'text', description: 'Maker of the firmware.' },
    version: { type: 'text', description: 'Version of the firmware.' },
    // As the firmware writes it, mostly MM/DD/YYYY: not trusted enough to be a time.
    date: { type: 'text', description: 'Release day of the firmware, in its own form.' },
    revision: { type: 'text', description: 'Major and minor release of the firmware.' },
    firmware_type: { type: 'text', required: true, description: 'uefi, bios or devicetree.' },
    secure_boot: { type: 'boolean', description: 'Whether UEFI secure boot is on; null without UEFI.' },
  },
});
