// What the kernel knows of a running program and its files: open sockets, and the modes of a folder.
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** A socket that a program holds open. */
export interface OpenSocket {
  readonly kind: 'tcp' | 'tcp6' | 'udp' | 'udp6' | 'raw' | 'raw6' | 'unix';
  /** Others can reach it unasked: it listens, or it is one of UDP or raw, which need not. */
  readonly isReachable: boolean;
}

/** State of a listening TCP socket in /proc/net/tcp. */
const LISTEN = '0A';
/** Flag of a listening socket in /proc/net/unix (SO_ACCEPTCON). */
const ACCEPTS = 0x10000;

async function listInodes(pid: number): Promise<Set<string>> {
  const folder = `/proc/${pid}/fd`;
  const names = await readdir(folder);
  // Files are closed while they are looked at.
  const targets = await Promise.all(names.map((name) => readlink(join(folder, name)).catch(() => '')));
  return new Set(targets.flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []));
}

async function readTable(pid: number, kind: string): Promise<string[][]> {
  const text = await readFile(`/proc/${pid}/net/${kind}`, 'utf8').catch((error) => {
    // No such table where the kernel has no IPv6.
    if (kind.endsWith('6')) return '';
    throw error;
  });
  return text
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/));
}

/** All sockets of a program, by the kernel's tables (proc(5)). */
export async function findSockets(pid: number): Promise<OpenSocket[]> {
  const inodes = await listInodes(pid);
  const kinds = ['tcp', 'tcp6', 'udp', 'udp6', 'raw', 'raw6'] as const;
  const network = await Promise.all(
    kinds.map(async (kind) =>
      (await readTable(pid, kind))
        .filter((fields) => inodes.has(fields[9] ?? ''))
        .map((fields) => ({ kind, isReachable: !kind.startsWith('tcp') || fields[3] === LISTEN })),
    ),
  );
  const local = (await readTable(pid, 'unix'))
    .filter((fields) => inodes.has(fields[6] ?? ''))
    .map((fields) => ({
      kind: 'unix' as const,
      isReachable: (Number.parseInt(fields[3] ?? '', 16) & ACCEPTS) !== 0,
    }));
  return [...network.flat(), ...local];
}

/** Path below the folder (the folder itself is '') → its mode in octal, of everything in it. */
export async function readModes(folder: string): Promise<Map<string, string>> {
  const names = ['', ...(await readdir(folder, { recursive: true }))];
  const modes = await Promise.all(
    names.map(async (name) => {
      const about = await lstat(join(folder, name)).catch(() => null);
      // Replaced meanwhile.
      if (about === null) return [];
      const kind = about.isDirectory() ? 'folder' : 'file';
      return [[name, `${kind} ${(about.mode & 0o7777).toString(8)}`] as const];
    }),
  );
  return new Map(modes.flat());
}
