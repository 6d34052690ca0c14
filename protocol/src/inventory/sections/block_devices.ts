// Section `block_devices`: disks and partitions.
import { defineSection } from '../section.ts';

/** One row a disk, partition and volume. Loop, RAM and compressed-RAM devices are left out: they are not hardware. */
export const blockDevicesSection = defineSection({
  name: 'block_devices',
  title: 'Disks and partitions',
  description: 'Block devices, from /sys/class/block, the device database of udev and /dev/disk.',
  kind: 'slice',
  key: ['name'],
  columns: {
    name: { type: 'text', required: true, description: 'Device file, such as /dev/sda1.' },
    // For volumes (LVM, RAID, crypt): the devices below, separated by commas.
    parent: { type: 'text', description: 'Device file it is part of; null for a disk.' },
    kind: { type: 'text', required: true, description: 'disk, partition, volume, raid or optical.' },
    vendor: { type: 'text', description: 'Maker, as the disk says.' },
    model: { type: 'text', description: 'Model, as the disk says.' },
    serial: { type: 'text', description: 'Serial number, as the disk says.' },
    size: {
      type: 'integer',
      unit: 'By',
      description: 'Size (osquery counts blocks); null without a medium.',
    },
    block_size: { type: 'integer', unit: 'By', description: 'Logical block size.' },
    rotational: { type: 'boolean', description: 'True for spinning disks; null for partitions.' },
    removable: { type: 'boolean', description: 'Whether the medium can be taken out; null for partitions.' },
    read_only: { type: 'boolean', description: 'Whether the device refuses writes.' },
    type: { type: 'text', description: 'Content: a filesystem, swap, LVM2_member, crypto_LUKS.' },
    uuid: { type: 'text', description: 'UUID of the content.' },
    label: { type: 'text', description: 'Label of the content.' },
  },
});
