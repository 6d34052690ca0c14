// What dnf and zypper share: the rpm database, its way of writing versions, and what no rpm system can be without.
import type { KindContext } from '../kind.ts';
import { look } from '../programs/find.ts';
import type { Installed } from './provider.ts';

/** rpm knows no essential flag; these take the package manager, the init system or the C library away. */
export const rpmEssentialNames: ReadonlySet<string> = new Set([
  ...['rpm', 'rpm-libs', 'dnf', 'dnf5', 'yum', 'libdnf', 'python3-dnf', 'zypper', 'libzypp', 'libsolv'],
  ...['glibc', 'glibc-common', 'bash', 'coreutils', 'filesystem', 'setup', 'systemd', 'systemd-udev', 'sudo'],
  ...[
    'redhat-release',
    'fedora-release',
    'openSUSE-release',
    'sles-release',
    'shadow',
    'shadow-utils',
    'pam',
  ],
]);

/** `0:1.0-1` and `1.0-1` are one version. */
function withoutZeroEpoch(version: string): string {
  return version.replace(/^(?:0|\(none\)):/, '');
}

/** True for the same version, or for one asked for without its release. */
export function isRpmVersion(asked: string, version: string): boolean {
  const whole = withoutZeroEpoch(version);
  const wanted = withoutZeroEpoch(asked);
  return wanted === whole || (!wanted.includes('-') && whole.startsWith(`${wanted}-`));
}

/** Those of the named packages that the rpm database holds. */
export async function readRpmInstalled(
  context: KindContext,
  rpm: string,
  names: readonly string[],
): Promise<readonly Installed[]> {
  if (names.length === 0) return [];
  // In a throw-away root the machine's own idea of where the database lies must not count.
  const root = context.root === '' ? [] : [`--root=${context.root}`, '--dbpath=/var/lib/rpm'];
  const format = '--queryformat=\\t%{NAME}\\t%{EPOCHNUM}:%{VERSION}-%{RELEASE}\\n';
  const { output } = await context.read(look(rpm, [...root, '-q', format, '--', ...names]));
  return output.split('\n').flatMap((line) => {
    // "package x is not installed" has no tab.
    const [, name = '', version] = line.split('\t');
    return version !== undefined && names.includes(name)
      ? [{ name, version: withoutZeroEpoch(version), essential: false }]
      : [];
  });
}
