// The number of processes, from the link count of /proc: two numbers a look instead of a list of every process.

import { DISCOVER_EVERY_MS } from '../limits.ts';
import type { CreateReader } from '../reader.ts';

/** /proc counts one link a process above those of its fixed folders, of which no kernel has more than this. */
const MAX_FIXED_LINKS = 64;

/**
 * Reads system.process.count. The kernel answers stat("/proc") with the links of its fixed folders plus one a process (fs/proc/root.c);
 * how many folders are fixed is found by counting once every ten minutes. Where that does not fit (inside a process namespace
 * the links count the processes of the whole machine, and some filesystems of tests count no folders) it is counted at slow moments.
 */
export const createProcessReader: CreateReader = ({ source, table }) => {
  const series = table.series('system.process.count');
  let fixedLinks = Number.NaN;
  let counted = Number.NaN;
  let learnedAtMs = Number.NEGATIVE_INFINITY;

  function countProcesses() {
    const before = source.readLinkCount('proc');
    counted = 0;
    for (const name of source.list('proc')) if (name >= '1' && name < ':') counted++;
    const links = source.readLinkCount('proc');
    if (links !== before) return;
    const fixed = links - counted;
    fixedLinks = fixed >= 2 && fixed <= MAX_FIXED_LINKS ? fixed : Number.NaN;
  }

  return {
    read({ atMs, slow }) {
      const isDue = Math.abs(atMs - learnedAtMs) >= DISCOVER_EVERY_MS;
      if (isDue || (slow && Number.isNaN(fixedLinks))) {
        countProcesses();
        learnedAtMs = atMs;
      }
      const count = Number.isNaN(fixedLinks) ? counted : source.readLinkCount('proc') - fixedLinks;
      if (count > 0) table.set(series, count);
    },
    close() {},
  };
};
