// Section `systemd_units`: services, timers and their like.
import { defineSection } from '../section.ts';

/**
 * One row a unit file: what is installed and what is meant to run. Only services that are enabled and meant to stay say whether they
 * run: one-shot and on-demand services start and stop by themselves all day.
 */
export const systemdUnitsSection = defineSection({
  name: 'systemd_units',
  title: 'Services and units',
  description: 'Units of systemd, read from its unit folders and the control groups.',
  kind: 'slice',
  key: ['id'],
  columns: {
    id: { type: 'text', required: true, description: 'Name of the unit, such as ssh.service.' },
    description: { type: 'text', description: 'Description in the unit file.' },
    // The words of `systemctl list-unit-files`.
    unit_file_state: {
      type: 'text',
      required: true,
      description:
        'enabled, enabled-runtime, disabled, static, indirect, alias, linked, masked or generated.',
    },
    active_state: {
      type: 'text',
      description: 'active or inactive, for enabled lasting services; else null.',
    },
    fragment_path: { type: 'text', required: true, description: 'Path of the unit file.' },
    user: { type: 'text', description: 'Account it runs under; null for root.' },
    // Not in osquery: local changes to a vendor unit, the usual cause of drift.
    drop_ins: { type: 'text', description: 'Files that override it, separated by commas; null when none.' },
  },
});
