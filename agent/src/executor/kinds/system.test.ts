// Proves services, signals, accounts and going down: with real programs in throw-away roots, and on processes of this test.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readlinkSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { commandKinds } from '@muster/protocol/commands';
import t from 'tap';
import { createFiles } from '../../platform/files.ts';
import { parseStat, readProcess } from '../../platform/linux/signals.ts';
import { agentUnenroll } from './agent-unenroll.ts';
import { deviceLock } from './device-lock.ts';
import { kinds } from './index.ts';
import { inventoryRefresh } from './inventory-refresh.ts';
import type { Check, Program } from './kind.ts';
import { powerReboot } from './power-reboot.ts';
import { powerShutdown } from './power-shutdown.ts';
import { processSignal } from './process-signal.ts';
import { runResolve } from './run-resolve.ts';
import { serviceDisable } from './service-disable.ts';
import { serviceEnable } from './service-enable.ts';
import { serviceRestart } from './service-restart.ts';
import { serviceStart } from './service-start.ts';
import { serviceStop } from './service-stop.ts';
import { judgeRestart, judgeService } from './services/course.ts';
import { createSystemd, parseUnit } from './services/systemd.ts';
import { carryOut, makeContext, makeRoot, plant } from './testing/context.ts';
import { hasAll } from './testing/repositories.ts';
import { userLock } from './user-lock.ts';
import { userUnlock } from './user-unlock.ts';

const isRoot = process.getuid?.() === 0;

function code(check: Check): string {
  return check.state === 'refused' ? check.code : check.state;
}

t.test('the list has every kind under its own name', async (t) => {
  t.same(Object.keys(kinds), commandKinds);
  for (const name of commandKinds) t.equal(kinds[name].name, name);
  for (const name of ['service.restart', 'power.reboot', 'power.shutdown'] as const)
    t.ok(kinds[name].probe, name);
});

t.test('what the core or the executor does itself', async (t) => {
  const context = makeContext(makeRoot(t));
  t.match(await inventoryRefresh.check({}, context), { effect: { where: 'core', act: 'refresh-inventory' } });
  t.match(await agentUnenroll.check({}, context), { effect: { where: 'core', act: 'unenroll' } });
  const args = { command: `cmd_${'a'.repeat(26)}`, action: 'again' } as const;
  t.equal(code(await runResolve.check(args, context)), 'E_UNSUPPORTED');
});

const SCRIPT = `#!/bin/sh
folder=$(dirname "$0")
case "$1" in
  start|restart) date +%N > "$folder/demo.pid" ;;
  stop) rm -f "$folder/demo.pid" ;;
  status) [ -e "$folder/demo.pid" ] || exit 3 ;;
esac
`;

t.test('services by scripts in init.d', async (t) => {
  const root = makeRoot(t);
  plant(root, 'etc/init.d/demo', SCRIPT, 0o755);
  plant(root, 'etc/init.d/README', 'no program');
  const context = makeContext(root);
  const demo = { name: 'demo' };
  const pid = () =>
    existsSync(join(root, 'etc/init.d/demo.pid'))
      ? readFileSync(join(root, 'etc/init.d/demo.pid'), 'utf8')
      : null;

  t.equal((await serviceStop.check(demo, context)).state, 'holds');
  t.match(await carryOut(serviceStart, { name: 'demo.service' }, context), {
    missing: null,
    ended: { exit: 0 },
  });
  const first = pid();
  t.ok(first);
  t.equal((await serviceStart.check(demo, context)).state, 'holds');
  t.match(await carryOut(serviceRestart, demo, context), { missing: null });
  t.not(pid(), first, 'restarted');
  t.equal(
    await serviceRestart.probe?.(demo, context, { atMs: 0, bootId: 'boot-1' }),
    'not-done',
    'cannot be told',
  );
  t.equal(
    await serviceRestart.probe?.(demo, context, { atMs: 0, bootId: 'boot-0' }),
    'done',
    'it came up with the machine',
  );
  t.match(await carryOut(serviceStop, demo, context), { missing: null });
  t.equal(pid(), null);
  t.equal(
    await serviceRestart.probe?.(demo, context, { atMs: 0, bootId: 'boot-1' }),
    'half-done',
    'stopped, not started',
  );
  t.equal(code(await serviceStart.check({ name: 'README' }, context)), 'E_NOT_FOUND');
  t.equal(code(await serviceStart.check({ name: 'nothere' }, context)), 'E_NOT_FOUND');
  t.equal(code(await serviceEnable.check(demo, context)), 'E_UNSUPPORTED', 'update-rc.d knows no other root');
  t.equal(
    code(await serviceStart.check(demo, makeContext(makeRoot(t)))),
    'E_UNSUPPORTED',
    'no service manager',
  );
});

