// Proves each kind of rule on real files: a bad state is found, repaired and found good, and a second cycle changes nothing.
// @needs apt-get dpkg-deb dpkg-scanpackages dnf rpm rpmbuild createrepo_c
import { generateKeyPairSync } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { createSystemd } from '../kinds/services/systemd.ts';
import { makeContext, makeRoot, plant } from '../kinds/testing/context.ts';
import {
  addDnf,
  hasAll,
  makeAptRoot,
  makeRpmRepository,
  type Recipe,
} from '../kinds/testing/repositories.ts';
import { parseInstallCommands } from './facts/modules.ts';
import { parseSshdSettings } from './facts/sshd.ts';
import { serviceOnDevice } from './rules/service.ts';
import { makeDevice, type TestDevice, type Wish, wish } from './testing/machine.ts';
import { proveRepair, snapshot } from './testing/prove.ts';

/** A key of the server; the only form of keys that sshd and this runtime both know. */
function makeHostKey(path: string): void {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(path, privateKey.export({ type: 'sec1', format: 'pem' }), { mode: 0o600 });
}

const isRoot = process.getuid?.() === 0;
const ACCOUNTS = {
  'etc/passwd': 'root:x:0:0::/root:/bin/sh\nann:x:2001:2002::/home/ann:/bin/sh\n',
  'etc/group': 'root:x:0:\nshadow:x:42:\nann:x:2002:\n',
};

const UIDS: Readonly<Record<string, number>> = { root: 0, ann: 2001 };

t.test(
  'files: mode, owner, group and absence',
  { skip: !isRoot && 'only root changes owners' },
  async (t) => {
    const root = makeRoot(t, { ...ACCOUNTS, 'etc/shadow': 'x', 'etc/app.conf': 'x', 'etc/cron.deny': 'x' });
    chmodSync(join(root, 'etc/app.conf'), 0o666);
    chmodSync(join(root, 'etc/shadow'), 0o644);
    const device = await makeDevice(t, root);
    await proveRepair(t, device, {
      written: { file: { path: '/etc/app.conf', mode: '0640', owner: 'root', group: 'ann' } },
      found: /^mode 0666, owner root, group root$/,
    });
    await proveRepair(t, device, {
      written: { file: { path: '/etc/shadow', mode: '0640', owner: '0', group: 'shadow' } },
      found: /mode 0644/,
    });
    await proveRepair(t, device, {
      written: { file: { path: '/etc/cron.deny', state: 'absent' } },
      found: /mode/,
    });
    const { mode, gid } = statSync(join(root, 'etc/app.conf'));
    t.same([mode & 0o7777, gid], [0o640, 2002]);
    t.equal(device.programs.length, 0, 'no program was started');
  },
);

