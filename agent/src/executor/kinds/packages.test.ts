// Proves the package kinds with real package managers in throw-away roots, on packages that this test makes.
// @needs apt-get dpkg-deb dpkg-scanpackages dnf zypper rpm rpmbuild createrepo_c
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Check, KindContext } from './kind.ts';
import { packageHold } from './package-hold.ts';
import { packageInstall } from './package-install.ts';
import { packageRemove } from './package-remove.ts';
import { packageUnhold } from './package-unhold.ts';
import { packageUpgrade } from './package-upgrade.ts';
import { createApk, parseApkPlan, parseApkRows } from './packages/apk.ts';
import { parseAptPlan } from './packages/apt.ts';
import { parseDnfPlan } from './packages/dnf.ts';
import { isRunningKernel } from './packages/judge.ts';
import { parseZypperPlan } from './packages/zypper.ts';
import { carryOut, makeContext, makeRoot, plant } from './testing/context.ts';
import {
  addDnf,
  addZypper,
  hasAll,
  makeAptRoot,
  makeRpmRepository,
  type Recipe,
} from './testing/repositories.ts';

const recipes: readonly Recipe[] = [
  { name: 'tool', version: '1.0', depends: 'liba' },
  { name: 'tool', version: '1.1', depends: 'liba' },
  { name: 'liba', version: '1.0' },
  { name: 'base', version: '1.0', depends: 'liba', control: 'Essential: yes' },
  { name: 'guard', version: '1.0', control: 'Protected: yes' },
  { name: 'foo', version: '1.0' },
  { name: 'foox', version: '1.0' },
  { name: 'muster-agent', version: '1.0' },
];

/** A package manager in its root; `release` is what it appends to versions. */
interface Manager {
  readonly context: KindContext;
  readonly release: string;
  readonly canHold: boolean;
}

const exact = (name: string, version = '') => ({ packages: [{ name, version }] });
const names = (...list: string[]) => ({ names: list });

function refusal(check: Check): string {
  return check.state === 'refused' ? check.code : `${check.state}: ${check.summary}`;
}

function versionOf(root: string, name: string): string | null {
  const path = join(root, 'usr/share', name, 'version');
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : null;
}

/** Holding and releasing, and what a hold forbids. */
async function walkHolds(t: Test, { context, release }: Manager): Promise<void> {
  t.equal((await carryOut(packageHold, names('tool'), context)).missing, null, 'held');
  t.equal((await packageHold.check(names('tool'), context)).state, 'holds');
  t.equal(
    refusal(await packageInstall.check(exact('tool', `1.1${release}`), context)),
    'E_PACKAGE',
    'stays as it is',
  );
  t.equal(refusal(await packageRemove.check(names('tool'), context)), 'E_PACKAGE', 'stays there');
  t.equal((await carryOut(packageUnhold, names('tool'), context)).missing, null, 'released');
  t.equal((await packageUnhold.check(names('tool'), context)).state, 'holds');
  t.equal(refusal(await packageHold.check(names('nothere'), context)), 'E_NOT_FOUND');
}

/** What is asked for and not there, or there under another name. */
async function walkRefusals(t: Test, { context, release }: Manager): Promise<void> {
  const NONE = /^E_(?:NOT_FOUND|PACKAGE)$/;
  t.equal(
    refusal(await packageInstall.check(exact('tool', `1.0${release}`), context)),
    'E_PACKAGE',
    'nothing older',
  );
  t.match(refusal(await packageInstall.check(exact('nothere'), context)), NONE);
  t.match(refusal(await packageInstall.check(exact('tool', `9.9${release}`), context)), NONE);
  t.match(refusal(await packageInstall.check(exact('fo.x'), context)), NONE, 'a pattern is a name');
  t.match(refusal(await packageUpgrade.check(names('foo'), context)), NONE, 'not installed');
  t.equal((await packageRemove.check(names('foo'), context)).state, 'holds', 'gone already');
}

