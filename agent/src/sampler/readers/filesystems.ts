// Space and inodes of local filesystems: which ones from /proc/self/mountinfo, how full from statfs.
import type { FilesystemSpace } from '../../platform/linux/proc-reader.ts';
import { MAX_FILESYSTEMS } from '../limits.ts';
import { type CreateReader, type ReaderContext, readInto } from '../reader.ts';
import { createScan } from '../scan.ts';
import type { Series } from '../series-table.ts';

/**
 * Filesystems that keep data of this machine. Everything else is left out: what lies on a network or in a FUSE process may
 * block statfs, and with it the agent, for ever; memory and read-only images have no space to run out of.
 */
const LOCAL_TYPES = new Set([
  'apfs',
  'bcachefs',
  'btrfs',
  'exfat',
  'ext2',
  'ext3',
  'ext4',
  'f2fs',
  'hfsplus',
  'jfs',
  'msdos',
  'nilfs2',
  'ntfs',
  'ntfs3',
  'reiserfs',
  'ubifs',
  'ufs',
  'vfat',
  'xfs',
  'zfs',
]);

/** A mounted filesystem. */
export interface Mount {
  readonly path: string;
  readonly type: string;
  /** The same for all mounts of one filesystem. */
  readonly identity: string;
}

/** A measured filesystem with its latest values. */
interface Measured {
  readonly path: string;
  readonly usage: Series;
  readonly utilization: Series;
  readonly inodes: Series;
  space: FilesystemSpace | null;
}

/** mountinfo writes space, tab, newline and backslash as three octal digits. */
function unescapePath(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

function parseMount(line: string): Mount | null {
  // 36 35 98:0 /mnt1 /mnt/parent rw,noatime master:1 - ext3 /dev/root rw,errors=continue       (proc(5))
  const fields = line.split(' ');
  const dash = fields.indexOf('-', 6);
  const [, , device = '', , path = ''] = fields;
  const type = fields[dash + 1] ?? '';
  const from = fields[dash + 2] ?? '';
  if (dash < 0 || path === '') return null;
  // a container's root is an overlay, and the only one of them that it can fill
  const isMeasured = LOCAL_TYPES.has(type) || (type === 'overlay' && path === '/');
  if (!isMeasured) return null;
  // subvolumes of btrfs have device numbers of their own, but share their space
  const identity = from.startsWith('/dev/') ? from : `${device} ${from}`;
  return { path: unescapePath(path), type, identity };
}

/** Filesystems to measure: each once, at its shortest path; those mounted over are gone with the path. Sorted by path. */
export function parseMounts(text: string): Mount[] {
  const byPath = new Map<string, Mount | null>();
  for (const line of text.split('\n')) {
    const path = line.split(' ', 5)[4];
    // a later mount on the same path hides the earlier one, even when it is not measured itself
    if (path !== undefined) byPath.set(path, parseMount(line));
  }
  const byIdentity = new Map<string, Mount>();
  for (const mount of byPath.values()) {
    if (mount === null) continue;
    const known = byIdentity.get(mount.identity);
    if (known === undefined || mount.path.length < known.path.length) byIdentity.set(mount.identity, mount);
  }
  return [...byIdentity.values()].sort((a, b) => (a.path < b.path ? -1 : 1)).slice(0, MAX_FILESYSTEMS);
}

/** Reads usage and shares in use at slow moments; in between the last values stand. */
export const createFilesystemReader: CreateReader = ({ source, table }: ReaderContext) => {
  const file = source.open('proc/self/mountinfo');
  const scan = createScan();
  let seen = Buffer.alloc(0);
  let measured: Measured[] = [];

  function findMounts() {
    if (!readInto(scan, source, file)) return;
    const now = source.bytes.subarray(0, scan.end);
    if (now.equals(seen)) return;
    seen = Buffer.from(now);
    measured = parseMounts(seen.toString('utf8')).map(({ path }) => ({
      path,
      usage: table.series('system.filesystem.usage', path),
      utilization: table.series('system.filesystem.utilization', path),
      inodes: table.series('system.filesystem.inodes.utilization', path),
      space: null,
    }));
  }

  return {
    read({ slow }) {
      if (slow) findMounts();
      for (const one of measured) {
        if (slow) one.space = source.readSpace(one.path);
        if (one.space === null || one.space.totalBytes === 0) continue;
        const { totalBytes, freeBytes, availableBytes, inodes, inodesFree } = one.space;
        const usedBytes = totalBytes - freeBytes;
        table.set(one.usage, usedBytes);
        // as df counts: what only root may still fill is neither used nor left
        table.set(one.utilization, usedBytes / (usedBytes + availableBytes));
        if (inodes > 0) table.set(one.inodes, (inodes - inodesFree) / inodes);
      }
    },
    close: () => file.close(),
  };
};