t.test('files that are found otherwise, and are not touched', { skip: !isRoot && 'only root' }, async (t) => {
  const root = makeRoot(t, { ...ACCOUNTS, 'srv/a': 'x', 'srv/tool': 'x', 'etc/muster/agent.json': '{}' });
  symlinkSync('a', join(root, 'srv/link'));
  symlinkSync('srv', join(root, 'alias'));
  plant(root, 'srv/twin', 'x');
  chmodSync(join(root, 'srv/twin'), 0o666);
  linkSync(join(root, 'srv/twin'), join(root, 'srv/twin2'));
  mkdirSync(join(root, 'srv/folder'));
  for (const path of ['etc', 'usr/bin', 'var/log'])
    mkdirSync(join(root, path), { recursive: true, mode: 0o755 });
  for (const path of ['etc', 'usr/bin', 'var/log']) chmodSync(join(root, path), 0o755);
  for (const path of ['srv/a', 'etc/passwd']) chmodSync(join(root, path), 0o644);
  const device = await makeDevice(t, root);
  const refused = async (file: object, code: string, state = 'drifted') => {
    const before = snapshot(root);
    t.match(await device.one(wish({ file })), { state, code, done: [] }, JSON.stringify(file));
    t.same(snapshot(root), before);
  };
  await refused({ path: '/srv/none', mode: '0600' }, 'E_NOT_FOUND');
  await refused({ path: '/srv/link', mode: '0600' }, 'E_PATH');
  await refused({ path: '/alias/a', mode: '0600' }, 'E_PATH', 'error');
  await refused({ path: '/srv/folder', state: 'absent' }, 'E_PATH');
  await refused({ path: '/etc/passwd', state: 'absent' }, 'E_PROTECTED');
  await refused({ path: '/etc/passwd', mode: '0600' }, 'E_PROTECTED');
  await refused({ path: '/etc/passwd', owner: 'ann' }, 'E_PROTECTED');
  await refused({ path: '/etc', mode: '0700' }, 'E_PROTECTED');
  await refused({ path: '/usr/bin', mode: '0754' }, 'E_PROTECTED');
  await refused({ path: '/srv/a', mode: '0666' }, 'E_PROTECTED');
  await refused({ path: '/srv/tool', mode: '4755' }, 'E_PROTECTED');
  await refused({ path: '/etc/muster/agent.json', mode: '0600' }, 'E_PATH');
  await refused({ path: '/srv/a', owner: 'nobody-here' }, 'E_NOT_FOUND', 'error');
  t.match(await device.one(wish({ file: { path: '/var/log', mode: '0750' } })), { state: 'repaired' });
  t.match(await device.one(wish({ file: { path: '/srv/twin', mode: '0600' } })), {
    ...{ state: 'error', code: 'E_REPAIR', reason: /second name/ },
  });
  t.equal(statSync(join(root, 'srv/twin')).mode & 0o777, 0o666, 'through its other name too');

  chmodSync(join(root, 'srv/tool'), 0o4755);
  chownSync(join(root, 'srv/tool'), 2001, 2002);
  chmodSync(join(root, 'srv/tool'), 0o4755);
  await refused({ path: '/srv/tool', owner: 'root', mode: '4755' }, 'E_PROTECTED');
  await refused({ path: '/srv/tool', owner: 'root' }, 'E_PROTECTED');
  await refused({ path: '/srv/tool', group: 'root' }, 'E_PROTECTED');
  t.match(await device.one(wish({ file: { path: '/srv/tool', owner: 'root', mode: '0755' } })), {
    state: 'repaired',
  });
  t.equal(statSync(join(root, 'srv/tool')).mode & 0o7777, 0o755, 'no rights of root come with the owner');
});

t.test(
  'files by which the device would be given or taken away',
  { skip: !isRoot && 'only root' },
  async (t) => {
    const texts = ['etc/passwd', 'etc/shadow', 'etc/ssl/private/web.key', 'etc/ssl/certs/ca.pem'];
    const programs = ['usr/bin/dpkg', 'usr/bin/bash', 'usr/local/bin/old', 'usr/lib/x86_64/libx.so'];
    const root = makeRoot(t, ACCOUNTS);
    for (const path of texts) plant(root, path, 'x');
    for (const path of programs) plant(root, path, 'x');
    const folders = ['etc', 'etc/sudoers.d', 'home', 'run', 'usr', 'usr/bin', 'var/lib', 'var/log'];
    for (const path of folders) mkdirSync(join(root, path), { recursive: true });
    for (const path of [...folders, ...programs]) chmodSync(join(root, path), 0o755);
    for (const path of texts) chmodSync(join(root, path), 0o600);
    plant(root, 'etc/passwd', ACCOUNTS['etc/passwd']);
    chmodSync(join(root, 'etc/passwd'), 0o644);
    const device = await makeDevice(t, root);
    const before = snapshot(root);
    const refused: readonly (readonly [path: string, rest: object, reason: RegExp])[] = [
      ['/etc', { owner: 'ann' }, /root alone/],
      ['/etc', { group: 'ann', mode: '0775' }, /root alone/],
      ['/etc/passwd', { group: 'ann', mode: '0664' }, /root alone/],
      ['/etc/sudoers.d', { mode: '1777' }, /root alone/],
      ['/usr', { owner: 'ann' }, /root alone/],
      ['/usr/bin', { group: 'ann', mode: '0775' }, /root alone/],
      ['/usr/bin/bash', { owner: 'ann' }, /root alone/],
      ['/var/lib', { owner: 'ann' }, /root alone/],
      ['/etc/shadow', { mode: '0644' }, /passwords/],
      ['/etc/shadow', { group: 'ann', mode: '0640' }, /passwords/],
      ['/etc/ssl/private/web.key', { owner: 'ann' }, /passwords/],
      ['/etc/ssl/private/web.key', { mode: '0604' }, /passwords/],
      ['/usr/bin/dpkg', { state: 'absent' }, /package/],
      ['/usr/lib/x86_64/libx.so', { state: 'absent' }, /package/],
      ['/usr/bin/bash', { mode: '0644' }, /nobody could run/],
      ['/run', { mode: '0700' }, /go through/],
      ['/var/lib', { mode: '0750' }, /go through/],
      ['/home', { mode: '0700' }, /go through/],
    ];
    for (const [path, rest, reason] of refused)
      t.match(
        await device.one(wish({ file: { path, ...rest } })),
        { state: 'drifted', code: 'E_PROTECTED', reason, done: [] },
        `${path} ${JSON.stringify(rest)}`,
      );
    t.same(snapshot(root), before);
    const made: readonly (readonly [path: string, rest: object])[] = [
      ['/etc/shadow', { group: 'shadow', mode: '0640' }],
      ['/etc/ssl/private/web.key', { mode: '0400' }],
      ['/etc/ssl/certs/ca.pem', { mode: '0644' }],
      ['/usr/bin/bash', { mode: '0750' }],
      ['/usr/local/bin/old', { state: 'absent' }],
      ['/home', { mode: '0711' }],
      ['/var/log', { group: 'ann', mode: '0775' }],
    ];
    for (const [path, rest] of made)
      t.match(
        await device.one(wish({ file: { path, ...rest } })),
        { state: 'repaired' },
        `${path} ${JSON.stringify(rest)}`,
      );
  },
);

