// Proves what no command may take from a device: its agent, its runs, its connection, what its owner forbids, its credentials.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { createFiles } from '../../platform/files.ts';
import { readProcess } from '../../platform/linux/signals.ts';
import { connectsAsPackage, connectsAsService } from './connection/connection.ts';
import { fileFetch } from './file-fetch.ts';
import { judgeFetchPath } from './files/paths.ts';
import type { Check } from './kind.ts';
import { judgePlan } from './packages/judge.ts';
import { judgeBelonging, processSignal } from './process-signal.ts';
import { serviceStop } from './service-stop.ts';
import { judgeService } from './services/course.ts';
import { makeContext, makeRoot, plant } from './testing/context.ts';

function code(check: Check): string {
  return check.state === 'refused' ? check.code : check.state;
}

t.test('units of the agent and of its runs are not ended', async (t) => {
  for (const name of [
    ...['muster-agent', 'muster-run-a2b3c4-1.service', 'muster-run-7', 'muster@1.service', 'muster.socket'],
    ...['muster-executor@2.service', 'muster'],
  ])
    for (const verb of ['stop', 'restart', 'disable'] as const)
      t.ok(judgeService(name, verb), `${verb} ${name}`);
  for (const name of ['mustermann', 'amuster', 'muster2'])
    t.equal(judgeService(name, 'stop'), null, `${name} is another's`);
});

t.test('what connects the device is neither stopped, nor disabled, nor removed', async (t) => {
  const names = ['systemd-networkd.socket', 'NetworkManager', 'networking.service', 'dhcpcd@eth0'];
  for (const name of [
    ...names,
    'wpa_supplicant',
    'net.eth0',
    'dbus-org.freedesktop.network1.service',
    'dbus',
  ]) {
    t.match(judgeService(name, 'stop'), /connects the device/, name);
    t.match(judgeService(name, 'disable'), /connects the device/, name);
    t.equal(judgeService(name, 'restart'), null, `${name} may be restarted`);
    t.equal(judgeService(name, 'enable'), null, name);
  }
  for (const name of ['ssh', 'nginx', 'network-printer', 'chrony', 'netdata'])
    t.equal(connectsAsService(name), false, name);
  for (const name of ['ssh', 'nginx', 'network-manager-gnome']) t.equal(connectsAsPackage(name), false, name);

  const change = { name: 'ifupdown', from: '0.8', to: '' };
  const circumstances = {
    provider: { essentialNames: new Set<string>(), ecosystem: 'deb', isVersion: () => true } as const,
    ...{ installed: [], held: [], protectedNames: [], kernelRelease: '' },
  };
  const order = { act: 'remove', packages: [] } as const;
  for (const name of ['ifupdown', 'NetworkManager', 'netplan.io', 'wpasupplicant:amd64'])
    t.match(
      judgePlan(order, [{ ...change, name }], circumstances),
      { code: 'E_PROTECTED' },
      `${name} dragged along`,
    );
  const upgrade = { ...change, to: '0.9' };
  t.equal(judgePlan(order, [upgrade], circumstances), undefined, 'it may be upgraded');
});

t.test("the owner's deny list is asked again about what a name turned out to be", async (t) => {
  const root = makeRoot(t);
  plant(root, 'etc/init.d/web', '#!/bin/sh\nexit 0\n', 0o755);
  const asked: (readonly string[])[] = [];
  const denying = makeContext(root, {
    findDenial: async (names) => {
      asked.push(names);
      return 'it is the till';
    },
  });
  const refused = { state: 'refused', code: 'E_LOCAL_DENY', summary: /it is the till/ };
  t.match(await serviceStop.check({ name: 'web.service' }, denying), refused);
  t.same(asked, [['web', 'web']]);
  t.equal(
    (await serviceStop.check({ name: 'web' }, makeContext(root))).state,
    'act',
    'without it, it would stop',
  );
});

/** A process of this test, with its facts. */
async function start(t: { teardown(work: () => void): void }, env: NodeJS.ProcessEnv, argv0 = 'sleep') {
  const child = spawn('/bin/sleep', ['600'], { stdio: 'ignore', env, argv0 });
  t.teardown(() => child.kill('SIGKILL'));
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  return { pid, startTicks: (await readProcess(createFiles('/'), pid))?.startTicks ?? -1 };
}

