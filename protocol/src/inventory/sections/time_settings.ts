// Section `time_settings`: time zone and clocks.
import { defineSection } from '../section.ts';

/** One row. The offset of the clock is measured by the session, not here. */
export const timeSettingsSection = defineSection({
  name: 'time_settings',
  title: 'Time settings',
  description: 'Time zone, clock source and hardware clock, from /etc and /sys.',
  kind: 'slice',
  key: [],
  columns: {
    // Maintenance windows without a zone of their own follow this one.
    timezone: {
      type: 'text',
      description: 'IANA name, such as Europe/Berlin; null when the system names none.',
    },
    clock_source: { type: 'text', description: 'Clock source of the kernel: tsc, kvm-clock, hpet.' },
    hardware_clock: {
      type: 'text',
      required: true,
      description: 'utc or local: what the battery-backed clock holds.',
    },
    synchronized_by: {
      type: 'text',
      description: 'Program that keeps the clock right, if it is set up to run.',
    },
  },
});
