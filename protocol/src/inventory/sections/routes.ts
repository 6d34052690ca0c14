// Section `routes`: where packets go.
import { defineSection } from '../section.ts';

/** One row a route of the main table: default, static and directly connected. Routes to single containers are left out. */
export const routesSection = defineSection({
  name: 'routes',
  title: 'Routes',
  description: 'Routes of the main table, from /proc/net/route and /proc/net/ipv6_route.',
  kind: 'slice',
  key: ['destination', 'netmask', 'interface', 'gateway', 'metric'],
  columns: {
    destination: {
      type: 'text',
      required: true,
      description: 'Network address; 0.0.0.0 or :: for the default route.',
    },
    netmask: { type: 'integer', required: true, description: 'Bits of the netmask.' },
    gateway: { type: 'text', description: 'Next hop; null for a directly connected network.' },
    interface: { type: 'text', required: true, description: 'Interface packets leave by.' },
    metric: { type: 'integer', description: 'Cost: the lowest wins.' },
    type: { type: 'text', required: true, description: 'gateway or local (directly connected).' },
  },
});