t.test(
  'units are enabled and disabled by the real systemctl',
  { skip: !hasAll(['systemctl']) && 'no systemctl' },
  async (t) => {
    const root = makeRoot(t);
    const unit = '[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n';
    plant(root, 'run/systemd/system/.keep', '');
    plant(root, 'usr/lib/systemd/system/demo.service', unit);
    plant(root, 'usr/lib/systemd/system/static.service', '[Service]\nExecStart=/bin/true\n');
    plant(root, 'usr/lib/systemd/system/muster-agent.service', unit);
    const context = makeContext(root);
    const link = join(root, 'etc/systemd/system/multi-user.target.wants/demo.service');
    t.match(await carryOut(serviceEnable, { name: 'demo' }, context), { missing: null, ended: { exit: 0 } });
    t.equal(readlinkSync(link), '/usr/lib/systemd/system/demo.service');
    t.equal((await serviceEnable.check({ name: 'demo.service' }, context)).state, 'holds');
    t.match(await carryOut(serviceDisable, { name: 'demo' }, context), { missing: null });
    t.notOk(existsSync(link));
    t.equal(code(await serviceEnable.check({ name: 'nothere' }, context)), 'E_NOT_FOUND');
    t.equal(code(await serviceEnable.check({ name: 'static' }, context)), 'E_UNSUPPORTED');
    t.equal(code(await serviceDisable.check({ name: 'muster-agent' }, context)), 'E_PROTECTED');
  },
);

t.test(
  'an instance is begun only where the device uses it already',
  { skip: !hasAll(['systemctl']) && 'no systemctl' },
  async (t) => {
    const root = makeRoot(t);
    const unit = '[Service]\nExecStart=/bin/echo %I\n[Install]\nWantedBy=multi-user.target\n';
    plant(root, 'run/systemd/system/.keep', '');
    plant(root, 'usr/lib/systemd/system/tunnel@.service', unit);
    plant(root, 'etc/systemd/system/multi-user.target.wants/tunnel@planted.service', unit);
    const link = join(root, 'etc/systemd/system/multi-user.target.wants/tunnel@office.service');
    symlinkSync('/usr/lib/systemd/system/tunnel@.service', link);
    const context = makeContext(root);
    for (const kind of [serviceStart, serviceRestart, serviceEnable]) {
      const refused = { state: 'refused', code: 'E_PROTECTED', summary: /behind its @/ };
      t.match(await kind.check({ name: 'tunnel@https:--evil.example' }, context), refused, kind.name);
      t.match(await kind.check({ name: 'tunnel@office2.service' }, context), refused, kind.name);
      t.match(await kind.check({ name: 'tunnel@planted' }, context), refused, 'a file is no link');
      const used = await kind.check({ name: 'tunnel@office' }, context);
      t.equal(used.state, kind === serviceEnable ? 'holds' : 'act', kind.name);
    }
    t.equal((await serviceDisable.check({ name: 'tunnel@office' }, context)).state, 'act');
    t.equal((await serviceStop.check({ name: 'tunnel@new' }, context)).state, 'holds');

    const lines = ['Id=tunnel@new.service', 'LoadState=loaded', 'UnitFileState=enabled', 'ActiveState='];
    const told = (active: string) =>
      makeContext('', {
        read: async () => ({
          exit: 0,
          signal: null,
          timedOut: false,
          output: `${lines.join('\n')}${active}\n`,
        }),
      });
    const systemd = createSystemd('/usr/bin/systemctl');
    const readIt = (active: string) => systemd.readState(told(active), 'tunnel@new.service');
    t.match(
      await readIt('inactive'),
      { isNewInstance: true },
      'whatever an old systemctl says of all of them',
    );
    t.match(await readIt('failed'), { isNewInstance: true });
    t.match(await readIt('active'), { isNewInstance: false });
  },
);

t.test('names that are no service, or more than one', async (t) => {
  for (const name of [
    'poweroff.target',
    'systemd-reboot',
    'systemd-poweroff.service',
    'emergency',
    'debug-shell',
    'home.mount',
    '..',
  ])
    t.ok(judgeService(name, 'start'), name);
  for (const name of ['muster-agent', 'muster-executor.socket', 'muster-run-abc.service', 'muster'])
    t.ok(judgeService(name, 'stop'), name);
  for (const name of ['nginx', 'ssh.socket', 'user@1000.service', 'mustermann'])
    t.equal(judgeService(name, 'stop'), null, name);
  const lines = [
    'Id=nginx.service',
    'LoadState=loaded',
    'ActiveState=active',
    'Type=notify',
    'UnitFileState=enabled',
  ];
  const since = 'ActiveEnterTimestampMonotonic=5000000';
  t.match(parseUnit([...lines, since, 'RefuseManualStart=no'].join('\n')), {
    id: 'nginx.service',
    active: true,
    enabled: true,
    blocked: '',
    activeSinceBootMs: 5000,
  });
  t.match(parseUnit('Id=a.service\nLoadState=masked\nActiveState=inactive\n'), {
    active: false,
    enabled: null,
    blocked: /masked/,
  });
  t.equal(parseUnit('Id=a.service\nLoadState=not-found\n'), null);
  t.equal(parseUnit('System has not been booted with systemd'), null);
});

