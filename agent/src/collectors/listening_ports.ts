// Where the device takes connections, from /proc/net, and which process does, from the open files of all processes.
import { listeningPortsSection, type RowOf } from '@muster/protocol';
import type { Files } from '../platform/files.ts';
import { listPids } from '../platform/linux/pids.ts';
import { yieldOnce } from '../platform/pause.ts';
import type { Collector } from './collector.ts';
import { MINUTE_MS, readLine } from './formats/attributes.ts';
import { parseIpv4Hex, parseIpv6Hex } from './formats/ip-address.ts';

/** Sockets listed. */
const MAX_ROWS = 5_000;
/** Open files looked at to find the processes. */
const MAX_OPEN_FILES = 200_000;

/** Tables of the kernel, with the state that means "takes connections": listening for TCP, without a peer for UDP. */
const TABLES = [
  { path: '/proc/net/tcp', protocol: 'tcp', family: 'ipv4', state: '0A' },
  { path: '/proc/net/tcp6', protocol: 'tcp', family: 'ipv6', state: '0A' },
  { path: '/proc/net/udp', protocol: 'udp', family: 'ipv4', state: '07' },
  { path: '/proc/net/udp6', protocol: 'udp', family: 'ipv6', state: '07' },
] as const;

type Row = RowOf<typeof listeningPortsSection>;
/** A socket before its process is known. */
export type Socket = Omit<Row, 'pid' | 'name'>;

/** The bytes of each 32-bit word turned round: the kernel prints words in the order of a little-endian machine. */
function turnWords(hex: string): string {
  return hex.replace(/(..)(..)(..)(..)/g, '$4$3$2$1');
}

/** Address in a table of sockets, in its usual text; null for anything else. */
export function parseAddress(hex: string): string | null {
  if (hex.length === 8) return parseIpv4Hex(hex);
  // An IPv4 address in the IPv6 table, written as people know it.
  const mapped = /^0{16}FFFF0000([0-9A-F]{8})$/.exec(hex)?.[1];
  return mapped === undefined ? parseIpv6Hex(turnWords(hex)) : `::ffff:${parseIpv4Hex(mapped)}`;
}

/** Sockets of one table that take connections. */
export function parseSockets(text: string, table: Omit<(typeof TABLES)[number], 'path'>): Socket[] {
  const sockets: Socket[] = [];
  for (const line of text.split('\n').slice(1)) {
    // sl local remote state queues timer retransmits uid timeout inode
    const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
    const [hex = '', port = ''] = local.split(':');
    const address = parseAddress(hex);
    const { protocol, family } = table;
    if (
      state !== table.state ||
      address === null ||
      !/^[0-9A-F]{4}$/.test(port) ||
      !/^\d{1,15}$/.test(inode ?? '')
    )
      continue;
    sockets.push({ protocol, family, address, port: Number.parseInt(port, 16), socket: Number(inode) });
  }
  return sockets;
}

/** First process that holds each socket; the agent sees only its own user's open files unless it is root. */
async function findHolders(files: Files, wanted: Set<number>): Promise<Map<number, number>> {
  const holders = new Map<number, number>();
  let looked = 0;
  for (const pid of await listPids(files)) {
    await yieldOnce();
    for (const descriptor of await files.list(`/proc/${pid}/fd`)) {
      if (holders.size === wanted.size || looked++ > MAX_OPEN_FILES) return holders;
      const target = await files.readLink(`/proc/${pid}/fd/${descriptor}`);
      const inode = Number(/^socket:\[(\d{1,15})\]$/.exec(target ?? '')?.[1] ?? 0);
      if (wanted.has(inode) && !holders.has(inode)) holders.set(inode, pid);
    }
  }
  return holders;
}

export const listeningPorts: Collector<(typeof listeningPortsSection)['columns']> = {
  section: listeningPortsSection,
  everyMs: MINUTE_MS,
  timeoutMs: MINUTE_MS,
  async collect({ files }) {
    const sockets: Socket[] = [];
    let tables = 0;
    for (const table of TABLES) {
      // The kernel lists listening sockets before connections, so the bound on a text cuts only what is not wanted.
      const text = await files.readText(table.path);
      if (text === null) continue;
      tables++;
      sockets.push(...parseSockets(text, table));
    }
    if (tables === 0) return { outcome: 'no-data', reason: 'This system has no /proc/net.' };
    const shown = sockets.slice(0, MAX_ROWS);
    const holders = await findHolders(files, new Set(shown.map(({ socket }) => socket)));
    const rows: Row[] = [];
    for (const socket of shown) {
      const pid = holders.get(socket.socket) ?? null;
      rows.push({ ...socket, pid, name: pid === null ? null : await readLine(files, `/proc/${pid}/comm`) });
    }
    return { outcome: 'ok', rows };
  },
};