t.test('programs of other runs are sent no signal', async (t) => {
  const context = makeContext('');
  const run = await start(t, { PATH: '/bin', MUSTER_COMMAND: `cmd_${'b'.repeat(26)}` });
  const other = await start(t, { PATH: '/bin', MUSTER_COMMANDER: 'x', NOT_MUSTER_COMMAND: 'y' });
  for (const signal of ['TERM', 'KILL', 'HUP', 'INT', 'USR1', 'USR2'] as const) {
    t.equal(code(await processSignal.check({ ...run, signal }, context)), 'E_PROTECTED', signal);
    t.equal(code(await processSignal.check({ ...other, signal }, context)), 'act', signal);
  }
  const denying = makeContext('', {
    findDenial: async (names) => (names[0] === 'sleep' ? 'let it' : undefined),
  });
  t.equal(code(await processSignal.check({ ...other, signal: 'HUP' }, denying)), 'E_LOCAL_DENY');

  const of = (cgroup: string, name = 'x') => judgeBelonging({ name, cgroup, environ: 'PATH=/bin\0' }, 'TERM');
  t.match(of('0::/system.slice/muster-run-a2-1.service\n'), /a run of it/, 'whatever environment it took');
  t.match(of('12:pids:/x\n1:name=systemd:/system.slice/muster-agent.service/sub\n'), /the agent/);
  t.match(of('0::/system.slice/NetworkManager.service\n'), /connects/);
  t.match(of('', 'wpa_supplicant'), /connects/);
  t.equal(of('0::/system.slice/nginx.service\n'), null);
  t.equal(
    judgeBelonging({ name: 'dhcpcd', cgroup: '', environ: '' }, 'HUP'),
    null,
    'it may read its settings anew',
  );
});

t.test('credentials are not fetched', async (t) => {
  for (const path of [
    ...[
      '/etc/rancher/k3s/k3s.yaml',
      '/var/lib/rancher/x',
      '/etc/kubernetes/admin.conf',
      '/tmp/krb5cc_1000',
      '/run/user/0/x',
    ],
    ...[
      '/var/lib/samba/private/secrets.tdb',
      '/etc/mysql/debian.cnf',
      '/etc/netplan/1.yaml',
      '/var/lib/cloud/instance/x',
    ],
    ...[
      '/var/lib/cloud/instances/i/user-data.txt',
      '/home/a/.thunderbird/x',
      '/home/a/.mozilla/x',
      '/home/a/.Xauthority',
    ],
    ...[
      '/home/a/.kube/config',
      '/home/a/.docker/config.json',
      '/home/a/.aws/x',
      '/home/a/.config/gcloud/x',
      '/srv/.netrc',
    ],
    ...[
      '/srv/.pgpass',
      '/srv/.git-credentials',
      '/srv/http.keytab',
      '/etc/wireguard/wg0.conf',
      '/etc/openvpn/a.conf',
    ],
    ...[
      '/etc/ipsec.secrets',
      '/etc/NetworkManager/system-connections/a',
      '/var/backups/shadow.bak',
      '/srv/shadow.1.gz',
    ],
    ...['/srv/site.key.bak', '/srv/site.pem~', '/srv/id_rsa.old', '/srv/.id_rsa.swp', '/srv/.netrc.rpmsave'],
    ...['/var/log/btmp.1', '/var/log/installer/cdebconf/questions.dat', '/var/log/cloud-init-output.log'],
  ])
    t.match(judgeFetchPath(path, []), /Keys and passwords/, path);
  for (const path of [
    '/var/log/auth.log.1.gz',
    '/etc/os-release',
    '/srv/keyboard',
    '/etc/mysql/my.cnf',
    '/tmp/shadows',
  ])
    t.equal(judgeFetchPath(path, []), null, path);

  const root = makeRoot(t);
  const context = makeContext(root, { spool: makeRoot(t) });
  plant(root, 'srv/app/settings', 'x');
  plant(root, 'var/log/app.log', 'x', 0o640);
  const check = async (path: string) => code(await fileFetch.check({ path }, context));
  t.equal(await check('/srv/app/settings'), 'act', 'everybody may read it');
  t.equal(await check('/var/log/app.log'), 'act', 'a log, though only a group may');
  const held = await fileFetch.check({ path: '/srv/app/settings' }, context);
  chmodSync(join(root, 'srv/app/settings'), 0o640);
  t.equal(await check('/srv/app/settings'), 'E_PATH', 'only a group may read it');
  if (held.state === 'act' && held.effect.where === 'inside')
    t.match(
      await held.effect.run(new AbortController().signal),
      { ok: false },
      'closed since it was looked at',
    );
  chmodSync(join(root, 'srv/app/settings'), 0o644);
  chmodSync(join(root, 'srv/app'), 0o750);
  t.equal(await check('/srv/app/settings'), 'E_PATH', 'its folder is closed to others');
});