t.test('an interrupted restart is told by the time since which the service runs', async (t) => {
  const unit = (since: number) =>
    parseUnit(`Id=a.service\nLoadState=loaded\nActiveState=active\nActiveEnterTimestampMonotonic=${since}\n`);
  // The machine is up for 100 s; the attempt began 10 s ago.
  const question = {
    started: { atMs: 990_000, bootId: 'b' },
    bootId: 'b',
    nowMs: 1_000_000,
    uptimeMs: 100_000,
  };
  t.equal(judgeRestart(unit(95_000_000), question), 'done', 'since 5 s');
  t.equal(judgeRestart(unit(50_000_000), question), 'not-done', 'since 50 s');
  t.equal(judgeRestart(unit(0), question), 'not-done', 'nobody knows since when');
  t.equal(judgeRestart(unit(95_000_000), { ...question, uptimeMs: null }), 'not-done');
  t.equal(judgeRestart(null, question), 'not-done');
});

t.test('a signal reaches exactly the process that was meant', async (t) => {
  const files = createFiles('/');
  const child = spawn('/bin/sleep', ['600'], { stdio: 'ignore' });
  t.teardown(() => child.kill('SIGKILL'));
  const exited = once(child, 'exit');
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  const startTicks = (await readProcess(files, pid))?.startTicks ?? -1;
  const context = makeContext('');
  const other = { pid, startTicks: startTicks + 1, signal: 'KILL' } as const;
  t.match(await processSignal.check(other, context), { state: 'holds', summary: /another one/ });
  t.equal(code(await processSignal.check({ ...other, signal: 'HUP' }, context)), 'E_NOT_FOUND');

  const carried = await carryOut(processSignal, { pid, startTicks, signal: 'KILL' }, context);
  t.match(carried, { missing: null, outcome: { ok: true, summary: /it ended/ } });
  await exited;
  t.equal(child.signalCode, 'SIGKILL');
  t.equal((await processSignal.check({ pid, startTicks, signal: 'TERM' }, context)).state, 'holds');

  const own = await readProcess(files, process.pid);
  const parent = await readProcess(files, process.ppid);
  for (const one of [own, parent]) {
    const args = { pid: one?.pid ?? 0, startTicks: one?.startTicks ?? 0, signal: 'TERM' } as const;
    t.equal(
      code(await processSignal.check(args, context)),
      'E_PROTECTED',
      'this process and what started it',
    );
  }
  const first = {
    pid: 1,
    startTicks: (await readProcess(files, 1))?.startTicks ?? 0,
    signal: 'TERM',
  } as const;
  t.equal(code(await processSignal.check(first, context)), 'E_PROTECTED');
  const named = spawn(
    process.execPath,
    ['-e', 'setInterval(() => 0, 1000)', '/usr/lib/muster/muster-executor.cjs'],
    { stdio: 'ignore' },
  );
  t.teardown(() => named.kill('SIGKILL'));
  await once(named, 'spawn');
  const agent = {
    pid: named.pid ?? 0,
    startTicks: (await readProcess(files, named.pid ?? 0))?.startTicks ?? 0,
    signal: 'KILL',
  } as const;
  t.equal(code(await processSignal.check(agent, context)), 'E_PROTECTED', 'the agent');
  t.match(parseStat('7 (a) b) S 2 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 42 0 0'), {
    pid: 7,
    name: 'a) b',
    parent: 2,
    startTicks: 42,
    isKernelThread: true,
  });
});

const PASSWD = [
  'root:x:0:0::/root:/bin/sh',
  'ann:x:1000:1000::/home/ann:/bin/bash',
  'bob:x:1001:1001::/home/bob:/bin/bash',
];
const SHADOW = [
  'root:$6$r$r:19000:0:99999:7:::',
  'ann:$6$a$b:19000:0:99999:7:::',
  'bob:!:19000:0:99999:7:::',
];

function makeAccounts(t: Parameters<typeof makeRoot>[0]): string {
  const root = makeRoot(t);
  plant(
    root,
    'etc/passwd',
    [...PASSWD, 'toor:x:0:0::/root:/bin/sh', 'muster:x:990:990::/:/usr/sbin/nologin', ''].join('\n'),
  );
  plant(root, 'etc/shadow', [...SHADOW, 'toor:*:1::::::', 'muster:!:1::::::', ''].join('\n'), 0o600);
  plant(root, 'etc/group', 'root:x:0:\nsudo:x:27:ann,bob\nann:x:1000:\nbob:x:1001:\n');
  return root;
}