const SYSCTL = { 'proc/sys/net/ipv4/ip_forward': '1\n', 'proc/sys/net/ipv4/tcp_rmem': '1\t2\t3\n' };

t.test('parameters of the kernel, now and at the next start', async (t) => {
  const root = makeRoot(t, {
    ...SYSCTL,
    ...{ 'etc/sysctl.conf': 'net.ipv4.ip_forward=1\n', 'proc/sys/net/ipv4/conf/eth0.7/rp_filter': '0\n' },
    ...{ 'proc/sys/kernel/core_pattern': 'core\n', 'proc/sys/kernel/modprobe': '/sbin/modprobe\n' },
    'usr/lib/sysctl.d/50-default.conf':
      '# all\nnet.ipv4.conf.*.rp_filter = 2\n-net.ipv4.conf.all.rp_filter\n',
    'usr/lib/systemd/systemd-sysctl': '',
  });
  mkdirSync(join(root, 'etc/sysctl.d'));
  symlinkSync('../sysctl.conf', join(root, 'etc/sysctl.d/99-sysctl.conf'));
  const device = await makeDevice(t, root);
  const read = (path: string) => readFileSync(join(root, path), 'utf8').trim();
  await proveRepair(t, device, {
    written: { sysctl: { key: 'net/ipv4/ip_forward', value: '0' } },
    found: /^1, and 1 at the next start by \/etc\/sysctl.d\/99-sysctl.conf$/,
  });
  t.equal(read('proc/sys/net/ipv4/ip_forward'), '0');
  await proveRepair(t, device, {
    written: { sysctl: { key: 'net.ipv4.tcp_rmem', value: '4 5 6' } },
    found: /^1 2 3$/,
  });
  await proveRepair(t, device, {
    written: { sysctl: { key: 'net.ipv4.conf.eth0/7.rp_filter', value: '1' } },
    found: /^0, and 2 at the next start by .*50-default/,
  });
  t.equal(read('proc/sys/net/ipv4/conf/eth0.7/rp_filter'), '1');
  // Right now, but not after the next start.
  plant(root, 'etc/sysctl.d/zzz.conf', 'net.ipv4.tcp_rmem = 9 9 9\n');
  const late = await device.one(wish({ sysctl: { key: 'net.ipv4.tcp_rmem', value: '4 5 6' } }));
  t.match(late, { state: 'error', code: 'E_UNVERIFIED', found: /9 9 9 at the next start by .*zzz/ });
  t.match(await device.one(wish({ sysctl: { key: 'net.ipv6.nothing', value: '1' } })), {
    state: 'not-applicable',
  });
  for (const [key, value] of [
    ['kernel.core_pattern', '|/bin/sh'],
    ['kernel.core_pattern', '/etc/cron.d/core'],
    ['kernel.modprobe', '/tmp/x'],
  ] as const)
    t.match(await device.one(wish({ sysctl: { key, value } })), { state: 'drifted', code: 'E_PROTECTED' });
  t.equal(read('proc/sys/kernel/core_pattern'), 'core');
  // As in an image in which somebody works: what is there is the kernel of this machine.
  const image = makeRoot(t);
  symlinkSync('/proc', join(image, 'proc'));
  const mounted = await makeDevice(t, image);
  t.match(await mounted.one(wish({ sysctl: { key: 'kernel.ostype', value: 'none' } })), {
    ...{ state: 'drifted', code: 'E_UNSUPPORTED', reason: /machine itself/, found: 'Linux' },
  });
});