/** What every package manager has to do alike. */
async function walk(t: Test, manager: Manager): Promise<void> {
  const { context, release, canHold } = manager;
  const { root } = context;
  const first = await carryOut(packageInstall, exact('tool', `1.0${release}`), context);
  t.ok(
    first.check.summary.includes(`install liba 1.0${release}`),
    `says the dependency: ${first.check.summary}`,
  );
  t.match(first.ended, { exit: 0 });
  t.equal(first.missing, null);
  t.equal(versionOf(root, 'tool'), '1.0');
  t.equal((await packageInstall.check(exact('tool', `1.0${release}`), context)).state, 'holds');
  if (canHold) await walkHolds(t, manager);

  plant(root, 'etc/tool.conf', 'by hand\n');
  const upgrade = await carryOut(packageUpgrade, names('tool'), context);
  t.match(upgrade.ended, { exit: 0 });
  t.equal(upgrade.missing, null);
  t.equal(versionOf(root, 'tool'), '1.1');
  t.equal(
    readFileSync(join(root, 'etc/tool.conf'), 'utf8'),
    'by hand\n',
    'a changed configuration file stays',
  );
  t.equal((await packageUpgrade.check(names(), context)).state, 'holds', 'nothing more to upgrade');
  await walkRefusals(t, manager);

  t.equal((await carryOut(packageInstall, exact('muster-agent'), context)).missing, null);
  t.equal(
    refusal(await packageRemove.check(names('muster-agent'), context)),
    'E_PROTECTED',
    'the agent stays',
  );
  t.equal((await carryOut(packageInstall, exact('base'), context)).missing, null);
  t.match(refusal(await packageRemove.check(names('base'), context)), /^E_PROTECTED$/, 'named');
  const dragged = await packageRemove.check(names('liba'), context);
  t.match(refusal(dragged), /^E_P(?:ROTECTED|ACKAGE)$/, 'dragged along');
  t.match(dragged.summary, /base/);
}

/** Removing for real, what depends on it included. */
async function walkRemoval(t: Test, context: KindContext): Promise<void> {
  const gone = await carryOut(packageRemove, names('tool'), context);
  t.match(gone.ended, { exit: 0 });
  t.equal(gone.missing, null);
  t.equal(versionOf(context.root, 'tool'), null);
  t.equal(versionOf(context.root, 'liba'), '1.0', 'what came with it stays');
}

const aptTools = ['apt-get', 'dpkg', 'dpkg-deb', 'dpkg-scanpackages'];
t.test(
  'packages of apt in a root of their own',
  { skip: !hasAll(aptTools) && 'run this first: apt-get install -y dpkg-dev' },
  async (t) => {
    const root = makeRoot(t);
    makeAptRoot(root, recipes);
    const context = makeContext(root);
    await walk(t, { context, release: '', canHold: true });
    t.equal((await carryOut(packageInstall, exact('guard'), context)).missing, null);
    t.equal(refusal(await packageRemove.check(names('guard'), context)), 'E_PROTECTED', 'Protected');

    // apt reads a closing minus as "remove" and a closing plus as "install".
    t.equal((await carryOut(packageInstall, exact('foo'), context)).missing, null);
    t.equal(refusal(await packageInstall.check(exact('foo-'), context)), 'E_NOT_FOUND');
    t.equal((await packageRemove.check(names('foox+'), context)).state, 'holds');
    await walkRemoval(t, context);

    const before = await carryOut(packageInstall, exact('tool', '1.0'), context);
    t.equal(before.missing, null);
    const all = await carryOut(packageUpgrade, names(), context);
    t.match(all.check.summary, /upgrade tool 1\.0 to 1\.1/);
    t.equal(versionOf(root, 'tool'), '1.1', 'an empty list upgrades all');
  },
);

const rpmTools = ['dnf', 'zypper', 'rpm', 'rpmbuild', 'createrepo_c'];
const rpmSkip = !hasAll(rpmTools) && 'run this first: apt-get install -y dnf zypper createrepo-c rpm';
t.test('packages of dnf and zypper in roots of their own', { skip: rpmSkip }, async (t) => {
  const dnfRoot = makeRoot(t);
  const zypperRoot = makeRoot(t);
  // rpm has no essential flag; glibc is on our own list.
  makeRpmRepository(dnfRoot, [...recipes, { name: 'glibc', version: '1.0', depends: 'liba' }]);
  addDnf(dnfRoot, dnfRoot);
  addZypper(zypperRoot, dnfRoot);

  plant(dnfRoot, 'etc/dnf/protected.d/base.conf', 'base\n');
  const dnf = makeContext(dnfRoot);
  await t.test('dnf', (t) => walk(t, { context: dnf, release: '-1', canHold: false }));
  t.equal(
    refusal(await packageHold.check(names('tool'), dnf)),
    'E_UNSUPPORTED',
    'no versionlock plugin here',
  );
  plant(dnfRoot, 'etc/dnf/protected.d/base.conf', '');
  await walkRemoval(t, dnf);

  const zypper = makeContext(zypperRoot);
  await t.test('zypper', async (t) => {
    t.equal(
      (await carryOut(packageInstall, exact('glibc', '1.0'), zypper)).missing,
      null,
      'without a release',
    );
    t.equal(refusal(await packageRemove.check(names('liba'), zypper)), 'E_PROTECTED', 'glibc would go too');
    await carryOut(packageInstall, exact('tool', '1.0-1'), zypper);
    await walkHolds(t, { context: zypper, release: '-1', canHold: true });
    const upgrade = await carryOut(packageUpgrade, names('tool'), zypper);
    t.match(upgrade, { missing: null, ended: { exit: 0 } });
    t.equal(versionOf(zypperRoot, 'tool'), '1.1');
    t.equal((await packageUpgrade.check(names(), zypper)).state, 'holds');
    await walkRefusals(t, { context: zypper, release: '-1', canHold: true });
    await walkRemoval(t, zypper);
  });
});

