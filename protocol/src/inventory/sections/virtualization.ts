// Section `virtualization`: whether this is a virtual machine or a container, and whose.
import { defineSection } from '../section.ts';

/** One row. A container in a virtual machine has both. Words follow systemd-detect-virt(1). */
export const virtualizationSection = defineSection({
  name: 'virtualization',
  title: 'Virtualization',
  description:
    'Virtual machine and container, from the firmware names, the processor flags and marks of runtimes.',
  kind: 'slice',
  key: [],
  columns: {
    virtual_machine: {
      type: 'boolean',
      required: true,
      description: 'True when the system runs in a virtual machine.',
    },
    // Null with virtual_machine = true: a hypervisor is there and does not say which.
    hypervisor: {
      type: 'text',
      description: 'kvm, vmware, microsoft, xen, oracle, amazon, google, parallels, …',
    },
    container: { type: 'boolean', required: true, description: 'True when the agent runs in a container.' },
    container_runtime: { type: 'text', description: 'docker, podman, lxc, systemd-nspawn, kubernetes, wsl.' },
  },
});
