// Section `groups`: the local groups and who is in them.
import { defineSection } from '../section.ts';

/** One row a group of /etc/group. Who has it as the primary group stands in users. */
export const groupsSection = defineSection({
  name: 'groups',
  title: 'Groups',
  description: 'Local groups with their members, from /etc/group.',
  kind: 'slice',
  key: ['groupname'],
  columns: {
    gid: { type: 'integer', required: true, description: 'Group id.' },
    groupname: { type: 'text', required: true, description: 'Name of the group.' },
    // osquery joins user_groups for this; one text keeps a change of membership one changed row.
    members: {
      type: 'text',
      description: 'Names of the members, sorted, separated by commas; null when none.',
    },
  },
});