t.test("the owner's word about a folder holds for every file that a policy would write there", async (t) => {
  const root = makeRoot(t, { ...SYSCTL, 'proc/modules': 'nfs 99 2 a,b Live 0x0\n' });
  const device = await makeDevice(t, root);
  device.denyRules = ['/etc/sysctl.d', '/etc/modprobe.d', '/etc/modules-load.d'].map((folder) => ({
    ...{ kinds: ['file.*'], names: [folder], reason: 'mine' },
  }));
  for (const written of [
    { sysctl: { key: 'net.ipv4.ip_forward', value: '0' } },
    { 'kernel-module': { name: 'cramfs', state: 'absent' } },
    { 'kernel-module': { name: 'cramfs', state: 'loaded' } },
  ])
    t.match(await device.one(wish(written)), { state: 'drifted', code: 'E_LOCAL_DENY', done: [] });
  t.notOk(existsSync(join(root, 'etc')), 'nothing was written');
});

t.test('modules of the kernel', async (t) => {
  const root = makeRoot(t, {
    'proc/modules': 'usb_storage 77824 0 - Live 0x0\nnfs 99 2 a,b Live 0x0\ne1000 50 0 - Live 0x0\n',
    ...{
      'proc/sys/kernel/osrelease': '6.1.0\n',
      'lib/modules/6.1.0/modules.builtin': 'kernel/fs/ext4/ext4.ko\n',
    },
    'etc/modprobe.d/blacklist.conf': 'blacklist cramfs\n',
    'usr/lib/modprobe.d/x.conf': 'install cramfs /sbin/modprobe --ignore-install cramfs\n',
  });
  mkdirSync(join(root, 'sys/class/net/eth0/device/driver'), { recursive: true });
  symlinkSync('../../../../module/e1000', join(root, 'sys/class/net/eth0/device/driver/module'));
  const device = await makeDevice(t, root);
  const absent = (name: string) => wish({ 'kernel-module': { name, state: 'absent' } });
  await proveRepair(t, device, {
    written: { 'kernel-module': { name: 'cramfs', state: 'absent' } },
    found: /not loaded, but would be/,
  });
  const half = await device.one(absent('usb-storage'));
  t.match(half, { state: 'error', code: 'E_UNSUPPORTED', found: 'loaded', done: [/Let nobody load/] });
  plant(root, 'proc/modules', 'nfs 99 2 a,b Live 0x0\ne1000 50 0 - Live 0x0\n');
  t.match(await device.one(absent('usb_storage')), { state: 'compliant' }, 'once it was unloaded');
  t.match(await device.one(absent('nfs')), { code: 'E_PROTECTED', reason: /in use/ });
  t.match(await device.one(absent('e1000')), { code: 'E_PROTECTED', reason: /network/ });
  t.match(await device.one(absent('ext4')), { code: 'E_UNSUPPORTED', found: /built into/ });
  const loaded = (name: string) => wish({ 'kernel-module': { name, state: 'loaded' } });
  t.match(await device.one(loaded('ext4')), { state: 'compliant' });
  t.match(await device.one(loaded('cramfs')), { state: 'error', code: 'E_UNSUPPORTED' });
  t.notOk(existsSync(join(root, 'etc/modprobe.d/00-muster-cramfs.conf')), 'the other wish is taken back');
  t.ok(existsSync(join(root, 'etc/modules-load.d/muster-cramfs.conf')));
  const nothing = await makeDevice(t, makeRoot(t));
  t.match(await nothing.one(absent('cramfs')), { state: 'not-applicable' });
  t.equal(device.programs.length + nothing.programs.length, 0, 'no program was started');
  const commands = parseInstallCommands([
    'install usb-storage \\\n /bin/false\n',
    'install usb_storage /bin/x',
  ]);
  t.same([...commands], [['usb_storage', '/bin/false']], 'the first command counts');
});

