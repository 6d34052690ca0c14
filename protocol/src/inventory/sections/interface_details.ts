// Section `interface_details`: the network interfaces.
import { defineSection } from '../section.ts';

/** One row an interface. Ports that a container or virtual machine was given are left out: they come and go with it. */
export const interfaceDetailsSection = defineSection({
  name: 'interface_details',
  title: 'Network interfaces',
  description: 'Network interfaces, from /sys/class/net. Traffic counters are metrics.',
  kind: 'slice',
  key: ['interface'],
  columns: {
    interface: { type: 'text', required: true, description: 'Name, such as eth0.' },
    mac: { type: 'text', description: 'Hardware address; null where the interface has none.' },
    // osquery gives the number of the link type; the words are what people search for.
    type: {
      type: 'text',
      required: true,
      description: 'ethernet, wifi, loopback, bridge, bond, vlan, tunnel, virtual.',
    },
    mtu: { type: 'integer', unit: 'By', description: 'Largest packet.' },
    flags: {
      type: 'integer',
      description: 'Flags that were set for it (up, promiscuous, multicast), IFF_ bits.',
    },
    operstate: { type: 'text', description: 'State of the link: up, down, dormant, unknown.' },
    link_speed: {
      type: 'integer',
      unit: 'Mbit/s',
      description: 'Speed of the link; null while down or unknown.',
    },
    duplex: { type: 'text', description: 'full or half; null while down or unknown.' },
    driver: { type: 'text', description: 'Driver of the hardware; null for virtual interfaces.' },
    pci_slot: { type: 'text', description: 'PCI slot of the hardware.' },
    master: { type: 'text', description: 'Bridge or bond it belongs to.' },
  },
});
