// Which services run, by the control groups that systemd keeps for them.
import type { Files } from '../../platform/files.ts';

/** system.slice on the unified hierarchy, and on the two older layouts. */
const SLICES = [
  '/sys/fs/cgroup/system.slice',
  '/sys/fs/cgroup/unified/system.slice',
  '/sys/fs/cgroup/systemd/system.slice',
] as const;

/** Ids of services with processes; null where systemd does not run the system (sd_booted(3)) or its groups are hidden. */
export async function readRunning(files: Files): Promise<ReadonlySet<string> | null> {
  if ((await files.stat('/run/systemd/system')) === null) return null;
  for (const slice of SLICES) {
    const names = await files.list(slice);
    if (names.length === 0) continue;
    const running = new Set(names.filter((name) => name.endsWith('.service')));
    // Instances of one template share a slice of their own.
    for (const inner of names.filter((name) => name.endsWith('.slice'))) {
      for (const name of await files.list(`${slice}/${inner}`))
        if (name.endsWith('.service')) running.add(name);
    }
    return running;
  }
  return null;
}
