// Time zone and clocks.
import { type RowOf, timeSettingsSection } from '@muster/protocol';
import type { CollectContext, Collector } from './collector.ts';
import { HOUR_MS, readLine } from './formats/attributes.ts';

type Row = RowOf<typeof timeSettingsSection>;

/** Services that keep the clock right, in the order of their names on different systems. */
const SYNCHRONIZERS = [
  'chronyd',
  'chrony',
  'systemd-timesyncd',
  'ntpd',
  'ntp',
  'ntpsec',
  'openntpd',
  'busybox-ntpd',
] as const;

/** The zone that /etc/localtime links to, as an IANA name; null for a copied file or a name that is none. */
export function parseZone(link: string | null): string | null {
  const name = /\/zoneinfo\/(?:posix\/|right\/)?(.+)$/.exec(link ?? '')?.[1] ?? null;
  return isZone(name) ? name : null;
}

function isZone(name: string | null): name is string {
  return name !== null && name.length <= 64 && /^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/.test(name);
}

/** `local` where the third line of /etc/adjtime says so; hwclock(8) and systemd take a missing file for UTC. */
export function parseAdjtime(text: string | null): 'utc' | 'local' {
  return text?.split('\n')[2]?.trim() === 'LOCAL' ? 'local' : 'utc';
}

/** localtime(5): without the link, the zone is UTC; Debian's own file serves where the link was copied. */
async function readZone({ files }: CollectContext): Promise<string | null> {
  const link = await files.readLink('/etc/localtime');
  if (link !== null) return parseZone(link);
  const written = await readLine(files, '/etc/timezone');
  if (isZone(written)) return written;
  return (await files.stat('/etc/localtime')) === null ? 'UTC' : null;
}

/** The service that is set up to start: by systemd's links, or by OpenRC's and those of System V. */
async function readSynchronizer({ files }: CollectContext): Promise<string | null> {
  const started = new Set<string>();
  for (const folder of ['multi-user.target.wants', 'sysinit.target.wants']) {
    for (const name of await files.list(`/etc/systemd/system/${folder}`))
      started.add(name.replace(/\.service$/, ''));
  }
  for (const name of await files.list('/etc/runlevels/default')) started.add(name);
  for (const name of await files.list('/etc/rc2.d')) started.add(name.replace(/^S\d\d/, ''));
  return SYNCHRONIZERS.find((name) => started.has(name)) ?? null;
}

/** Section `time_settings`. */
export const timeSettings: Collector<(typeof timeSettingsSection)['columns']> = {
  section: timeSettingsSection,
  everyMs: HOUR_MS,
  timeoutMs: 5_000,
  async collect(context) {
    const row: Row = {
      timezone: await readZone(context),
      clock_source: await readLine(
        context.files,
        '/sys/devices/system/clocksource/clocksource0/current_clocksource',
      ),
      hardware_clock: parseAdjtime(await context.files.readText('/etc/adjtime', 4096)),
      synchronized_by: await readSynchronizer(context),
    };
    return { outcome: 'ok', rows: [row] };
  },
};