const UNIT = '[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n';
const INIT = `#!/bin/sh
folder=$(dirname "$0")
case "$1" in
  start) touch "$folder/demo.pid" ;;
  stop) rm -f "$folder/demo.pid" ;;
  status) [ -e "$folder/demo.pid" ] || exit 3 ;;
esac
`;

t.test(
  'services by unit files and init scripts',
  { skip: !hasAll(['systemctl']) && 'no systemctl' },
  async (t) => {
    const root = makeRoot(t, {
      ...{ 'run/systemd/system/.keep': '', 'usr/lib/systemd/system/demo.service': UNIT },
      'usr/lib/systemd/system/static.service': '[Service]\nExecStart=/bin/true\n',
      'usr/lib/systemd/system/muster-agent.service': UNIT,
    });
    mkdirSync(join(root, 'etc/systemd/system'), { recursive: true });
    symlinkSync('/dev/null', join(root, 'etc/systemd/system/masked.service'));
    const device = await makeDevice(t, root);
    const service = (name: string, rest: object) => wish({ service: { name, ...rest } });
    await proveRepair(t, device, {
      written: { service: { name: 'demo', enabled: true } },
      found: /is not enabled/,
    });
    await proveRepair(t, device, {
      written: { service: { name: 'demo', enabled: false } },
      found: /is enabled/,
    });
    t.equal(device.programs.length, 0, 'unit files answer');
    t.match(await device.one(service('nothere', { running: false })), { state: 'compliant' });
    t.match(await device.one(service('nothere', { running: true })), {
      state: 'drifted',
      code: 'E_NOT_FOUND',
    });
    t.match(await device.one(service('static', { enabled: false })), { state: 'compliant' });
    t.match(await device.one(service('static', { enabled: true })), { code: 'E_UNSUPPORTED' });
    t.match(await device.one(service('masked', { enabled: true })), { code: 'E_PROTECTED', found: /masked/ });
    await device.one(service('muster-agent', { enabled: true }));
    t.match(await device.one(service('muster-agent', { enabled: false })), { code: 'E_PROTECTED' }, 'stays');

    const old = makeRoot(t);
    plant(old, 'etc/init.d/demo', INIT, 0o755);
    const sysv = await makeDevice(t, old);
    await proveRepair(t, sysv, {
      written: { service: { name: 'demo', running: true } },
      found: /does not run/,
    });
    await proveRepair(t, sysv, { written: { service: { name: 'demo', running: false } }, found: /^runs/ });
    // What nothing enables is no hindrance on the way to stopping it.
    for (const name of ['static', 'masked']) {
      const [disable, stop] = serviceOnDevice.plan({ name, running: false, enabled: false });
      t.match(await disable?.plan(makeContext(root)), { state: 'holds' }, name);
      t.same([disable?.kinds, stop?.kinds], [['service.disable'], ['service.stop']]);
    }
    const none = await makeDevice(t, makeRoot(t));
    t.match(await none.one(service('demo', { running: true })), { state: 'not-applicable' });
  },
);

