// The routes of the main table: where packets leave the device.
import { type RowOf, routesSection } from '@muster/protocol';
import type { Collector } from './collector.ts';
import { MINUTE_MS, parseHex, parseInteger } from './formats/attributes.ts';
import { parseIpv4Hex, parseIpv6Hex, parsePrefixHex, prefixOfMask } from './formats/ip-address.ts';

type Row = RowOf<typeof routesSection>;

/** Routes listed; a router with the whole internet in its table shows the first ones. */
const MAX_ROUTES = 1_000;

/** Flags of route.h. */
const UP = 0x1;
const GATEWAY = 0x2;
const HOST = 0x4;
const REJECT = 0x200;
/** ipv6_route.h: made by the kernel while it works, or for an address of the device itself. */
const CACHED = 0x01000000;
const LOCAL = 0x80000000;

/** Routes to single hosts without a gateway belong to containers and come and go with them. */
function isListed(flags: number): boolean {
  if (!(flags & UP) || flags & (REJECT | CACHED | LOCAL)) return false;
  return (flags & GATEWAY) !== 0 || (flags & HOST) === 0;
}

/** Lines of /proc/net/route; addresses are hexadecimal in the byte order of the machine. */
export function parseIpv4Routes(text: string): Row[] {
  return text.split('\n').flatMap((line) => {
    const [name, target, via, flagsHex, , , metric, mask] = line.trim().split(/\s+/);
    const destination = parseIpv4Hex(target);
    const netmask = prefixOfMask(parseIpv4Hex(mask) ?? '');
    const flags = parseHex(flagsHex) ?? 0;
    if (!name || destination === null || netmask === null || !isListed(flags)) return [];
    const gateway = flags & GATEWAY ? parseIpv4Hex(via) : null;
    return [toRow({ destination, netmask, gateway, interface: name, metric: parseInteger(metric) })];
  });
}

/** Link-local and multicast routes, which every interface has, and single hosts without a gateway. */
function isNoise(destination: string, netmask: number, flags: number): boolean {
  return /^(fe[89ab]|ff)/.test(destination) || (netmask === 128 && !(flags & GATEWAY));
}

/** Lines of /proc/net/ipv6_route; numbers are hexadecimal. */
export function parseIpv6Routes(text: string): Row[] {
  return text.split('\n').flatMap((line) => {
    const [target, prefixHex, , , via, metricHex, , , flagsHex, name] = line.trim().split(/\s+/);
    const destination = parseIpv6Hex(target);
    const netmask = parsePrefixHex(prefixHex);
    const flags = parseHex(flagsHex) ?? 0;
    if (!name || destination === null || netmask === null) return [];
    if (!isListed(flags) || isNoise(destination, netmask, flags)) return [];
    const gateway = flags & GATEWAY ? parseIpv6Hex(via) : null;
    return [toRow({ destination, netmask, gateway, interface: name, metric: parseHex(metricHex) })];
  });
}

function toRow(route: Omit<Row, 'type'>): Row {
  return { ...route, type: route.gateway === null ? 'local' : 'gateway' };
}

/** Section `routes`. */
export const routes: Collector<(typeof routesSection)['columns']> = {
  section: routesSection,
  everyMs: 10 * MINUTE_MS,
  timeoutMs: 5_000,
  async collect({ files }) {
    const ipv4 = await files.readText('/proc/net/route');
    const ipv6 = await files.readText('/proc/net/ipv6_route');
    const rows = [...parseIpv4Routes(ipv4 ?? ''), ...parseIpv6Routes(ipv6 ?? '')].slice(0, MAX_ROUTES);
    if (rows.length === 0)
      return { outcome: 'no-data', reason: 'The kernel has no routes beyond this device.' };
    return { outcome: 'ok', rows };
  },
};
