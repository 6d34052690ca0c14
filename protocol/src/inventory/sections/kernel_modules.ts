// Section `kernel_modules`: what is loaded into the kernel.
import { defineSection } from '../section.ts';

/** One row a module. Reference counts and addresses change all the time and are left out. */
export const kernelModulesSection = defineSection({
  name: 'kernel_modules',
  title: 'Kernel modules',
  description: 'Loaded kernel modules, from /proc/modules.',
  kind: 'slice',
  key: ['name'],
  columns: {
    name: { type: 'text', required: true, description: 'Name of the module.' },
    size: { type: 'integer', unit: 'By', required: true, description: 'Memory it takes.' },
    // Letters as the kernel writes them: proprietary (P), out of tree (O), unsigned (E), staging (C).
    taint: { type: 'text', description: 'Letters of how it taints the kernel; null when it does not.' },
  },
});