t.test('a running systemd is asked once about all services', async (t) => {
  const block = (id: string, active: string, load = 'loaded') =>
    `Id=${id}\nLoadState=${load}\nActiveState=${active}\nUnitFileState=enabled\n`;
  const asked: string[][] = [];
  const told = (output: string) =>
    makeContext('', {
      read: async ({ args }) => {
        asked.push(args.slice(args.indexOf('--') + 1));
        return { exit: 0, signal: null, timedOut: false, output };
      },
    });
  const systemd = createSystemd('/usr/bin/systemctl');
  const blocks = [
    block('a.service', 'active'),
    block('b.service', 'inactive'),
    block('c.service', '', 'not-found'),
  ];
  const names = ['a.service', 'b.service', 'c.service'];
  const states = await systemd.readStates?.(told(blocks.join('\n')), names);
  t.match(states, [{ id: 'a.service', active: true }, { id: 'b.service', active: false }, null]);
  t.same(asked.splice(0), [names]);
  await systemd.readStates?.(told(block('a.service', 'active')), names);
  t.same(
    asked,
    [names, ...names.map((name) => [name])],
    'blocks that are missing: each is asked about alone',
  );
});

const recipes: readonly Recipe[] = [
  { name: 'tool', version: '1.0', depends: 'liba' },
  { name: 'tool', version: '1.1', depends: 'liba' },
  { name: 'liba', version: '1.0' },
  { name: 'other', version: '2.0' },
  { name: 'base', version: '1.0', control: 'Essential: yes' },
];

/** What every package manager has to do alike. */
async function provePackages(t: Test, device: TestDevice, release: string): Promise<void> {
  const wanted = (name: string, state: string, version?: string) => ({
    package: { name, state, ...(version === undefined ? {} : { version: version + release }) },
  });
  const usr = join(device.root, 'usr');
  mkdirSync(usr, { recursive: true });
  const prove = (written: Wish, found: RegExp) => proveRepair(t, device, { written, found, touches: usr });
  await prove(wanted('tool', 'installed', '1.0'), /not installed/);
  t.equal(device.programs.length, 0, 'the database is a file');
  await prove(wanted('tool', 'latest'), /1\.0.*1\.1.* is offered/);
  t.match(await device.one(wish(wanted('tool', 'installed', '1.0'))), {
    state: 'drifted',
    code: 'E_PACKAGE',
  });
  await prove(wanted('other', 'installed'), /not installed/);
  await prove(wanted('tool', 'absent'), /1\.1/);
  t.match(await device.one(wish(wanted('nothere', 'installed'))), {
    state: 'drifted',
    code: /^E_(?:NOT_FOUND|PACKAGE)$/,
  });
  const many = await device.cycle(
    ...['other', 'liba', 'nothere'].map((name) => wish(wanted(name, 'latest'), 'audit')),
  );
  t.same(
    many.items.map(({ state }) => state),
    ['compliant', 'drifted', 'compliant'],
    'one question for all',
  );
  t.ok(device.programs.length <= 1, `${device.programs.length} programs`);
}

const aptTools = ['apt-get', 'dpkg', 'dpkg-deb', 'dpkg-scanpackages'];
t.test(
  'packages of apt in a root of their own',
  { skip: !hasAll(aptTools) && 'run this first: apt-get install -y dpkg-dev' },
  async (t) => {
    const root = makeRoot(t);
    makeAptRoot(root, recipes);
    const device = await makeDevice(t, root);
    await provePackages(t, device, '');
    const held = wish({ package: { name: 'other', state: 'held' } });
    t.match(await device.one(held), { state: 'repaired' });
    t.match(await device.one(held), { state: 'compliant', found: 'held at 2.0' });
    t.match(await device.one(wish({ package: { name: 'other', state: 'absent' } })), {
      ...{ state: 'drifted', code: 'E_PACKAGE', reason: /held/ },
    });
    t.match(await device.one(wish({ package: { name: 'base', state: 'installed' } })), { state: 'repaired' });
    t.match(await device.one(wish({ package: { name: 'base', state: 'absent' } })), { code: 'E_PROTECTED' });
  },
);

const rpmTools = ['dnf', 'rpm', 'rpmbuild', 'createrepo_c'];
const rpmSkip = !hasAll(rpmTools) && 'run this first: apt-get install -y dnf createrepo-c rpm';
t.test('packages of dnf in a root of their own', { skip: rpmSkip }, async (t) => {
  const root = makeRoot(t);
  makeRpmRepository(root, recipes);
  addDnf(root, root);
  const device = await makeDevice(t, root);
  await provePackages(t, device, '-1');
});

