// Makes tiny packages, local repositories of them, and throw-away roots whose package managers use only these.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { plant } from './context.ts';

/** A package to be made; it holds /usr/share/<name>/version and the configuration file /etc/<name>.conf. */
export interface Recipe {
  readonly name: string;
  readonly version: string;
  readonly depends?: string;
  /** More lines of a Debian control file, as `Essential: yes`. */
  readonly control?: string;
}

function must(file: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(file, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  if (status !== 0) throw new Error(`${file} ${args.join(' ')}: ${stderr || stdout}`);
  return stdout;
}

function makeDeb(folder: string, { name, version, depends, control }: Recipe): void {
  const tree = join(folder, `tree-${name}-${version}`);
  const lines = [
    ...[`Package: ${name}`, `Version: ${version}`, 'Architecture: all', 'Maintainer: T <t@example.org>'],
    ...(depends ? [`Depends: ${depends}`] : []),
    ...(control ? [control] : []),
    'Description: made by a test',
  ];
  plant(tree, 'DEBIAN/control', `${lines.join('\n')}\n`);
  plant(tree, 'DEBIAN/conffiles', `/etc/${name}.conf\n`);
  plant(tree, `etc/${name}.conf`, `of ${version}\n`);
  plant(tree, `usr/share/${name}/version`, `${version}\n`);
  must('dpkg-deb', ['-Znone', '--root-owner-group', '--build', tree, join(folder, 'pool')], folder);
}

/** A `file:` repository for apt below `root`, and the configuration that keeps apt inside of it. */
export function makeAptRoot(root: string, recipes: readonly Recipe[]): void {
  const repository = join(root, 'repository');
  mkdirSync(join(repository, 'pool'), { recursive: true });
  for (const recipe of recipes) makeDeb(repository, recipe);
  writeFileSync(
    join(repository, 'Packages'),
    must('dpkg-scanpackages', ['--multiversion', 'pool'], repository),
  );
  for (const folder of ['var/lib/dpkg/info', 'var/lib/dpkg/updates', 'var/lib/apt/lists/partial'])
    mkdirSync(join(root, folder), { recursive: true });
  for (const folder of [
    'var/cache/apt/archives/partial',
    'var/log/apt',
    'etc/apt/apt.conf.d',
    'etc/apt/preferences.d',
  ])
    mkdirSync(join(root, folder), { recursive: true });
  plant(root, 'var/lib/dpkg/status', '');
  plant(root, 'etc/apt/sources.list', `deb [trusted=yes] file:${repository} ./\n`);
  plant(
    root,
    'etc/apt/root.conf',
    [
      `Dir "${root}/";`,
      `Dir::State::status "${root}/var/lib/dpkg/status";`,
      `DPkg::Options { "--root=${root}"; "--force-not-root"; "--log=${root}/var/log/dpkg.log"; };`,
      'APT::Sandbox::User "root";',
    ].join('\n'),
  );
  const env = { ...process.env, LC_ALL: 'C', APT_CONFIG: join(root, 'etc/apt/root.conf') };
  const { status, stderr } = spawnSync('apt-get', ['update'], { env, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

function makeRpm(folder: string, { name, version, depends }: Recipe): void {
  const spec = [
    ...[`Name: ${name}`, `Version: ${version}`, 'Release: 1', 'Summary: made by a test', 'License: none'],
    ...[
      'BuildArch: noarch',
      ...(depends ? [`Requires: ${depends}`] : []),
      '%description',
      'made by a test',
      '%install',
    ],
    `mkdir -p %{buildroot}/usr/share/${name} %{buildroot}/etc`,
    `echo ${version} > %{buildroot}/usr/share/${name}/version`,
    `echo of ${version} > %{buildroot}/etc/${name}.conf`,
    ...['%files', `/usr/share/${name}`, `%config(noreplace) /etc/${name}.conf`],
  ];
  plant(folder, `${name}-${version}.spec`, `${spec.join('\n')}\n`);
  const defines = [
    `_topdir ${folder}/build`,
    `_rpmdir ${folder}/pool`,
    '_rpmfilename %{NAME}-%{VERSION}.rpm',
  ];
  const args = defines.flatMap((define) => ['--define', define]);
  must('rpmbuild', ['-bb', '--quiet', ...args, `${name}-${version}.spec`], folder);
}

/** A local rpm repository below `root`. */
export function makeRpmRepository(root: string, recipes: readonly Recipe[]): void {
  const repository = join(root, 'repository');
  mkdirSync(join(repository, 'pool'), { recursive: true });
  for (const recipe of recipes) makeRpm(repository, recipe);
  must('createrepo_c', ['-q', join(repository, 'pool')], root);
}

function sourceOf(home: string): string {
  return `[local]\nname=local\nbaseurl=file://${home}/repository/pool\ngpgcheck=0\nenabled=1\ntype=rpm-md\n`;
}

/** Lets dnf know the repository of `home`, and fetches the metadata as the device's own timer would. */
export function addDnf(root: string, home: string): void {
  mkdirSync(join(root, 'var/lib/rpm'), { recursive: true });
  mkdirSync(join(root, 'root'));
  // Debian's rpm keeps its database in the home folder, all others here.
  symlinkSync('../var/lib/rpm', join(root, 'root/.rpmdb'));
  plant(
    root,
    'etc/dnf/dnf.conf',
    `[main]\ngpgcheck=0\ncachedir=${root}/var/cache/dnf\nlogdir=${root}/var/log\n`,
  );
  plant(root, 'etc/yum.repos.d/local.repo', sourceOf(home));
  const where = [`--installroot=${root}`, `--config=${root}/etc/dnf/dnf.conf`];
  must('dnf', [...where, `--setopt=reposdir=${root}/etc/yum.repos.d`, 'makecache'], root);
}

/** The same for zypper. */
export function addZypper(root: string, home: string): void {
  mkdirSync(join(root, 'var/lib/rpm'), { recursive: true });
  plant(root, 'etc/zypp/repos.d/local.repo', sourceOf(home));
  must('zypper', [`--root=${root}`, '--non-interactive', '--no-gpg-checks', 'refresh'], root);
}

/** True when this machine has all of these programs. */
export function hasAll(programs: readonly string[]): boolean {
  const folders = ['/usr/bin', '/usr/sbin', '/bin', '/sbin'];
  return programs.every((name) => folders.some((folder) => existsSync(join(folder, name))));
}
