// Proves the cycle: what is never changed, what is not tried again, what a crash leaves, and the subcommand that runs one.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { createDisk } from '../../platform/disk.ts';
import type { Ended, Program } from '../kinds/kind.ts';
import { makeContext, makeRoot, plant } from '../kinds/testing/context.ts';
import { program } from '../testing/house.ts';
import type { ItemReport } from './cycle.ts';
import { draw } from './local.ts';
import { openMemory } from './memory.ts';
import { parseResolved } from './resolved.ts';
import { makeDevice, type TestDevice, wish } from './testing/machine.ts';

const HOUR_MS = 3_600_000;
const app = wish({ file: { path: '/etc/app.conf', mode: '0600' } });

async function until(holds: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 60_000; !holds(); ) {
    if (Date.now() > deadline) throw new Error('what was waited for did not come');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A device whose one file is open to all. */
async function makeOpenDevice(t: Parameters<typeof makeDevice>[0]): Promise<TestDevice> {
  const root = makeRoot(t as never, { 'etc/app.conf': 'x', 'etc/b.conf': 'x' });
  chmodSync(join(root, 'etc/app.conf'), 0o644);
  return makeDevice(t, root);
}

const modeOf = ({ root }: TestDevice, path = 'etc/app.conf') => statSync(join(root, path)).mode & 0o777;

t.test(
  'nothing is changed by who only looks, where nobody decides, or where the owner forbids it',
  async (t) => {
    const device = await makeOpenDevice(t);
    t.match(await device.one({ ...app, mode: 'audit' }), { state: 'drifted', code: '' });
    const denials = [
      { kinds: ['policy.*'] },
      { kinds: ['*'] },
      { kinds: ['policy.file'], names: ['/etc'] },
      { kinds: ['file.put'], names: ['/etc/app.conf'] },
    ];
    for (const rule of denials) {
      device.denyRules = [{ ...rule, reason: 'mine' }];
      t.match(await device.one(app), { state: 'drifted', code: 'E_LOCAL_DENY', reason: /mine/, done: [] });
      t.equal(modeOf(device), 0o644, JSON.stringify(rule));
    }
    device.denyRules = [{ kinds: ['policy.sysctl', 'package.*'], reason: 'another' }];
    t.match(await device.one(app), { state: 'repaired' });
    t.equal(modeOf(device), 0o600);
    const [undecided] = parseResolved(JSON.stringify([{ ...app, decided: false }]), 'x');
    t.match(undecided, { mode: 'audit', decided: false });
  },
);

t.test('the failure of one rule stops no other', async (t) => {
  const device = await makeOpenDevice(t);
  plant(device.root, 'var/lib/rpm/rpmdb.sqlite', 'no database');
  const report = await device.cycle(
    wish({ package: { name: 'a', state: 'installed' } }),
    wish({ file: { path: '/etc/none/x', mode: '0600' } }),
    wish({ file: { path: '/etc/b.conf', owner: 'nobody-here' } }),
    app,
  );
  const states = Object.fromEntries(report.items.map(({ item, state, code }) => [item, `${state} ${code}`]));
  t.match(states, {
    'package.a': /^(?:error E_FILE|not-applicable )$/,
    'file./etc/none/x': 'drifted E_NOT_FOUND',
    'file./etc/b.conf': 'error E_NOT_FOUND',
    'file./etc/app.conf': 'repaired ',
  });
  t.equal(report.changes.length, 4);
  const next = await device.cycle(app);
  t.same(
    [...next.gone].toSorted(),
    ['file./etc/b.conf', 'file./etc/none/x', 'package.a'],
    'what no rule names',
  );
  t.same(
    next.changes.map(({ state }) => state),
    ['compliant'],
  );
  t.same((await device.cycle(app)).gone, []);
});

t.test('what keeps flipping back is left alone after three repairs, for a day', async (t) => {
  const device = await makeOpenDevice(t);
  const flip = () => chmodSync(join(device.root, 'etc/app.conf'), 0o644);
  for (let times = 0; times < 3; times++) {
    flip();
    const report = await device.cycle(app);
    t.match(report.changes, [{ state: 'repaired', sinceMs: device.nowMs }], 'each repair is told');
    device.nowMs += HOUR_MS;
  }
  flip();
  t.match(await device.one(app), { state: 'drifted', code: 'E_FLAPPING', done: [] });
  t.equal(modeOf(device), 0o644);
  await device.restart();
  t.match(await device.one(app), { code: 'E_FLAPPING' }, 'a restart forgets nothing');
  const stricter = wish({ file: { path: '/etc/app.conf', mode: '0400' } });
  t.match(await device.one(stricter), { state: 'repaired' }, 'another wish begins from nothing');
  flip();
  t.match(await device.one(app), { state: 'repaired' });
  for (let times = 0; times < 2; times++) {
    flip();
    await device.one(app);
  }
  flip();
  t.match(await device.one(app), { code: 'E_FLAPPING' });
  device.nowMs += 25 * HOUR_MS;
  t.match(await device.one(app), { state: 'repaired' }, 'a day later');
  device.nowMs -= 100 * HOUR_MS;
  flip();
  t.match(await device.one(app), { state: 'repaired' }, 'repairs of the future do not count');
});

t.test('a try that failed is followed by a pause that doubles', async (t) => {
  const device = await makeOpenDevice(t);
  linkSync(join(device.root, 'etc/app.conf'), join(device.root, 'etc/twin'));
  let tries = 0;
  let told = 0;
  for (let minute = 0; minute < 24 * 60; minute += 5) {
    const report = await device.cycle(app);
    if (device.memory.get(app.item)?.failedAtMs === device.nowMs) {
      t.match(report.items, [{ state: 'error', code: 'E_REPAIR', reason: /second name/ }]);
      tries++;
    }
    told += report.changes.length;
    device.nowMs += 5 * 60_000;
  }
  t.equal(told, 1, 'the same error is told once');
  t.equal(tries, 7, '15 minutes, 30, 60 …: seven tries in a day');
  t.match(await device.one({ ...app, mode: 'audit' }), { state: 'drifted', code: '' });
  device.nowMs += 60_000;
  t.match(
    await device.one(app),
    { state: 'error', code: 'E_REPAIR', reason: /pause/ },
    'looking ends no pause',
  );
  rmSync(join(device.root, 'etc/twin'));
  device.nowMs += 24 * HOUR_MS;
  t.match(await device.one(app), { state: 'repaired' });
  t.match(await device.one(app), { state: 'compliant' });
  t.equal(device.memory.get(app.item)?.failures, 0);
});

const INIT = `#!/bin/sh
folder=$(dirname "$0")
case "$1" in
  start) touch "$0.pid" ;;
  status) [ -e "$0.pid" ] || exit 3 ;;
esac
`;
const demo = wish({ service: { name: 'demo', running: true } });

/** A device with a service, whose start never ends: the moment at which an executor dies. */
async function makeHanging(t: Parameters<typeof makeDevice>[0]) {
  const root = makeRoot(t as never);
  plant(root, 'etc/init.d/demo', INIT, 0o755);
  const device = await makeDevice(t, root);
  const real = makeContext(root).read;
  let starts = 0;
  let begun: () => void = () => undefined;
  device.read = (asked) => {
    if (asked.args[0] !== 'start') return real(asked);
    starts++;
    begun();
    return new Promise<Ended>(() => undefined);
  };
  const crash = async () => {
    const started = new Promise<void>((resolve) => {
      begun = resolve;
    });
    void device.cycle(demo);
    await started;
    await device.restart();
  };
  return { device, crash, starts: () => starts };
}

t.test('a repair is written down before it begins, and not begun twice after a crash', async (t) => {
  const { device, crash, starts } = await makeHanging(t);
  await crash();
  t.match(device.memory.get(demo.item), { state: 'applying', begunAtMs: device.nowMs });
  device.isUnderWay = true;
  t.match(await device.one(demo), { state: 'applying', done: [] }, 'what it left running is waited for');
  device.isUnderWay = false;
  plant(device.root, 'etc/init.d/demo.pid', '');
  t.match(await device.one(demo), { state: 'repaired', done: [/interrupted/] }, 'it has taken effect');
  t.match(await device.one(demo), { state: 'compliant' });
  t.equal(starts(), 1);
});

t.test('a repair that takes the executor down is not tried for ever', async (t) => {
  const { device, crash, starts } = await makeHanging(t);
  for (let times = 1; times <= 3; times++) {
    await crash();
    t.match(await device.one(demo), { state: 'error', code: times < 3 ? 'E_INTERRUPTED' : 'E_CRASHED' });
    t.match(await device.one(demo), { state: 'error', code: times < 3 ? 'E_INTERRUPTED' : 'E_CRASHED' });
    t.equal(starts(), times, 'a pause comes first');
    device.nowMs += 30 * HOUR_MS;
  }
  device.isUnderWay = true;
  t.match(await device.one(demo), { state: 'error', code: 'E_CRASHED' });
  device.nowMs += 1_000 * HOUR_MS;
  t.match(await device.one(demo), { code: 'E_CRASHED' }, 'nor ever');
  t.equal(starts(), 3);
  plant(device.root, 'etc/init.d/demo.pid', '');
  t.match(await device.one(demo), { state: 'compliant' }, 'until somebody else has done it');
});

/** Tells what the first line says: of a file that it is asked about, else of the folder and then its own. */
const SSHD = `#!/bin/sh
cd "$(dirname "$0")/../../etc/ssh" || exit 1
[ "\${3##*/}" = sshd_config ] || asked=$3
cat $asked sshd_config.d/*.conf sshd_config 2>/dev/null | tr 'A-Z' 'a-z' | sed -n '/^x11forwarding /{p;q;}'
`;
const RELOADED = '#!/bin/sh\ncase "$1" in reload) echo >> "$0.reloads"; exit "$(cat "$0.ends")" ;; esac\n';
const forwarding = wish({ ssh: { option: 'X11Forwarding', value: 'no' } });

/** A device with an sshd that runs, of which nobody sees what it has read. */
async function makeSshDevice(t: Parameters<typeof makeDevice>[0]): Promise<TestDevice> {
  const root = makeRoot(t as never, {
    'etc/ssh/sshd_config': 'Include /etc/ssh/sshd_config.d/*.conf\nX11Forwarding yes\n',
  });
  plant(root, 'usr/sbin/sshd', SSHD, 0o755);
  plant(root, 'etc/init.d/ssh', RELOADED, 0o755);
  plant(root, 'etc/init.d/ssh.ends', '1');
  return makeDevice(t, root);
}

t.test('a setting that sshd may not have read is not told as good', async (t) => {
  const device = await makeSshDevice(t);
  const reloads = () => readFileSync(join(device.root, 'etc/init.d/ssh.reloads'), 'utf8').length;
  const failed = { state: 'error', code: 'E_REPAIR', found: 'no' };
  t.match(await device.one(forwarding), { ...failed, done: [/Set X11Forwarding/] });
  t.match(await device.one(forwarding), { ...failed, done: [] }, 'a pause, though its file is there');
  t.match(await device.one({ ...forwarding, mode: 'audit' }), { state: 'compliant' });
  device.nowMs += HOUR_MS;
  t.match(await device.one(forwarding), failed, 'looking pays no debt');
  t.equal(reloads(), 2);
  plant(device.root, 'etc/init.d/ssh.ends', '0');
  device.nowMs += HOUR_MS;
  device.denyRules = [{ kinds: ['service.*'], names: ['ssh'], reason: 'mine' }];
  t.match(await device.one(forwarding), { state: 'drifted', code: 'E_LOCAL_DENY', done: [] });
  t.match(await device.one(forwarding), { state: 'drifted', code: 'E_LOCAL_DENY' }, 'nor does the owner');
  device.denyRules = [];
  t.match(await device.one(forwarding), { state: 'repaired', done: [/Let ssh read/] });
  t.match(await device.one(forwarding), { state: 'compliant', done: [] });
  t.equal(reloads(), 3);
});

t.test('a crash in front of the reload leaves it owed, and no file that sshd would refuse', async (t) => {
  const device = await makeSshDevice(t);
  plant(device.root, 'etc/init.d/ssh.ends', '0');
  const real = makeContext(device.root).read;
  const folder = join(device.root, 'etc/ssh/sshd_config.d');
  const own = join(folder, '00-muster-x11forwarding.conf');
  const crashAt = async (isThere: (asked: Program) => boolean) => {
    const begun = new Promise<void>((resolve) => {
      device.read = (asked) => {
        if (!isThere(asked)) return real(asked);
        resolve();
        return new Promise<Ended>(() => undefined);
      };
    });
    void device.cycle(forwarding);
    await begun;
    device.read = null;
    await device.restart();
  };
  await crashAt(() => existsSync(folder));
  t.same(readdirSync(folder), ['.muster-draft'], 'what sshd has not taken yet is where it does not look');
  t.match(await device.one(forwarding), { state: 'error', code: 'E_INTERRUPTED', found: 'yes' });
  device.nowMs += HOUR_MS;
  await crashAt(({ args }) => args[0] === 'reload');
  t.same(readdirSync(folder), ['00-muster-x11forwarding.conf']);
  t.match(await device.one(forwarding), { state: 'error', code: 'E_INTERRUPTED', found: 'no' });
  device.nowMs += 3 * HOUR_MS;
  t.match(await device.one(forwarding), { state: 'repaired', done: [/Let ssh read/] });
  t.match(readFileSync(own, 'utf8'), /X11Forwarding no/);
});

t.test('more items than one batch of the journal has room for', async (t) => {
  const device = await makeOpenDevice(t);
  const long = Array.from({ length: 4 }, () => 'x'.repeat(240)).join('/');
  const many = Array.from({ length: 1_000 }, (_, at) =>
    wish({ file: { path: `/${at}/${long}`, mode: '0600' } }, 'audit'),
  );
  const { changes } = await device.cycle(app, ...many);
  t.equal(changes.length, 1_001);
  await device.restart();
  t.equal(device.memory.items().length, 1_001);
  t.same((await device.cycle(app, ...many)).changes.length, 1);
  t.equal((await device.cycle(app)).gone.length, 1_000);
  await device.restart();
  t.same(device.memory.items(), [app.item]);
});

t.test('a cycle that has used its time begins nothing more', async (t) => {
  const root = makeRoot(t);
  for (const name of ['a', 'b']) plant(root, `etc/init.d/${name}`, INIT, 0o755);
  const device = await makeDevice(t, root);
  const real = makeContext(root).read;
  device.read = (asked) => {
    if (asked.args[0] === 'start') device.nowMs += HOUR_MS;
    return real(asked);
  };
  const items = ['a', 'b'].map((name) => wish({ service: { name, running: true } }));
  t.match((await device.cycle(...items)).items, [
    { state: 'repaired' },
    { state: 'drifted', code: 'E_LATER' },
  ]);
  t.match((await device.cycle(...items)).items, [{ state: 'compliant' }, { state: 'repaired' }]);
});

t.test('a look without an end keeps nobody else waiting', async (t) => {
  const device = await makeOpenDevice(t);
  plant(device.root, 'etc/init.d/a', INIT, 0o755);
  device.read = () => new Promise(() => undefined);
  device.lookTime = { oneMs: 2_000, allMs: 600_000 };
  const hangs = wish({ service: { name: 'a', running: true } });
  const states = async () =>
    Object.fromEntries(
      (await device.cycle(hangs, app)).items.map(({ item, state, code }) => [item, `${state} ${code}`]),
    );
  t.same(await states(), { 'service.a.service': 'error E_SLOW', 'file./etc/app.conf': 'repaired ' });
  chmodSync(join(device.root, 'etc/app.conf'), 0o644);
  device.lookTime = { oneMs: 2_000, allMs: 0 };
  t.same(await states(), { 'service.a.service': 'error E_SLOW', 'file./etc/app.conf': 'error E_SLOW' });
  t.equal(modeOf(device), 0o644, 'what was not looked at is not repaired');
});

t.test('what a person is shown steers no terminal', (t) => {
  const report: ItemReport = {
    ...{ item: 'file./srv/a\u202eb', kind: 'file', mode: 'audit', rule: { policy: 'p', id: 'r' } },
    ...{ state: 'drifted', code: '', wanted: 'w', found: 'f\u009b31m\u2066', done: ['d\u001b[2J'] },
    ...{ reason: '', sinceMs: 0 },
  };
  t.notMatch(draw(report).join('\n'), /[\u001b\u0080-\u009f\u202e\u2066]/);
  t.end();
});

t.test('on a full disk nothing is begun', async (t) => {
  const device = await makeOpenDevice(t);
  const disk = createDisk(device.folder);
  await device.memory.close();
  const full = Object.assign(new Error('no space'), { code: 'ENOSPC' });
  device.memory = await openMemory({
    disk: {
      ...disk,
      open: async (path) => ({
        ...(await disk.open(path)),
        append: async () => {
          throw full;
        },
      }),
    },
    pause: async () => {
      throw full;
    },
  });
  await t.rejects(device.cycle(app), { code: 'ENOSPC' });
  t.equal(modeOf(device), 0o644);
});

/** Starts at once, and ends when somebody lets it. */
const SLOW = `#!/bin/sh
case "$1" in
  start) echo >> "$0.starts"; while [ ! -e "$0.go" ]; do sleep 0.05; done; touch "$0.pid" ;;
  status) [ -e "$0.pid" ] || exit 3 ;;
esac
`;

t.test('what a killed executor left running is not begun beside', async (t) => {
  const root = makeRoot(t);
  plant(root, 'etc/init.d/demo', SLOW, 0o755);
  const at = (end: string) => join(root, `etc/init.d/demo.${end}`);
  const stateDir = mkdtempSync(join(tmpdir(), 'muster-policy-'));
  t.teardown(() => rmSync(stateDir, { recursive: true, force: true }));
  // The script ends too, whatever becomes of the test.
  t.teardown(() => writeFileSync(at('go'), ''));
  const file = join(stateDir, 'resolved.json');
  writeFileSync(file, JSON.stringify([demo]));
  const args = [...program, 'policy', 'apply', file, '--json', '--root', root, '--state-dir', stateDir];
  const env = { ...process.env, MUSTER_THROW_AWAY_ROOT: '1' };
  const first = spawn(process.execPath, args, { stdio: 'ignore', env });
  const ended = once(first, 'exit');
  await until(() => existsSync(at('starts')));
  first.kill('SIGKILL');
  await ended;
  const apply = () => {
    const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8', env });
    return (JSON.parse(stdout) as { items: { state: string; code: string; done: string[] }[] }).items[0];
  };
  t.match(apply(), { state: 'applying', done: [] });
  writeFileSync(at('go'), '');
  await until(() => existsSync(at('pid')));
  // The script may take a moment more to end.
  let last = apply();
  for (let tries = 0; last?.state === 'applying' && tries < 20; tries++) last = apply();
  t.match(last, { state: 'repaired', done: [/interrupted/] });
  t.equal(readFileSync(at('starts'), 'utf8'), '\n', 'begun once');
});

t.test('a person on the device runs a cycle from a file', async (t) => {
  const root = makeRoot(t, { 'etc/app.conf': 'x', 'proc/sys/vm/swappiness': '60\n' });
  const stateDir = mkdtempSync(join(tmpdir(), 'muster-policy-'));
  t.teardown(() => rmSync(stateDir, { recursive: true, force: true }));
  const file = join(stateDir, 'resolved.json');
  chmodSync(join(root, 'etc/app.conf'), 0o644);
  const items = [app, wish({ sysctl: { key: 'vm.swappiness', value: '10' } }), { ...demo, mode: 'audit' }];
  const run = (verb: string, text: string, ...flags: string[]) => {
    writeFileSync(file, text);
    const args = ['--root', root, '--state-dir', stateDir, '--deny-dir', join(stateDir, 'deny.d'), ...flags];
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [...program, 'policy', verb, file, ...args],
      {
        encoding: 'utf8',
      },
    );
    return { status, stdout, stderr };
  };
  const text = JSON.stringify({ device: 'web-1', items });
  const looked = run('check', text);
  t.match(looked, { status: 1, stderr: '' });
  t.match(looked.stdout, /^drifted +file.\/etc\/app.conf\n.*wanted: .*mode 0600\n.*found: mode 0644/);
  t.notOk(existsSync(join(stateDir, 'executor')), 'looking keeps nothing');
  const applied = run('apply', text, '--json');
  t.match(applied, { status: 0, stderr: '' });
  const states = (JSON.parse(applied.stdout) as { items: { state: string }[] }).items.map(
    ({ state }) => state,
  );
  t.same(states, ['repaired', 'repaired', 'not-applicable']);
  t.equal(statSync(join(root, 'etc/app.conf')).mode & 0o777, 0o600);
  t.match(JSON.parse(run('apply', text, '--json').stdout), {
    changes: [{ state: 'compliant' }, { state: 'compliant' }],
  });
  mkdirSync(join(stateDir, 'deny.d'));
  writeFileSync(join(stateDir, 'deny.d/a.json'), JSON.stringify({ kinds: ['policy.*'], reason: 'mine' }));
  chmodSync(join(root, 'etc/app.conf'), 0o644);
  t.match(run('apply', text), { status: 1, stdout: /drifted +file.*\n(?:.*\n)*.*mine \(E_LOCAL_DENY\)/ });

  const wrong: readonly (readonly [string, RegExp])[] = [
    ['no json', /no JSON/],
    ['{}', /no list of items/],
    ['[1]', /no list of items/],
    [JSON.stringify([{ kind: 'file', wanted: { path: 'x' }, mode: 'enforce' }]), /item 1: .*absolute path/],
    [JSON.stringify([{ kind: 'shell', wanted: {}, mode: 'enforce' }]), /item 1: /],
    [JSON.stringify([app, app]), /about the same thing/],
  ];
  for (const [bad, message] of wrong)
    t.throws(() => parseResolved(bad, 'x'), { code: 'E_USAGE', message }, bad);
  // An image has programs too, and none of them is started.
  plant(root, 'etc/init.d/demo', '#!/bin/sh\ntouch "$0.was-here"\n', 0o755);
  const outside = run('check', JSON.stringify([demo]));
  t.match(outside, {
    status: 1,
    stdout: /^error +service.demo.service\n(?:.*\n)*.*no program is started.*E_UNSUPPORTED/,
  });
  t.notOk(existsSync(join(root, 'etc/init.d/demo.was-here')));
  for (const other of ['', join(root, 'nowhere'), join(root, 'etc/app.conf')])
    t.match(run('check', '[]', '--root', other), { status: 1, stdout: '', stderr: /E_USAGE/ }, `"${other}"`);
  if (process.getuid?.() === 0) {
    chownSync(stateDir, 4000, 4000);
    t.match(run('apply', '[]'), { status: 1, stdout: '', stderr: /another user.*E_STATE_ACCESS/ });
    t.match(run('check', '[]'), { status: 0 }, 'looking remembers nothing');
    chownSync(stateDir, 0, 0);
  }
  t.match(run('apply', '{}'), { status: 1, stdout: '', stderr: /no list of items/ });
  t.match(run('mend', '[]'), { status: 1, stderr: /policy check FILE/ });
});