/** A server of another place than usual, for machines on which none is installed. */
const sshd = process.env.MUSTER_SSHD ?? '/usr/sbin/sshd';
const sshdSkip =
  (!existsSync(sshd) || !isRoot) && 'run this first, as root: apt-get install -y openssh-server';
t.test('settings of a real sshd', { skip: sshdSkip }, async (t) => {
  const root = makeRoot(t);
  plant(
    root,
    'etc/ssh/sshd_config',
    `Include ${root}/etc/ssh/sshd_config.d/*.conf\nPermitRootLogin yes\nPort 22\n`,
  );
  plant(root, 'etc/ssh/sshd_config.d/50-cloud.conf', 'PasswordAuthentication yes\nLoginGraceTime 2m\n');
  mkdirSync(join(root, 'usr/sbin'), { recursive: true });
  symlinkSync(sshd, join(root, 'usr/sbin/sshd'));
  makeHostKey(join(root, 'etc/ssh/ssh_host_ecdsa_key'));
  const device = await makeDevice(t, root);
  const prove = (option: string, value: string, found: RegExp) =>
    proveRepair(t, device, { written: { ssh: { option, value } }, found });
  await prove('PermitRootLogin', 'no', /^yes$/);
  await prove('passwordauthentication', 'no', /^yes$/);
  await prove('LoginGraceTime', '1m', /^120$/);
  // One that runs reads its settings anew, once a repair.
  plant(root, 'etc/init.d/ssh', '#!/bin/sh\n[ "$1" != reload ] || echo >> "$0.reloads"\n', 0o755);
  t.match(await device.one(wish({ ssh: { option: 'X11Forwarding', value: 'yes' } })), {
    ...{ state: 'repaired', done: [/Set X11Forwarding/, /Let ssh read/] },
  });
  t.equal(readFileSync(join(root, 'etc/init.d/ssh.reloads'), 'utf8'), '\n');
  const all = ['PermitRootLogin', 'PasswordAuthentication'].map((option) =>
    wish({ ssh: { option, value: 'no' } }),
  );
  t.match((await device.cycle(...all)).items, [{ state: 'compliant' }, { state: 'compliant' }]);
  t.equal(device.programs.length, 1, 'one question for all');

  const before = snapshot(root);
  t.match(await device.one(wish({ ssh: { option: 'Ciphers', value: 'none-such' } })), {
    ...{ state: 'error', code: 'E_UNSUPPORTED', reason: /Bad SSH2 cipher/ },
  });
  t.same(
    snapshot(root).map((line) => line.split(' ')[0]),
    before.map((line) => line.split(' ')[0]),
    'taken back',
  );
  t.match(await device.one(wish({ ssh: { option: 'Port', value: '2222' } })), {
    ...{ state: 'error', code: 'E_REPAIR', reason: /another line decides/, found: '22' },
  });
  const decided: readonly (readonly [option: string, value: string])[] = [
    ['AuthorizedKeysCommand', '/tmp/x'],
    ...['PidFile', 'ModuliFile', 'HostKeyAgent', 'HostKey'].map((option) => [option, '/etc/x'] as const),
    ...['/etc/shadow', '/proc/1/environ', '/root/.ssh/id_rsa'].map((value) => ['Banner', value] as const),
  ];
  for (const [option, value] of decided)
    t.match(
      await device.one(wish({ ssh: { option, value } })),
      { state: 'drifted', code: 'E_PROTECTED', done: [] },
      `${option} ${value}`,
    );
  await prove('Banner', '/etc/issue.net', /^none$/);
  await prove('HostKeyAlgorithms', 'ssh-ed25519,rsa-sha2-512', /./);
  plant(root, 'etc/ssh/sshd_config', 'PermitRootLogin yes\n');
  t.match(await device.one(wish({ ssh: { option: 'PermitRootLogin', value: 'no' } })), {
    ...{ state: 'drifted', code: 'E_UNSUPPORTED', reason: /includes no files/ },
  });
  plant(root, 'etc/ssh/sshd_config', 'Nonsense\n');
  t.match(await device.one(wish({ ssh: { option: 'PermitRootLogin', value: 'no' } })), {
    ...{ state: 'error', code: 'E_UNSUPPORTED', reason: /Nonsense/ },
  });
});

