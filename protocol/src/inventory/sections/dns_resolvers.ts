// Section `dns_resolvers`: whom the device asks for names.
import { defineSection } from '../section.ts';

/** One row an entry, in the order in which they are asked. */
export const dnsResolversSection = defineSection({
  name: 'dns_resolvers',
  title: 'DNS resolvers',
  description:
    'Name servers and search domains, from resolv.conf; behind a local stub, the servers that it asks.',
  kind: 'slice',
  key: ['type', 'id'],
  columns: {
    id: {
      type: 'integer',
      required: true,
      description: 'Position within its type, from 0: the first is asked first.',
    },
    type: { type: 'text', required: true, description: 'nameserver, search or options.' },
    address: { type: 'text', required: true, description: 'Address, domain or option.' },
    // Which of the two files was read: they differ where systemd-resolved is used.
    source: { type: 'text', required: true, description: 'File the entry stands in.' },
  },
});
