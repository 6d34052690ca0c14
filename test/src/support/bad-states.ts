// Lays into a throw-away root the opposite of what a rule wants, kind by kind, whatever the rule.
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { plant } from '@muster/agent/executor';
import type { ResolvedItem, RuleKindName, WantedOf } from '@muster/protocol/policy';

/** Somebody whose the files of the system are not, and who is in no group of it. */
const STRANGER = { name: 'eve', id: 2001 } as const;
/** What the pack means by a path that is a folder. */
const FOLDER = /^\/(?:root|tmp|etc\/cron\.[a-z]+)$/;
/** Values of sshd for which no rule tells an opposite. */
const OTHER_VALUES: Readonly<Record<string, string>> = {
  ...{ verbose: 'quiet', '/etc/issue.net': 'none', no: 'yes', yes: 'no' },
};

type Lay<Kind extends RuleKindName> = (root: string, wanted: WantedOf<Kind>) => void;

function append(root: string, path: string, line: string): void {
  const at = join(root, path);
  plant(root, path, `${existsSync(at) ? readFileSync(at, 'utf8') : ''}${line}\n`);
}

const layFile: Lay<'file'> = (root, { path, mode = '0644', state }) => {
  const at = join(root, path);
  if (FOLDER.test(path)) mkdirSync(at, { recursive: true });
  else if (!existsSync(at)) plant(root, path, 'x\n');
  if (state === 'absent') return;
  chownSync(at, STRANGER.id, STRANGER.id);
  // Everybody may write, and what kept others from removing each other's files is gone.
  chmodSync(at, (Number.parseInt(mode, 8) | 0o022) & 0o777);
};

const laySysctl: Lay<'sysctl'> = (root, { key, value }) => {
  const bad = String(Number(value) + 1);
  plant(root, `proc/sys/${key.replaceAll('.', '/')}`, `${bad}\n`);
  append(root, 'etc/sysctl.d/50-bad.conf', `${key} = ${bad}`);
};

const layService: Lay<'service'> = (root, { name, enabled = false }) => {
  const target = name.endsWith('.socket') ? 'sockets.target' : 'multi-user.target';
  const unit = `usr/lib/systemd/system/${name}`;
  plant(root, unit, `[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=${target}\n`);
  if (enabled) return;
  const wants = join(root, `etc/systemd/system/${target}.wants`);
  mkdirSync(wants, { recursive: true });
  symlinkSync(`/${unit}`, join(wants, basename(name)));
};

const layLine: Lay<'line'> = (root, { path, line, key = '' }) => {
  append(root, path, line.startsWith(`${key}=`) ? `${key} = 0x` : `${key}\t0x`);
};

const layUser: Lay<'user'> = (root, { name }) => {
  const id = name === 'root' ? 0 : 300 + readFileSync(join(root, 'etc/passwd'), 'utf8').split('\n').length;
  append(root, 'etc/passwd', `${name}:x:${id}:${id}::/home/${name}:/bin/sh`);
  append(root, 'etc/shadow', `${name}:$6$salt$hash:19000:0:99999:7:::`);
};

const layGroup: Lay<'group'> = (root, { name }) => {
  const id = name === 'root' ? 0 : 700 + readFileSync(join(root, 'etc/group'), 'utf8').split('\n').length;
  append(root, 'etc/group', `${name}:x:${id}:${STRANGER.name}`);
};

const laySsh: Lay<'ssh'> = (root, { option, value }) => {
  // Of several lines about it sshd takes the last and not the first, so no file of ours could win; bad is that nobody says it.
  if (option === 'MaxStartups') return;
  append(root, 'etc/ssh/sshd_config', `${option} ${OTHER_VALUES[value] ?? Number(value) + 1}`);
};

/** By kind. Packages are laid all at once, and a certificate nobody repairs. */
const table = {
  file: layFile,
  sysctl: laySysctl,
  service: layService,
  line: layLine,
  user: layUser,
  group: layGroup,
  ssh: laySsh,
  'mount-option': (root, { path }) => append(root, 'etc/fstab', `tmpfs ${path} tmpfs defaults,size=1G 0 0`),
  // Not loaded, and loaded as soon as somebody asks.
  'kernel-module': () => undefined,
} satisfies { readonly [Kind in RuleKindName]?: Lay<Kind> };

/** What stands in such a root before anything is bad. */
export function layBase(root: string): void {
  plant(root, 'etc/passwd', `${STRANGER.name}:x:${STRANGER.id}:${STRANGER.id}::/home/eve:/bin/sh\n`);
  plant(root, 'etc/shadow', `${STRANGER.name}:$6$salt$hash:19000:0:99999:7:::\n`, 0o600);
  plant(root, 'etc/group', `${STRANGER.name}:x:${STRANGER.id}:\n`);
  plant(root, 'etc/fstab', '# places\n');
  plant(root, 'proc/modules', '');
  plant(root, 'run/systemd/system/.keep', '');
  plant(root, 'usr/sbin/nologin', '#!/bin/false\n', 0o755);
}

/** Lays the opposite of what an item wants. @throws Error for a kind that has none */
export function layBad(root: string, { kind, wanted, item }: ResolvedItem): void {
  const lay = Object.hasOwn(table, kind) ? table[kind as keyof typeof table] : undefined;
  if (lay === undefined) throw new Error(`no bad state for ${item}`);
  // The table gives each kind its own wishes, which the compiler does not follow through a variable.
  (lay as (root: string, wanted: object) => void)(root, wanted);
}

/** Installs these packages of the root's own repository, as somebody has done who did not know of the rules. */
export function installAll(root: string, names: readonly string[], family: 'debian' | 'rhel'): void {
  const pool = join(root, 'repository/pool');
  const files = readdirSync(pool)
    .filter((file) => names.some((name) => file.startsWith(`${name}_`) || file.startsWith(`${name}-1.0`)))
    .map((file) => join(pool, file));
  // Debian's rpm has its database in the home folder of whoever runs it.
  const [program, args] =
    family === 'debian'
      ? ['dpkg', [`--root=${root}`, '--force-not-root', `--log=${root}/var/log/dpkg.log`, '-i', ...files]]
      : ['rpm', [`--root=${root}`, '--dbpath=/var/lib/rpm', '--nosignature', '-i', ...files]];
  const { status, stderr } = spawnSync(program, args, { cwd: dirname(pool), encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}
