// Processes, sockets, disks and pressure, from /proc alone: no program is started, and no command line is shown.
import type { Files } from '../../../platform/files.ts';
import { listPids, readAccountNames } from '../../../platform/linux/pids.ts';
import { parseStat } from '../../../platform/linux/signals.ts';

/** Rows shown of processes and sockets. */
const MAX_PROCESSES = 60;
const MAX_SOCKETS = 90;
/** Processes that are looked at. */
const MAX_LOOKED_AT = 20_000;

interface ProcessRow {
  readonly pid: number;
  readonly name: string;
  readonly state: string;
  readonly user: string;
  readonly residentKib: number;
  readonly cpuSeconds: number;
}

/** Clock ticks a second, the same on every Linux that Node runs on. */
const TICKS = 100;

function parseStatus(text: string): { uid: number; residentKib: number } {
  const uid = Number(/^Uid:\s+(\d+)/m.exec(text)?.[1] ?? 0);
  return { uid, residentKib: Number(/^VmRSS:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) };
}

async function readRow(
  files: Files,
  pid: number,
  names: ReadonlyMap<number, string>,
): Promise<ProcessRow | null> {
  const text = (await files.readText(`/proc/${pid}/stat`)) ?? '';
  const stat = parseStat(text);
  if (stat === null) return null;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const { uid, residentKib } = parseStatus((await files.readText(`/proc/${pid}/status`)) ?? '');
  const cpuSeconds = (Number(fields[11]) + Number(fields[12])) / TICKS;
  return {
    pid,
    name: stat.name,
    state: stat.state,
    user: names.get(uid) ?? String(uid),
    residentKib,
    cpuSeconds,
  };
}

/** Processes by the processor time they have used. Names only: an argument may be a secret. */
export async function listProcesses(files: Files): Promise<string> {
  const names = await readAccountNames(files);
  const rows: ProcessRow[] = [];
  for (const pid of (await listPids(files)).slice(0, MAX_LOOKED_AT)) {
    const row = await readRow(files, pid, names);
    if (row !== null) rows.push(row);
  }
  const shown = rows.toSorted((a, b) => b.cpuSeconds - a.cpuSeconds).slice(0, MAX_PROCESSES);
  const lines = shown.map(
    ({ pid, user, state, residentKib, cpuSeconds, name }) =>
      `${pid} ${user} ${state} ${residentKib} KiB ${cpuSeconds.toFixed(1)} s ${name}`,
  );
  return [`${rows.length} processes; pid, user, state, memory, processor time, name`, ...lines].join('\n');
}

/** States of include/net/tcp_states.h. */
const TCP_STATES: Readonly<Record<string, string>> = {
  '01': 'established',
  '02': 'syn-sent',
  '03': 'syn-received',
  '04': 'fin-wait-1',
  '05': 'fin-wait-2',
  '06': 'time-wait',
  '07': 'closed',
  '08': 'close-wait',
  '09': 'last-ack',
  '0A': 'listening',
  '0B': 'closing',
};

/** `0100007F:1F90` → `127.0.0.1:8080`; the kernel writes words of 32 bits in the machine's order, little-endian here. */
function parseSocketAddress(text: string): string {
  const [address = '', port = ''] = text.split(':');
  const words = address.match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) => (word.match(/../g) ?? []).toReversed());
  const host =
    bytes.length === 4
      ? bytes.map((byte) => Number.parseInt(byte, 16)).join('.')
      : `[${(bytes.join('').match(/.{4}/g) ?? []).map((part) => Number.parseInt(part, 16).toString(16)).join(':')}]`;
  return `${host}:${Number.parseInt(port, 16)}`;
}

/** Sockets of the machine: how many in each state, and which listen. */
export async function listSockets(files: Files): Promise<string> {
  const counts = new Map<string, number>();
  const listening: string[] = [];
  for (const kind of ['tcp', 'tcp6', 'udp', 'udp6']) {
    const rows = ((await files.readText(`/proc/net/${kind}`)) ?? '').split('\n').slice(1);
    for (const row of rows) {
      const [, local, , state = ''] = row.trim().split(/\s+/);
      if (local === undefined) continue;
      const isTcp = kind.startsWith('tcp');
      const word = `${kind} ${isTcp ? (TCP_STATES[state] ?? state) : 'open'}`;
      counts.set(word, (counts.get(word) ?? 0) + 1);
      if (!isTcp || state === '0A') listening.push(`${kind} ${parseSocketAddress(local)}`);
    }
  }
  const totals = [...counts].map(([word, count]) => `${word}: ${count}`);
  return [...totals, ...listening.slice(0, MAX_SOCKETS)].join('\n');
}

/** Filesystems that answer at once; one of a server that is away would hang. */
const LOCAL_TYPES =
  /^(?:ext[234]|xfs|btrfs|f2fs|vfat|exfat|ntfs3?|zfs|tmpfs|overlay|squashfs|erofs|iso9660|jfs|reiserfs)$/;

/** `\040` in a mount point is a blank. */
function unescapeMount(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/** Mounted filesystems with size, use and inodes. */
export async function describeDisks(files: Files): Promise<string> {
  const lines: string[] = ['mount point, type, size, used, free, inodes used'];
  // Where one filesystem lies over another in the same place, the later one is what is seen there.
  const types = new Map<string, string>();
  for (const row of ((await files.readText('/proc/mounts')) ?? '').split('\n')) {
    const [, point = '', type = ''] = row.split(' ');
    if (point !== '') types.set(point, type);
  }
  for (const [point, type] of types) {
    const path = unescapeMount(point);
    const facts = LOCAL_TYPES.test(type) ? await files.statFilesystem(path) : null;
    if (facts === null || facts.blocks === 0) continue;
    const mib = (blocks: number) => `${Math.round((blocks * facts.bsize) / 1048576)} MiB`;
    // As df says it: blocks that are kept for root are neither used nor free.
    const used = facts.blocks - facts.bfree;
    const usedRatio = used / Math.max(1, used + facts.bavail);
    const inodes = facts.files === 0 ? '-' : `${Math.round((1 - facts.ffree / facts.files) * 100)} %`;
    lines.push(
      `${path} ${type} ${mib(facts.blocks)} ${Math.round(usedRatio * 100)} % ${mib(facts.bavail)} ${inodes}`,
    );
  }
  return lines.join('\n');
}

/** Load, memory and pressure stall information as the kernel writes them. */
export async function describePressure(files: Files): Promise<string> {
  const parts = await Promise.all(
    ['loadavg', 'uptime', 'pressure/cpu', 'pressure/memory', 'pressure/io'].map(async (name) => {
      const text = await files.readText(`/proc/${name}`);
      return text === null ? '' : `${name}: ${text.trim().replaceAll('\n', ' | ')}`;
    }),
  );
  const memory = ((await files.readText('/proc/meminfo')) ?? '').split('\n').slice(0, 16);
  return [...parts, ...memory].filter((line) => line !== '').join('\n');
}
