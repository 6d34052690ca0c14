// Section `interface_addresses`: the addresses of the device.
import { defineSection } from '../section.ts';

/** One row an address. Temporary IPv6 addresses (RFC 8981) are left out: they change daily by design. */
export const interfaceAddressesSection = defineSection({
  name: 'interface_addresses',
  title: 'Network addresses',
  description: 'IPv4 and IPv6 addresses by interface, as the kernel lists them.',
  kind: 'slice',
  key: ['interface', 'address'],
  columns: {
    interface: { type: 'text', required: true, description: 'Name of the interface.' },
    address: { type: 'text', required: true, description: 'The address, IPv6 in its short form.' },
    mask: { type: 'text', description: 'Netmask in the form of the address.' },
    prefix_length: { type: 'integer', description: 'Bits of the netmask.' },
    // osquery's type says how the address was got; the kernel does not know that for IPv4.
    scope: { type: 'text', required: true, description: 'global, private, link or host.' },
  },
});
