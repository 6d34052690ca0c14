// Bytes, operations and busy time of whole disks from /proc/diskstats.
import { MAX_DISKS } from '../limits.ts';
import { type CreateReader, readInto } from '../reader.ts';
import { createScan, nextLine, readNumber, skipField, skipSpaces } from '../scan.ts';
import { type Counters, createCounters } from './counters.ts';
import { createNames } from './names.ts';

/** The kernel counts in these, whatever the sectors of the disk are. */
const SECTORS_PER_BYTE = 1 / 512;
const MS_PER_S = 1_000;
const COUNTERS = [
  { metric: 'system.disk.operations.read' },
  { metric: 'system.disk.io.read', perUnit: SECTORS_PER_BYTE },
  { metric: 'system.disk.operations.write' },
  { metric: 'system.disk.io.write', perUnit: SECTORS_PER_BYTE },
  { metric: 'system.disk.busy', perUnit: MS_PER_S, most: 1 },
] as const;
/** Position of each counter among the columns behind the name (Documentation/admin-guide/iostats.rst). */
const COLUMNS = [0, 2, 4, 6, 9];
const LAST_COLUMN = 9;
/** Memory that only looks like a disk, and files that do. */
const NEVER = /^(?:loop|ram|zram|fd)\d/;

/** What is known of one line's name. */
interface Disk {
  readonly name: string;
  /** 1 a disk, 2 measured only where no disk of rank 1 is in use, 0 never. */
  readonly rank: number;
  /** Made at the first sample that finds the disk used. */
  counters: Counters | null;
}

/** Ranks a block device: partitions and memory never; device mapper, RAID and network disks only where nothing lies below them. */
function rankDisk(name: string, link: string | null): number {
  // a partition has no entry of its own in /sys/block
  if (link === null || NEVER.test(name)) return 0;
  return link.includes('/virtual/') && !link.includes('/nvme-subsystem/') ? 2 : 1;
}

/** Reads the counters of each whole disk. A disk that was never used (an empty slot, a drive without a medium) has no series. */
export const createDiskReader: CreateReader = ({ source, table }) => {
  const file = source.open('proc/diskstats');
  const scan = createScan();
  const readings = new Float64Array(LAST_COLUMN + 1);
  let bestRank = Number.POSITIVE_INFINITY;
  const disks = createNames<Disk>((name) => {
    const rank = rankDisk(name, source.readLink(`sys/block/${name.replaceAll('/', '!')}`));
    return { name, rank, counters: null };
  });

  function findDisk(): Disk | null {
    skipField(scan);
    skipField(scan);
    skipSpaces(scan);
    const from = scan.at;
    skipField(scan);
    return scan.at === from ? null : disks.find(scan, from, scan.at);
  }

  /** Counters of the disk of this line, filled; null where it is not measured. */
  function readLine(): Counters | null {
    const disk = findDisk();
    if (disk === null || disk.rank === 0 || disk.rank > bestRank) return null;
    for (let column = 0; column <= LAST_COLUMN; column++) readings[column] = readNumber(scan);
    const isUsed = (readings[0] ?? 0) + (readings[4] ?? 0) > 0;
    if (!isUsed) return null;
    bestRank = disk.rank;
    disk.counters ??= createCounters(table, disk.name, COUNTERS);
    for (let index = 0; index < COLUMNS.length; index++) {
      disk.counters.now[index] = readings[COLUMNS[index] ?? 0] ?? Number.NaN;
    }
    return disk.counters;
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
      } while (nextLine(scan) && measured < MAX_DISKS);
    },
    close: () => file.close(),
  };
};
