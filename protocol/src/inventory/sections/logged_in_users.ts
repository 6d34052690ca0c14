// Section `logged_in_users`: who is signed in to the device itself.
import { defineSection } from '../section.ts';

/** Live. An empty list says that nobody is signed in; no data says that the device keeps no such list. */
export const loggedInUsersSection = defineSection({
  name: 'logged_in_users',
  title: 'Signed-in users',
  description: 'Sessions of people, from /run/systemd/sessions, or from utmp where systemd is absent.',
  kind: 'live',
  key: ['user', 'tty', 'pid'],
  columns: {
    type: { type: 'text', required: true, description: 'tty, x11, wayland, or user where it is not known.' },
    user: { type: 'text', required: true, description: 'Account.' },
    tty: { type: 'text', description: 'Terminal, such as pts/0 or tty1.' },
    host: { type: 'text', description: 'Where a remote session comes from; null for local ones.' },
    time: { type: 'time', description: 'Begin of the session.' },
    pid: { type: 'integer', description: 'First process of the session.' },
  },
});
