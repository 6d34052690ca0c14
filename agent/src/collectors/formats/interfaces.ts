// What kind of network interface a folder of /sys/class/net is, and which ones belong to guests.
import type { Files } from '../../platform/files.ts';
import { parsePairs, readInteger, readLine } from './attributes.ts';

/** Device types that the kernel names (DEVTYPE), in the words people search for. */
const DEVICE_TYPES: ReadonlyMap<string, string> = new Map([
  ['wlan', 'wifi'],
  ['bridge', 'bridge'],
  ['bond', 'bond'],
  ['vlan', 'vlan'],
  ['wwan', 'cellular'],
  ['wireguard', 'tunnel'],
  ['vxlan', 'tunnel'],
  ['geneve', 'tunnel'],
  ['ppp', 'tunnel'],
]);

/** Link types (ARPHRD_) of if_arp.h that are no Ethernet. */
const LINK_TYPES: Readonly<Record<number, string>> = {
  32: 'infiniband',
  280: 'can',
  512: 'tunnel',
  768: 'tunnel',
  769: 'tunnel',
  772: 'loopback',
  776: 'tunnel',
  778: 'tunnel',
  823: 'tunnel',
  65534: 'tunnel',
};

/** Facts of an interface that decide what it is. */
export interface InterfaceFacts {
  readonly name: string;
  readonly linkType: number;
  readonly deviceType: string | null;
  readonly hasHardware: boolean;
  readonly isTunnel: boolean;
  /** Differs from the interface's own index where it is one end of a pair or stands on another interface. */
  readonly isLinked: boolean;
  /** Bridge or bond it belongs to. */
  readonly master: string | null;
}

/** Reads the facts; null where the folder is no interface. */
export async function readInterface(files: Files, name: string): Promise<InterfaceFacts | null> {
  const folder = `/sys/class/net/${name}`;
  const linkType = await readInteger(files, `${folder}/type`);
  if (linkType === null) return null;
  const uevent = parsePairs((await files.readText(`${folder}/uevent`, 4096)) ?? '', '=');
  const master = await files.readLink(`${folder}/master`);
  return {
    name,
    linkType,
    deviceType: uevent.get('DEVTYPE') ?? null,
    hasHardware: (await files.stat(`${folder}/device`)) !== null,
    isTunnel: (await files.stat(`${folder}/tun_flags`)) !== null,
    isLinked: (await readLine(files, `${folder}/iflink`)) !== (await readLine(files, `${folder}/ifindex`)),
    master: master === null ? null : master.slice(master.lastIndexOf('/') + 1),
  };
}

/** The kind in words. */
export function nameInterfaceType({ linkType, deviceType, hasHardware, isTunnel }: InterfaceFacts): string {
  const named = DEVICE_TYPES.get(deviceType ?? '') ?? LINK_TYPES[linkType];
  if (named !== undefined) return named;
  if (isTunnel) return 'tunnel';
  return hasHardware ? 'ethernet' : 'virtual';
}

/**
 * True for the end that a container or virtual machine is plugged into: it comes and goes with its guest, and a busy host
 * would have a change of its inventory every few seconds. Inside the guest, the other end is its own interface and is kept.
 */
export function belongsToGuest({
  name,
  deviceType,
  hasHardware,
  isTunnel,
  isLinked,
  master,
}: InterfaceFacts): boolean {
  if (hasHardware || deviceType !== null || !(isLinked || isTunnel)) return false;
  return master !== null || /^(veth|cali|lxc|vnet|tap)/.test(name);
}
