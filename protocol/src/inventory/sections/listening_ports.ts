// Section `listening_ports`: where the device takes connections, and which program does.
import { defineSection } from '../section.ts';

/** Live. Only the agent's own network namespace: ports inside containers are not seen. */
export const listeningPortsSection = defineSection({
  name: 'listening_ports',
  title: 'Listening ports',
  description: 'TCP sockets that listen and UDP sockets without a peer, from /proc/net.',
  kind: 'live',
  // Several sockets may share one port (SO_REUSEPORT); the socket number tells them apart.
  key: ['protocol', 'port', 'address', 'socket'],
  columns: {
    // osquery has the numbers 6 and 17, 2 and 10; words here, for people.
    protocol: { type: 'text', required: true, description: 'tcp or udp.' },
    family: { type: 'text', required: true, description: 'ipv4 or ipv6.' },
    address: {
      type: 'text',
      required: true,
      description: 'Local address; 0.0.0.0 or :: takes connections from everywhere.',
    },
    port: { type: 'integer', required: true, description: 'Port.' },
    socket: { type: 'integer', required: true, description: 'Number of the socket (inode).' },
    // An agent without root sees only its own user's sockets here.
    pid: {
      type: 'integer',
      description: 'Process that holds the socket; null where the agent may not see it.',
    },
    name: { type: 'text', description: 'Short name of that process.' },
  },
});
