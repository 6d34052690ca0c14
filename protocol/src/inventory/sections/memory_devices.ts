// Section `memory_devices`: the memory modules.
import { defineSection } from '../section.ts';

/** One row a slot, empty ones included: they say whether memory can be added. Needs root on most systems. */
export const memoryDevicesSection = defineSection({
  name: 'memory_devices',
  title: 'Memory modules',
  description: 'Memory slots and modules, from the SMBIOS table (type 17).',
  kind: 'slice',
  // Locators repeat on some boards; the handle is unique within the table.
  key: ['handle'],
  columns: {
    handle: { type: 'text', required: true, description: 'Handle of the entry in the table, hexadecimal.' },
    device_locator: { type: 'text', description: 'Label of the slot.' },
    bank_locator: { type: 'text', description: 'Label of the bank.' },
    // 0 says "empty slot", null says "the firmware does not know".
    size: {
      type: 'integer',
      unit: 'By',
      description: 'Size of the module (osquery counts MB); 0: slot is empty.',
    },
    form_factor: { type: 'text', description: 'DIMM, SODIMM, chip.' },
    memory_type: { type: 'text', description: 'DDR4, DDR5, LPDDR5.' },
    max_speed: { type: 'integer', unit: 'MT/s', description: 'Speed the module is capable of.' },
    configured_clock_speed: { type: 'integer', unit: 'MT/s', description: 'Speed it runs at.' },
    manufacturer: { type: 'text', description: 'Maker of the module.' },
    serial_number: { type: 'text', description: 'Serial number of the module.' },
    part_number: { type: 'text', description: 'Part number of the module.' },
  },
});
