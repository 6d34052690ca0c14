// Section `mounts`: the filesystems in use.
import { defineSection } from '../section.ts';

/** One row a mount point of a real filesystem; kernel, memory, snap and bind mounts are left out. Free space is a metric. */
export const mountsSection = defineSection({
  name: 'mounts',
  title: 'Filesystems',
  description: 'Mounted local and network filesystems, from /proc/self/mountinfo.',
  kind: 'slice',
  key: ['path'],
  columns: {
    device: {
      type: 'text',
      required: true,
      description: 'What is mounted: a device file or a network share.',
    },
    device_alias: { type: 'text', description: 'Kernel name of the device, such as /dev/dm-0.' },
    path: { type: 'text', required: true, description: 'Where it is mounted.' },
    type: { type: 'text', required: true, description: 'Filesystem type: ext4, xfs, nfs4.' },
    // rw or ro is that of the filesystem itself: the agent's own view of a mount point may be read-only.
    flags: { type: 'text', required: true, description: 'Mount options, separated by commas.' },
    // Never asked of network filesystems: the question hangs while their server is away. ZFS has no fixed size.
    size: { type: 'integer', unit: 'By', description: 'Size of a local filesystem; null for network ones.' },
  },
});
