// Section `cpu_info`: the processors.
import { defineSection } from '../section.ts';

/** One row a socket. Clock speeds of the moment and load are metrics, not inventory. */
export const cpuInfoSection = defineSection({
  name: 'cpu_info',
  title: 'Processors',
  description: 'Processors by socket, from /proc/cpuinfo and /sys/devices/system/cpu.',
  kind: 'slice',
  key: ['device_id'],
  columns: {
    device_id: { type: 'text', required: true, description: 'CPU0, CPU1: the socket.' },
    model: { type: 'text', description: 'Model name; on ARM the names of the core types.' },
    manufacturer: { type: 'text', description: 'Vendor id on x86, implementer on ARM.' },
    // Null where the system says nothing of cores, as some virtual machines do.
    number_of_cores: { type: 'integer', description: 'Physical cores of this socket.' },
    logical_processors: {
      type: 'integer',
      required: true,
      description: 'Processors the system schedules on.',
    },
    number_of_performance_cores: {
      type: 'integer',
      description: 'Fast logical processors of a hybrid processor.',
    },
    number_of_efficiency_cores: {
      type: 'integer',
      description: 'Slow logical processors of a hybrid processor.',
    },
    address_width: { type: 'integer', unit: 'bit', description: 'Word size, 32 or 64.' },
    max_clock_speed: { type: 'integer', unit: 'MHz', description: 'Highest clock the driver states.' },
    // Not in osquery's table (it stands in its system_info); here because it belongs to the processor.
    microcode: { type: 'text', description: 'Microcode revision that is loaded.' },
  },
});
