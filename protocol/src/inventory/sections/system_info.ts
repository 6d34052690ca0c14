// Section `system_info`: which machine this is.
import { defineSection } from '../section.ts';

/** One row. Serial numbers may be read by root only; the agent's core has null there. */
export const systemInfoSection = defineSection({
  name: 'system_info',
  title: 'System',
  description: 'Name, maker, model and serial numbers, from /sys/class/dmi/id or the device tree.',
  kind: 'slice',
  key: [],
  columns: {
    hostname: { type: 'text', required: true, description: 'Name the device calls itself by.' },
    uuid: { type: 'text', description: 'UUID of the machine by its firmware; lower case.' },
    // Placeholders that boards ship with ("To Be Filled By O.E.M.") are null, or every such board were the same one.
    hardware_vendor: { type: 'text', description: 'Maker of the machine.' },
    hardware_model: { type: 'text', description: 'Model of the machine.' },
    hardware_version: { type: 'text', description: 'Version of the model.' },
    hardware_serial: { type: 'text', description: 'Serial number of the machine.' },
    hardware_sku: { type: 'text', description: 'Order number of the model.' },
    board_vendor: { type: 'text', description: 'Maker of the main board.' },
    board_model: { type: 'text', description: 'Model of the main board.' },
    board_version: { type: 'text', description: 'Version of the main board.' },
    board_serial: { type: 'text', description: 'Serial number of the main board.' },
    // Laptops are judged differently by reports: see the reliability score.
    chassis: {
      type: 'text',
      description: 'Kind of case: desktop, laptop, server, tablet; null when unknown.',
    },
    asset_tag: { type: 'text', description: 'Asset tag that the owner wrote into the firmware.' },
    // The machine-id itself is a secret of the system (machine-id(5)); its hash is enough to find clones.
    machine_id_hash: { type: 'text', description: 'Hash of the machine-id; equal on cloned systems.' },
  },
});
