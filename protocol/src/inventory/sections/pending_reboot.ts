// Section `pending_reboot`: whether the device waits for a restart.
import { defineSection } from '../section.ts';

/** One row. Processes that still use replaced libraries are not looked at. */
export const pendingRebootSection = defineSection({
  name: 'pending_reboot',
  title: 'Pending reboot',
  description: 'Marks that package managers leave, and installed kernels newer than the running one.',
  kind: 'slice',
  key: [],
  columns: {
    reboot_required: { type: 'boolean', required: true, description: 'True when a restart is pending.' },
    reason: { type: 'text', description: 'Why, in words; null when none is pending.' },
    packages: { type: 'text', description: 'Packages that asked for it, sorted, separated by commas.' },
    running_kernel: { type: 'text', description: 'Release of the running kernel.' },
    // Of the same flavor only: a cloud kernel is not older than a generic one.
    newest_kernel: {
      type: 'text',
      description: 'Newest installed kernel of the same flavor; null when unknown.',
    },
  },
});