t.test('what sshd prints is read in the one spelling of rules', async (t) => {
  const settings = parseSshdSettings(
    'port 22\nport 2222\npermitrootlogin without-password\nbanner none\nlogingracetime 120\n',
  );
  t.equal(settings.find('PermitRootLogin'), 'prohibit-password');
  t.equal(settings.find('Port'), '22 2222');
  t.equal(settings.find('LoginGraceTime'), '120');
  t.equal(settings.find('Ciphers'), null);
});

t.test(
  'whatever mode and owner a file has, it ends as wanted or stays as it was',
  { skip: !isRoot && 'only root' },
  async (t) => {
    const root = makeRoot(t, { ...ACCOUNTS, 'srv/file': 'x' });
    const path = join(root, 'srv/file');
    const device = await makeDevice(t, root);
    const mode = fc.integer({ min: 0, max: 0o7777 });
    const id = fc.constantFrom(0, 2001, 4000);
    const owner = fc.constantFrom(undefined, 'root', 'ann', '4000');
    await fc.assert(
      fc.asyncProperty(mode, id, mode, owner, async (from, uid, to, wantedOwner) => {
        chownSync(path, uid, 0);
        chmodSync(path, from);
        const text = to.toString(8).padStart(4, '0');
        const wanted = {
          path: '/srv/file',
          mode: text,
          ...(wantedOwner === undefined ? {} : { owner: wantedOwner }),
        };
        // Each wish is another item's for the memory, or flapping would end the property.
        device.nowMs += 2 * 86_400_000;
        const first = await device.one(wish({ file: wanted }));
        const now = statSync(path);
        const wantedUid = wantedOwner === undefined ? uid : (UIDS[wantedOwner] ?? 4000);
        const isAsWanted = (now.mode & 0o7777) === to && now.uid === wantedUid;
        if (first.state === 'drifted') {
          if (first.code !== 'E_PROTECTED' || (now.mode & 0o7777) !== from || now.uid !== uid) return false;
          return (to & 0o6002) !== 0;
        }
        return isAsWanted && (await device.one(wish({ file: wanted }))).state === 'compliant';
      }),
      { numRuns: 60 },
    );
  },
);

t.test('whatever files set and the kernel has, a parameter ends as wanted', async (t) => {
  const root = makeRoot(t, { ...SYSCTL, 'etc/os-release': '' });
  const device = await makeDevice(t, root);
  const value = fc.constantFrom('0', '1', '2', '-1', '4096 87380 6291456');
  const line = fc.tuple(
    fc.constantFrom(
      'net.ipv4.ip_forward',
      'net/ipv4/ip_forward',
      '-net.ipv4.ip_forward',
      'net.ipv4.*',
      '# net.ipv4.ip_forward',
    ),
    value,
    fc.constantFrom('=', ' = ', '  =\t'),
  );
  const file = fc.tuple(
    fc.constantFrom('etc/sysctl.d', 'run/sysctl.d', 'usr/lib/sysctl.d'),
    fc.constantFrom('10-a.conf', '99-b.conf', 'zz-c.conf', 'readme'),
    fc.array(line, { maxLength: 4 }),
  );
  await fc.assert(
    fc.asyncProperty(value, fc.array(file, { maxLength: 4 }), value, async (running, files, wanted) => {
      for (const [folder] of files) rmSync(join(root, folder), { recursive: true, force: true });
      plant(root, 'proc/sys/net/ipv4/ip_forward', `${running.replaceAll(' ', '\t')}\n`);
      for (const [folder, name, lines] of files)
        plant(
          root,
          `${folder}/${name}`,
          `${lines.map((parts) => [parts[0], parts[2], parts[1]].join('')).join('\n')}\n`,
        );
      device.nowMs += 2 * 86_400_000;
      const item = wish({ sysctl: { key: 'net.ipv4.ip_forward', value: wanted } });
      const first = await device.one(item);
      if (first.state !== 'compliant' && first.state !== 'repaired') return false;
      const isSet =
        readFileSync(join(root, 'proc/sys/net/ipv4/ip_forward'), 'utf8').trim().replace(/\s+/g, ' ') ===
        wanted;
      return isSet && (await device.one(item)).state === 'compliant';
    }),
    { numRuns: 60 },
  );
});