t.test('output of package managers that is cut or unknown is no plan', async (t) => {
  const ended = (output: string, exit = 0) => ({ exit, signal: null, timedOut: false, output });
  const apt = parseAptPlan(ended('Inst tool [1.0] (1.1 stable [all])\n'));
  t.match(apt, { refusal: /whole/ }, 'apt without its first line');
  t.match(parseAptPlan(ended('E: Unable to locate package x\n', 100)), { refusal: /locate package x/ });
  t.same(parseAptPlan(ended('Reading package lists...\nRemv a:i386 [1]\nPurg b [2]\nInst c (3 x [all])\n')), {
    changes: [
      { name: 'a', from: '1', to: '' },
      { name: 'b', from: '2', to: '' },
      { name: 'c', from: '', to: '3' },
    ],
  });
  const table = [
    'Dependencies resolved.',
    '=====',
    ' Package   Arch  Version  Repo  Size',
    '=====',
    'Upgrading:',
    ' a-package-with-a-name-that-is-much-too-long-for-its-column',
    '           x86_64   1:2.0-1.el9   appstream   1.2 M',
    '     replacing  elder.noarch 1.0-1.el9',
    'Removing:',
    ' kernel-core  x86_64  5.14.0-1.el9  @baseos  0  ',
    '',
    'Transaction Summary',
    '=====',
    'Upgrade  1 Package',
    'Remove   1 Package',
  ];
  t.same(parseDnfPlan(ended(table.join('\n'), 1)), {
    changes: [
      { name: 'a-package-with-a-name-that-is-much-too-long-for-its-column', from: '?', to: '1:2.0-1.el9' },
      { name: 'elder', from: '1.0-1.el9', to: '' },
      { name: 'kernel-core', from: '5.14.0-1.el9', to: '' },
    ],
  });
  t.match(parseDnfPlan(ended(table.filter((line) => !line.includes('kernel')).join('\n'), 1)), {
    refusal: /whole/,
  });
  t.match(parseZypperPlan(ended('<stream></stream>')), { refusal: /./ });
});

t.test('apk is known by what it prints', async (t) => {
  const ended = (output: string, exit = 0) => ({ exit, signal: null, timedOut: false, output });
  const printed =
    '(1/3) Installing liba (1.0-r0)\n(2/3) Upgrading tool (1.0-r0 -> 1.1-r1)\n(3/3) Purging old (1-r0)\nOK: 9 MiB in 14 packages\n';
  t.same(parseApkPlan(ended(printed)), {
    changes: [
      { name: 'liba', from: '', to: '1.0-r0' },
      { name: 'tool', from: '1.0-r0', to: '1.1-r1' },
      { name: 'old', from: '1-r0', to: '' },
    ],
  });
  t.match(parseApkPlan(ended(printed.slice(printed.indexOf('(2/3)')))), { refusal: /whole/ });
  t.match(parseApkPlan(ended('ERROR: unable to select packages:\n  nothere (no such package):\n', 1)), {
    refusal: /nothere/,
  });
  t.same(
    parseApkRows(
      'busybox-binsh-1.36.1-r5 x86_64 {busybox} (GPL-2.0-only) [installed]\nx-1-r0 x86_64 {x} (MIT)\n',
    ),
    [{ name: 'busybox-binsh', version: '1.36.1-r5', essential: false }],
  );
  const apk = createApk({ apk: '/sbin/apk' }, '');
  t.same(apk.apply({ act: 'install', packages: [{ name: 'tool', version: '1.1-r1' }] }).args, [
    '--no-progress',
    '--wait=300',
    'add',
    '--',
    'tool=1.1-r1',
  ]);
});

t.test('the kernel that runs is known by its release', async (t) => {
  t.ok(isRunningKernel('linux-image-6.1.0-18-amd64', '6.1.76-1', '6.1.0-18-amd64'));
  t.notOk(isRunningKernel('linux-image-6.1.0-17-amd64', '6.1.69-1', '6.1.0-18-amd64'));
  t.ok(isRunningKernel('kernel-core', '5.14.0-427.el9', '5.14.0-427.el9.x86_64'));
  t.ok(isRunningKernel('kernel-default', '5.14.21-150400.24.21.2', '5.14.21-150400.24.21-default'));
  t.ok(isRunningKernel('linux-lts', '6.6.7-r0', '6.6.7-0-lts'));
  t.notOk(isRunningKernel('nginx', '1.0', '6.6.7-0-lts'));
});
