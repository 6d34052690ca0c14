// The addresses of this machine's interfaces, as the system itself lists them.
import { networkInterfaces } from 'node:os';

/** One address of one interface. */
export interface InterfaceAddress {
  readonly interface: string;
  readonly address: string;
  /** Netmask in the form of the address. */
  readonly mask: string;
}

/**
 * Addresses of all running interfaces, without starting a process (getifaddrs).
 * @throws a system error where the service manager forbids the family AF_NETLINK
 */
export function readAddresses(): InterfaceAddress[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses]) =>
    (addresses ?? []).map(({ address, netmask }) => ({ interface: name, address, mask: netmask })),
  );
}
