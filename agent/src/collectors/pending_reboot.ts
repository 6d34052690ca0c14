// Whether the device waits for a restart: marks of package managers, and kernels newer than the running one.
import { pendingRebootSection, type RowOf } from '@muster/protocol';
import type { CollectContext, Collector } from './collector.ts';
import { MINUTE_MS, readLine } from './formats/attributes.ts';
import { compareReleases, flavorOf } from './formats/kernel-release.ts';

type Row = RowOf<typeof pendingRebootSection>;

/** Marks and who leaves them: Debian and Ubuntu, SUSE (older and newer). */
const MARKS = ['/run/reboot-required', '/run/reboot-needed', '/boot/reboot-needed'] as const;
const PACKAGES = '/run/reboot-required.pkgs';

/** What the decision is made of. */
export interface RebootFacts {
  /** Mark that is there; null when none is. */
  readonly mark: string | null;
  /** Content of reboot-required.pkgs. */
  readonly packages: string | null;
  readonly running: string | null;
  /** Releases of installed kernels. */
  readonly installed: readonly string[];
  /** False when the modules of the running kernel are gone although others are there, as after an upgrade on Arch or Alpine. */
  readonly modulesPresent: boolean;
}

/** Releases in names such as vmlinuz-6.1.0-21-amd64; rescue images are no kernels to restart into. */
export function parseKernelNames(names: readonly string[]): string[] {
  return names.flatMap((name) => {
    const release = /^vmlinu[xz]-(\d.*)$/.exec(name)?.[1];
    return release === undefined || release.startsWith('0-rescue') || release.endsWith('.old')
      ? []
      : [release];
  });
}

/** The row of these facts. */
export function decideReboot({ mark, packages, running, installed, modulesPresent }: RebootFacts): Row {
  const names = [...new Set((packages ?? '').split('\n').map((name) => name.trim()))].filter(Boolean).sort();
  const same = running === null ? [] : installed.filter((release) => flavorOf(release) === flavorOf(running));
  const newest = same.toSorted(compareReleases).at(-1) ?? null;
  const reasons: string[] = [];
  if (mark !== null) reasons.push(`${mark} is there.`);
  if (newest !== null && running !== null && compareReleases(newest, running) > 0) {
    reasons.push(`Kernel ${newest} is installed, ${running} is running.`);
  } else if (!modulesPresent) {
    reasons.push('The modules of the running kernel were removed by an upgrade.');
  }
  return {
    reboot_required: reasons.length > 0,
    reason: reasons.join(' ') || null,
    packages: names.join(',') || null,
    running_kernel: running,
    newest_kernel: newest,
  };
}

async function readMark({ files }: CollectContext): Promise<string | null> {
  for (const path of MARKS) if ((await files.stat(path)) !== null) return path;
  return null;
}

/** Kernels in /boot, or where their modules are kept with the image (Fedora with systemd-boot). */
async function readInstalled({ files }: CollectContext, moduleFolders: readonly string[]): Promise<string[]> {
  const inBoot = parseKernelNames(await files.list('/boot'));
  if (inBoot.length > 0) return inBoot;
  const releases: string[] = [];
  for (const release of moduleFolders) {
    if ((await files.stat(`/lib/modules/${release}/vmlinuz`)) !== null) releases.push(release);
  }
  return releases;
}

/** Section `pending_reboot`. */
export const pendingReboot: Collector<(typeof pendingRebootSection)['columns']> = {
  section: pendingRebootSection,
  everyMs: 10 * MINUTE_MS,
  timeoutMs: 5_000,
  async collect(context) {
    const { files } = context;
    const running = await readLine(files, '/proc/sys/kernel/osrelease');
    if (running === null) return { outcome: 'no-data', reason: '/proc/sys/kernel/osrelease cannot be read.' };
    const moduleFolders = (await files.list('/lib/modules')).filter((name) => /^\d/.test(name));
    const row = decideReboot({
      mark: await readMark(context),
      packages: await files.readText(PACKAGES),
      running,
      installed: await readInstalled(context, moduleFolders),
      modulesPresent: moduleFolders.length === 0 || moduleFolders.includes(running),
    });
    return { outcome: 'ok', rows: [row] };
  },
};
