// For injection tests: a device on which everything that a command names exists, whatever its name.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { CommandKind } from '@muster/protocol/commands';
import type { Program } from '../kind.ts';
import { plant } from './context.ts';

/** What device it is: its package manager and its service manager. */
export const variants = ['debian', 'fedora', 'suse', 'alpine', 'sysv'] as const;
export type Variant = (typeof variants)[number];

/** A command. */
export interface Asked {
  readonly kind: CommandKind;
  readonly args: Readonly<Record<string, unknown>>;
  /** What the content document says of the place, besides the usual one. */
  readonly place?: unknown;
}

const APT = ['usr/bin/apt-get', 'usr/bin/apt-cache', 'usr/bin/apt-mark', 'usr/bin/dpkg-query'];
const TOOLS: Readonly<Record<Variant, readonly string[]>> = {
  debian: [...APT, 'usr/bin/systemctl'],
  fedora: ['usr/bin/dnf-3', 'usr/bin/rpm', 'usr/bin/systemctl'],
  suse: ['usr/bin/zypper', 'usr/bin/rpm', 'usr/bin/systemctl'],
  alpine: ['sbin/apk', 'sbin/rc-service', 'sbin/rc-update'],
  sysv: APT,
};
const EVERYWHERE = [
  'usr/sbin/usermod',
  'usr/bin/wall',
  'sbin/reboot',
  'sbin/poweroff',
  'bin/sh',
  'usr/bin/journalctl',
];
const FOLDERS: Readonly<Record<Variant, readonly string[]>> = {
  debian: ['run/systemd/system'],
  fedora: ['run/systemd/system', 'var/lib/rpm'],
  suse: ['run/systemd/system', 'var/lib/rpm', 'etc/zypp'],
  alpine: ['run/openrc'],
  sysv: [],
};

/** Makes the folder of such a device. */
export function plantDevice(root: string, variant: Variant): void {
  for (const path of [...TOOLS[variant], ...EVERYWHERE]) plant(root, path, '', 0o755);
  for (const folder of [...FOLDERS[variant], 'etc/init.d', 'srv', 'spool'])
    mkdirSync(join(root, folder), { recursive: true });
  if (variant === 'fedora') plant(root, 'etc/dnf/plugins/versionlock.conf', '');
  if (variant === 'debian' || variant === 'sysv') plant(root, 'var/lib/dpkg/status', '');
  if (variant === 'alpine') plant(root, 'lib/apk/db/installed', '');
  plant(root, 'content', 'body');
}

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : [];
}

/** Packages of a command, with versions. */
function packagesOf({ args }: Asked): { name: string; version: string }[] {
  const list: unknown[] = [args.packages, args.names].filter(Array.isArray).flat();
  return list.map((one) => {
    if (typeof one === 'string') return { name: one, version: '' };
    const { name, version } = one as { name: string; version: string };
    return { name, version };
  });
}

/** A file at a path that the kind may accept; what the file system itself refuses stays absent. */
function plantTarget(root: string, path: string): void {
  if (!join(root, path).startsWith(`${root}/srv/`) || !path.isWellFormed() || path.endsWith('/')) return;
  try {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), 'x');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
  }
}

function plantAccounts(root: string, names: readonly string[], hashPrefix: string): void {
  const accounts = names.filter((name) => /^[a-z_][a-z0-9_-]*$/.test(name));
  const rows = (row: (name: string, index: number) => string) => `${accounts.map(row).join('\n')}\n`;
  const passwd = rows((name, index) => `${name}:x:${2000 + index}:2000::/:/bin/sh`);
  plant(root, 'etc/passwd', `root:x:0:0::/root:/bin/sh\n${passwd}`);
  plant(
    root,
    'etc/shadow',
    rows((name) => `${name}:${hashPrefix}$6$a$b:1::::::`),
  );
  plant(
    root,
    'etc/group',
    rows((name, index) => `${name}:x:${2000 + index}:`),
  );
}

function plantServices(root: string, names: readonly string[]): void {
  for (const folder of ['etc/init.d', 'etc/runlevels/default']) {
    rmSync(join(root, folder), { recursive: true, force: true });
    mkdirSync(join(root, folder), { recursive: true });
  }
  for (const name of names) {
    if (/^\.+$/.test(name)) continue;
    plant(root, `etc/init.d/${name.replace(/\.service$/, '')}`, '', 0o755);
  }
}