const accountSkip = !(isRoot && hasAll(['usermod'])) && 'not root, or no usermod';
t.test('accounts are locked and unlocked by the real usermod', { skip: accountSkip }, async (t) => {
  const root = makeAccounts(t);
  const context = makeContext(root);
  const shadow = (name: string) =>
    readFileSync(join(root, 'etc/shadow'), 'utf8')
      .split('\n')
      .find((line) => line.startsWith(`${name}:`));
  t.match(await carryOut(userLock, { name: 'ann' }, context), { missing: null, ended: { exit: 0 } });
  t.match(shadow('ann'), /^ann:!\$6\$a\$b:.*:1:$/, 'password and end');
  t.equal((await userLock.check({ name: 'ann' }, context)).state, 'holds');
  t.equal(
    code(await userLock.check({ name: 'bob' }, context)),
    'E_PROTECTED',
    'the last one who may become root',
  );
  t.match(await carryOut(userUnlock, { name: 'ann' }, context), { missing: null, ended: { exit: 0 } });
  t.match(shadow('ann'), /^ann:\$6\$a\$b:.*::$/);
  t.equal((await userUnlock.check({ name: 'ann' }, context)).state, 'holds');
  t.match(
    await carryOut(userLock, { name: 'bob' }, context),
    { missing: null },
    'an account that opens by key only',
  );
  t.match(await carryOut(userUnlock, { name: 'bob' }, context), { missing: null });
  for (const name of ['root', 'toor', 'muster']) {
    t.equal(code(await userLock.check({ name }, context)), 'E_PROTECTED', name);
    t.equal(code(await userUnlock.check({ name }, context)), 'E_PROTECTED', name);
  }
  t.equal(code(await userLock.check({ name: 'nobodyhere' }, context)), 'E_NOT_FOUND');

  const lock = await carryOut(deviceLock, {}, context);
  t.match(lock, { missing: null, outcome: { ok: true, summary: '3 of 3 accounts locked.' } });
  t.match(
    shadow('root'),
    /^root:!\$6\$r\$r:19000:0:99999:7:::$/,
    'root loses its password and keeps running',
  );
  t.match(shadow('muster'), /^muster:!:1:/);
  t.equal((await deviceLock.check({}, context)).state, 'holds');
  t.match(await carryOut(userUnlock, { name: 'ann' }, context), { missing: null }, 'the way back');
});

t.test('going down is announced, delayed, canceled, and proven by the boot id', async (t) => {
  const root = makeRoot(t);
  for (const name of ['sbin/reboot', 'sbin/poweroff', 'usr/bin/wall'])
    plant(root, name, '#!/bin/sh\n', 0o755);
  const seen: Program[] = [];
  const stop = new AbortController();
  const context = makeContext(root, {
    // This machine must not go down: what would run is only noted.
    read: async (program) => {
      seen.push(program);
      if (/reboot|poweroff/.test(program.path)) stop.abort();
      return { exit: 0, signal: null, timedOut: false, output: '' };
    },
  });
  const args = { delayMs: 300, message: '/etc/shadow' };
  const check = await powerReboot.check(args, context);
  t.match(check, { state: 'act', summary: 'Will restart after 1 seconds.', effect: { where: 'inside' } });
  if (check.state !== 'act' || check.effect.where !== 'inside') return;
  const outcome = await check.effect.run(stop.signal);
  t.equal(outcome.ok, false, 'the effect never ends well by itself');
  t.match(seen, [
    { path: `${root}/usr/bin/wall`, args: [], stdin: '/etc/shadow\n' },
    { path: `${root}/sbin/reboot`, args: [] },
  ]);
  const down = await powerShutdown.check({ delayMs: 60_000, message: '' }, context);
  const early = new AbortController();
  early.abort();
  seen.length = 0;
  if (down.state !== 'act' || down.effect.where !== 'inside') {
    t.fail('nothing would be done');
    return;
  }
  t.match(await down.effect.run(early.signal), { ok: false, summary: /canceled/ });
  t.same(
    seen.map(({ path }) => path),
    [`${root}/usr/bin/wall`],
    'a canceled one runs nothing',
  );
  for (const kind of [powerReboot, powerShutdown]) {
    t.equal(await kind.probe?.(args, context, { atMs: 0, bootId: 'boot-0' }), 'done');
    t.equal(await kind.probe?.(args, context, { atMs: 0, bootId: 'boot-1' }), 'not-done');
  }
  plant(root, 'run/systemd/system/.keep', '');
  plant(root, 'usr/bin/systemctl', '#!/bin/sh\n', 0o755);
  t.equal((await powerReboot.check(args, context)).state, 'act');
});
