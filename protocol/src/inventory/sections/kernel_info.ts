// Section `kernel_info`: the running kernel and when it was started.
import { defineSection } from '../section.ts';

/** One row. A reboot is a change of this slice, which is how it comes into the device's timeline. */
export const kernelInfoSection = defineSection({
  name: 'kernel_info',
  title: 'Kernel',
  description: 'The running kernel, from /proc/sys/kernel, /proc/cmdline and /proc/stat.',
  kind: 'slice',
  key: [],
  columns: {
    version: { type: 'text', required: true, description: 'Release of the kernel, such as 6.1.0-21-amd64.' },
    build: { type: 'text', description: 'Build line of the kernel (uname -v).' },
    // Values of arguments that look like secrets are replaced on the device; they never travel.
    arguments: { type: 'text', description: 'Boot arguments; values that look like secrets are replaced.' },
    path: { type: 'text', description: 'Path of the kernel image that the boot loader names.' },
    device: { type: 'text', description: 'Root device that the boot loader names.' },
    // The kernel's own value moves by a second when the clock is stepped; minutes keep the slice still.
    boot_time: { type: 'time', description: 'When the system was started, cut to the minute.' },
    boot_id: { type: 'text', description: 'Random id of this start of the system.' },
  },
});
