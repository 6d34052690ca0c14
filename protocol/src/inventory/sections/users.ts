// Section `users`: the local accounts.
import { defineSection } from '../section.ts';

/** One row an account of /etc/passwd. Accounts of a directory service (LDAP, AD) are not on the device and not here. */
export const usersSection = defineSection({
  name: 'users',
  title: 'Users',
  description: 'Local accounts, from /etc/passwd. Passwords and their hashes are never read.',
  kind: 'slice',
  // Two accounts may share a uid (a second root); the name is unique.
  key: ['username'],
  columns: {
    uid: { type: 'integer', required: true, description: 'User id; 0 is root.' },
    gid: { type: 'integer', required: true, description: 'Id of the primary group.' },
    username: { type: 'text', required: true, description: 'Name of the account.' },
    description: { type: 'text', description: 'Full name or comment.' },
    directory: { type: 'text', description: 'Home folder.' },
    shell: { type: 'text', description: 'Program started at sign-in.' },
    // Not in osquery: what an auditor filters by.
    interactive: {
      type: 'boolean',
      required: true,
      description: 'True unless the shell is nologin, false or none.',
    },
  },
});
