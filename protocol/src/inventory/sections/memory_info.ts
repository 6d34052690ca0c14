// Section `memory_info`: how much memory there is.
import { defineSection } from '../section.ts';

/** One row. Used and free memory are metrics. */
export const memoryInfoSection = defineSection({
  name: 'memory_info',
  title: 'Memory',
  description: 'Sizes of memory and swap, from /proc/meminfo and /sys/devices/system/node.',
  kind: 'slice',
  key: [],
  columns: {
    // A virtual machine with a balloon reports what it has been left; that is a change worth seeing.
    memory_total: { type: 'integer', unit: 'By', required: true, description: 'Memory the kernel manages.' },
    swap_total: { type: 'integer', unit: 'By', description: 'Swap of all devices and files together.' },
    numa_nodes: {
      type: 'integer',
      description: 'Memory nodes; more than one on machines with several sockets.',
    },
    hugepages_total: { type: 'integer', description: 'Huge pages set aside.' },
    hugepage_size: { type: 'integer', unit: 'By', description: 'Size of one huge page.' },
  },
});
