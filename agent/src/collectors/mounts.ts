// The mounted filesystems that hold data: local disks and network shares.
import { mountsSection, type RowOf } from '@muster/protocol';
import type { CollectContext, Collector } from './collector.ts';
import { baseName, MINUTE_MS, toBytes } from './formats/attributes.ts';
import { unescapeText } from './formats/escapes.ts';

type Row = RowOf<typeof mountsSection>;

/** One line of /proc/self/mountinfo, proc(5). */
export interface Mount {
  /** `major:minor` of the device. */
  readonly number: string;
  /** Folder of the filesystem that is mounted; not `/` for a bind mount. */
  readonly root: string;
  readonly path: string;
  readonly type: string;
  readonly device: string;
  /** Options of the mount point and of the filesystem, each once. */
  readonly flags: string;
}

const NETWORK = new Set([
  'nfs',
  'nfs4',
  'cifs',
  'smb3',
  'ceph',
  'glusterfs',
  '9p',
  'afs',
  'fuse.sshfs',
  'fuse.glusterfs',
  'lustre',
  'beegfs',
]);
/** Filesystems that are real without a device file of their own. */
const WITHOUT_DEVICE = new Set(['zfs', 'virtiofs', 'bcachefs']);
/** Types whose subvolumes look like bind mounts but are not. */
const WITH_SUBVOLUMES = new Set(['btrfs', 'bcachefs']);

/**
 * Options of the mount point and of the filesystem, each once. `rw` or `ro` is the filesystem's own: a service manager
 * shows the agent every mount point read-only, which says nothing of the device.
 */
function joinFlags(ofMount: string, ofFilesystem: string | undefined): string {
  const names = new Set([...ofMount.split(','), ...(ofFilesystem?.split(',') ?? [])]);
  const isWritable = ofFilesystem === undefined ? names.has('rw') : /(^|,)rw(,|$)/.test(ofFilesystem);
  names.delete('rw');
  names.delete('ro');
  return [isWritable ? 'rw' : 'ro', ...names].join(',');
}

/** One line; null for anything that has not its form. */
export function parseMount(line: string): Mount | null {
  const [left, right] = line.split(' - ', 2);
  const [, , number, root, path, options] = left?.split(' ') ?? [];
  const [type, device, more] = right?.split(' ') ?? [];
  if (!number || !root || !path || !options || !type || device === undefined) return null;
  return {
    number,
    root: unescapeText(root),
    path: unescapeText(path),
    type,
    device: unescapeText(device),
    flags: joinFlags(options, more),
  };
}

/** True for what holds data of this device or of a server: not for kernel, memory, snap, bind and container mounts. */
function isRealMount({ root, path, type, device }: Mount): boolean {
  if (path === '/') return true;
  if (type === 'squashfs' || device.startsWith('/dev/loop')) return false;
  if (root !== '/' && !WITH_SUBVOLUMES.has(type)) return false;
  return device.startsWith('/dev/') || NETWORK.has(type) || WITHOUT_DEVICE.has(type);
}

/** Real mounts, the last one of each path: it hides those before it. */
export function parseMounts(mountinfo: string): Mount[] {
  const byPath = new Map<string, Mount>();
  for (const line of mountinfo.split('\n')) {
    const mount = parseMount(line);
    if (mount !== null && isRealMount(mount)) byPath.set(mount.path, mount);
  }
  return [...byPath.values()];
}

/** Size of a local filesystem. A network one is never asked, for the question hangs while its server is away. */
async function readSize({ files }: CollectContext, { type, path, device }: Mount): Promise<number | null> {
  if (NETWORK.has(type) || type === 'zfs' || type.startsWith('fuse') || !device.startsWith('/dev/'))
    return null;
  const facts = await files.statFilesystem(path);
  return facts === null ? null : toBytes(facts.blocks, facts.bsize);
}

/** Section `mounts`. */
export const mounts: Collector<(typeof mountsSection)['columns']> = {
  section: mountsSection,
  everyMs: 10 * MINUTE_MS,
  timeoutMs: 10_000,
  async collect(context) {
    const mountinfo = await context.files.readText('/proc/self/mountinfo');
    const found = parseMounts(mountinfo ?? '');
    if (found.length === 0)
      return { outcome: 'no-data', reason: '/proc/self/mountinfo lists no filesystem of a disk or server.' };
    const rows: Row[] = [];
    for (const mount of found) {
      const { device, path, type, flags } = mount;
      // 0:N numbers belong to no device: btrfs, overlay and network filesystems.
      const link = mount.number.startsWith('0:')
        ? null
        : await context.files.readLink(`/sys/dev/block/${mount.number}`);
      const alias = baseName(link);
      rows.push({
        device,
        device_alias: alias === null ? null : `/dev/${alias}`,
        path,
        type,
        flags,
        size: await readSize(context, mount),
      });
    }
    return { outcome: 'ok', rows };
  },
};
