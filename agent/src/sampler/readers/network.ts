// Bytes, packets, errors and drops of network interfaces from /proc/net/dev.
import { MAX_INTERFACES } from '../limits.ts';
import { type CreateReader, readInto } from '../reader.ts';
import { createScan, nextLine, readNumber, skipPast, skipSpaces } from '../scan.ts';
import { type Counters, createCounters } from './counters.ts';
import { createNames } from './names.ts';

const COLON = 0x3a;
const COUNTERS = [
  { metric: 'system.network.io.receive' },
  { metric: 'system.network.packets.receive' },
  { metric: 'system.network.errors.receive' },
  { metric: 'system.network.dropped.receive' },
  { metric: 'system.network.io.transmit' },
  { metric: 'system.network.packets.transmit' },
  { metric: 'system.network.errors.transmit' },
  { metric: 'system.network.dropped.transmit' },
] as const;
/** Position of each counter among the columns behind the colon: eight for receiving, eight for sending. */
const COLUMNS = [0, 1, 2, 3, 8, 9, 10, 11];
const LAST_COLUMN = 11;

/** Made of software, but traffic of its own rather than a copy of another interface's. */
const OWN_TRAFFIC = /^(?:tun|wg|ppp|wwan|tailscale|zt)/;
/** One end of a container's or virtual machine's cable, or a helper of the kernel. */
const NOISE =
  /^(?:veth|docker|br-|virbr|vnet|tap|lxc|lxdbr|cni|cali|flannel|vxlan|nodelocaldns|kube|ifb|dummy|sit|gre|erspan|ip6|tunl|ip_vti|teql)/;

/** What is known of one line's name. */
interface Interface {
  readonly name: string;
  /** Lower is better: 1 real or with traffic of its own, 2 other virtual ones, 3 noise, 0 never. */
  readonly rank: number;
  counters: Counters | null;
}

/** Ranks an interface; only those of the best rank in use are measured, so that a container still sees its only one. */
function rankInterface(name: string, link: string | null): number {
  if (name === 'lo') return 0;
  if (link !== null && !link.includes('/virtual/')) return 1;
  if (NOISE.test(name)) return 3;
  return OWN_TRAFFIC.test(name) ? 1 : 2;
}

/** Reads the counters of each interface. One that never carried a byte has no series. */
export const createNetworkReader: CreateReader = ({ source, table }) => {
  const file = source.open('proc/net/dev');
  const scan = createScan();
  const readings = new Float64Array(LAST_COLUMN + 1);
  let bestRank = Number.POSITIVE_INFINITY;
  const interfaces = createNames<Interface>((name) => {
    const rank = rankInterface(name, source.readLink(`sys/class/net/${name}`));
    return { name, rank, counters: null };
  });

  /** Counters of the interface of this line, filled; null where it is not measured. */
  function readLine(): Counters | null {
    skipSpaces(scan);
    const from = scan.at;
    // the two lines of headings have no colon
    if (!skipPast(scan, COLON)) return null;
    const found = interfaces.find(scan, from, scan.at - 1);
    if (found.rank === 0 || found.rank > bestRank) return null;
    for (let column = 0; column <= LAST_COLUMN; column++) readings[column] = readNumber(scan);
    const isUsed = (readings[0] ?? 0) + (readings[8] ?? 0) > 0;
    if (!isUsed) return null;
    bestRank = found.rank;
    found.counters ??= createCounters(table, found.name, COUNTERS);
    for (let index = 0; index < COLUMNS.length; index++) {
      found.counters.now[index] = readings[COLUMNS[index] ?? 0] ?? Number.NaN;
    }
    return found.counters;
  }

  return {
    read(moment) {
      if (!readInto(scan, source, file)) return;
      let measured = 0;
      do {
        const counters = readLine();
        if (counters === null) continue;
        counters.write(moment);
        measured++;
      } while (nextLine(scan) && measured < MAX_INTERFACES);
    },
    close: () => file.close(),
  };
};
