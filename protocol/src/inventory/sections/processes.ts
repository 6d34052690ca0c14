// Section `processes`: the programs that run now and use the most.
import { defineSection } from '../section.ts';

/** Live. At most 200 rows: the leaders by processor, by memory and by disk traffic, in turns. */
export const processesSection = defineSection({
  name: 'processes',
  title: 'Processes',
  description: 'Running programs that use the most processor, memory and disk, from /proc.',
  kind: 'live',
  key: ['pid'],
  columns: {
    pid: { type: 'integer', required: true, description: 'Process id.' },
    name: { type: 'text', required: true, description: 'Short name of the program, as the kernel keeps it.' },
    // Secrets are cut out on the device: values behind --password, token=, and the like never leave it.
    cmdline: {
      type: 'text',
      description: 'Command line without secrets, cut to 512 characters; null for kernel threads.',
    },
    state: {
      type: 'text',
      required: true,
      description: 'R running, S sleeping, D waiting for a disk, Z ended, T stopped.',
    },
    uid: { type: 'integer', description: 'User id it runs as; null when it ended meanwhile.' },
    // Not in osquery, where one joins with users; null for accounts of a directory service.
    username: { type: 'text', description: 'Local account of that id.' },
    parent: { type: 'integer', required: true, description: 'Process id of its parent; 0 has none.' },
    start_time: { type: 'time', description: 'When it was started.' },
    // Not in osquery, which has only totals. 1 is one processor in full; 2.5 is two and a half.
    cpu_used_ratio: {
      type: 'real',
      unit: '1',
      required: true,
      description: 'Processor time used over half a second, in processors.',
    },
    resident_size: { type: 'integer', unit: 'By', required: true, description: 'Memory it holds.' },
    // The kernel shows these to root and to the owner only.
    disk_bytes_read: {
      type: 'integer',
      unit: 'By',
      description: 'Read from disks since its start; null where the agent may not ask.',
    },
    disk_bytes_written: {
      type: 'integer',
      unit: 'By',
      description: 'Written to disks since its start; null where the agent may not ask.',
    },
    threads: { type: 'integer', required: true, description: 'Threads.' },
  },
});