/** Lets the files of the device hold what the command names. */
export function plantNames(root: string, asked: Asked): void {
  const { kind, args, place } = asked;
  const names = [args, place].flatMap(textsOf).filter((text) => /^[A-Za-z0-9_@][\w.@:+-]*$/.test(text));
  if (/^(?:user|file|script)\./.test(kind)) plantAccounts(root, names, kind === 'user.unlock' ? '!' : '');
  if (kind.startsWith('service.')) plantServices(root, names);
  if (kind === 'service.disable')
    for (const name of names) plant(root, `etc/runlevels/default/${name.replace(/\.service$/, '')}`, '');
  if (kind.startsWith('package.')) {
    const held = kind === 'package.unhold' ? packagesOf(asked) : [];
    plant(root, 'etc/dnf/plugins/versionlock.list', held.map(({ name }) => `${name}-0:1.0-1.*\n`).join(''));
    plant(root, 'etc/apk/world', held.map(({ name }) => `${name}=1.0-r0\n`).join(''));
  }
  if (kind === 'file.put') rmSync(join(root, 'srv/file'), { force: true });
  if (kind === 'file.fetch') for (const path of textsOf(args)) plantTarget(root, path);
}

/** What a package manager says of a transaction. */
function answerPlan(name: string, asked: Asked): string {
  const isRemoval = asked.kind === 'package.remove';
  const packages = packagesOf(asked);
  const list = (row: (name: string, version: string) => string) =>
    packages.map((one) => row(one.name, one.version || '2.0-1')).join('\n');
  if (name === 'apt-get')
    return `Reading package lists...\n${list((one, to) => (isRemoval ? `Remv ${one} [1.0]` : `Inst ${one} [1.0] (${to} x [all])`))}`;
  if (name === 'zypper') {
    const tag = isRemoval ? 'to-remove' : 'to-install';
    const rows = list((one, to) => `<solvable type="package" name="${one}" edition="${to}">`);
    return `<install-summary packages-to-change="${packages.length}"><${tag}>${rows}</${tag}></install-summary>`;
  }
  if (name === 'apk') {
    const rows = packages.map((one, index) => {
      const place = `(${index + 1}/${packages.length})`;
      return isRemoval
        ? `${place} Purging ${one.name} (1.0-r0)`
        : `${place} Installing ${one.name} (${one.version || '2.0-r0'})`;
    });
    return `${rows.join('\n')}\nOK: 1 MiB in 1 packages\n`;
  }
  const rows = list((one, to) => ` ${one} noarch ${to} local 1 k`);
  const word = isRemoval ? 'Remove' : 'Install';
  return `Dependencies resolved.\n${isRemoval ? 'Removing' : 'Installing'}:\n${rows}\n\nTransaction Summary\n${word}  ${packages.length} Packages\n`;
}

/** What a program prints there. */
export function answer({ path, args }: Program, asked: Asked): string {
  const { kind } = asked;
  const packages = packagesOf(asked);
  const here = kind === 'package.install' ? [] : packages;
  const held = kind === 'package.unhold' ? packages : [];
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (name === 'systemctl') return kind === 'service.disable' ? 'enabled' : 'disabled';
  if (name === 'dpkg-query') return here.map((one) => `${one.name}\t1.0\tinstalled\tno\t\t`).join('\n');
  if (name === 'rpm') return here.map((one) => `\t${one.name}\t0:1.0-1`).join('\n');
  if (name === 'apt-mark') return held.map((one) => one.name).join('\n');
  if (name === 'apt-cache') return packages.map((one) => `${one.name} | ${one.version} | file`).join('\n');
  if (name === 'zypper' && args.includes('locks'))
    return held.map((one) => `<lock number="1"><name>${one.name}</name></lock>`).join('');
  if (name === 'apk' && args.includes('list'))
    return here.map((one) => `${one.name}-1.0-r0 x [installed]`).join('\n');
  return ['apt-get', 'zypper', 'apk', 'dnf-3'].includes(name) ? answerPlan(name, asked) : '';
}
