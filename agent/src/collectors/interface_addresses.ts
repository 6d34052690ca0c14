// The addresses of the device: IPv4 as the system lists them, IPv6 with the kernel's flags.
import { interfaceAddressesSection, type RowOf } from '@muster/protocol';
import type { InterfaceAddress } from '../platform/addresses.ts';
import type { CollectContext, Collector } from './collector.ts';
import { MINUTE_MS, parseHex } from './formats/attributes.ts';
import { belongsToGuest, readInterface } from './formats/interfaces.ts';
import { maskOfPrefix, parseIpv6Hex, parsePrefixHex, prefixOfMask, scopeOf } from './formats/ip-address.ts';

type Row = RowOf<typeof interfaceAddressesSection>;

/** if_addr.h: temporary (privacy) and tentative (not yet confirmed to be free) addresses are gone again soon. */
const TEMPORARY = 0x01;
const TENTATIVE = 0x40;

/** Lines of /proc/net/if_inet6: address, index, prefix, scope and flags in hexadecimal, interface. */
export function parseIpv6Addresses(text: string): Row[] {
  return text.split('\n').flatMap((line) => {
    const [hex, , prefixHex, , flagsHex, name] = line.trim().split(/\s+/);
    const address = parseIpv6Hex(hex);
    const prefix = parsePrefixHex(prefixHex);
    const flags = parseHex(flagsHex) ?? 0;
    if (address === null || !name || prefix === null || flags & (TEMPORARY | TENTATIVE)) return [];
    return [
      {
        interface: name,
        address,
        mask: maskOfPrefix(prefix),
        prefix_length: prefix,
        scope: scopeOf(address),
      },
    ];
  });
}

/** IPv4 addresses of the system's list; the IPv6 ones in it lack the flags. */
export function parseIpv4Addresses(addresses: readonly InterfaceAddress[]): Row[] {
  return addresses.flatMap(({ interface: name, address, mask }) => {
    if (!/^\d+\.\d+\.\d+\.\d+$/.test(address)) return [];
    return [{ interface: name, address, mask, prefix_length: prefixOfMask(mask), scope: scopeOf(address) }];
  });
}

async function listGuestInterfaces(
  { files }: CollectContext,
  names: ReadonlySet<string>,
): Promise<Set<string>> {
  const guests = new Set<string>();
  for (const name of names) {
    const facts = await readInterface(files, name);
    if (facts !== null && belongsToGuest(facts)) guests.add(name);
  }
  return guests;
}

/** Section `interface_addresses`. */
export const interfaceAddresses: Collector<(typeof interfaceAddressesSection)['columns']> = {
  section: interfaceAddressesSection,
  everyMs: 5 * MINUTE_MS,
  timeoutMs: 5_000,
  async collect(context) {
    const inet6 = await context.files.readText('/proc/net/if_inet6');
    const found = [...parseIpv4Addresses(context.addresses?.() ?? []), ...parseIpv6Addresses(inet6 ?? '')];
    const guests = await listGuestInterfaces(context, new Set(found.map((row) => row.interface)));
    const rows = found.filter((row) => !guests.has(row.interface));
    if (rows.length === 0) return { outcome: 'no-data', reason: 'No running interface has an address.' };
    return { outcome: 'ok', rows };
  },
};
