// Proves the kinds of rule against whoever works on the device beside them: what is exchanged meanwhile, special files, and wishes that would hand it over.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { makeContext, makeRoot, plant } from '../kinds/testing/context.ts';
import { createFacts } from './facts.ts';
import { certificateOnDevice } from './rules/certificate.ts';
import { fileOnDevice } from './rules/file.ts';
import { lineOnDevice } from './rules/line.ts';
import { makeDevice, wish } from './testing/machine.ts';
import { proveRefusal, snapshot } from './testing/prove.ts';

const isRoot = process.getuid?.() === 0;
const skip = !isRoot && 'only root gives files away';
const ACCOUNTS = {
  'etc/passwd': 'root:x:0:0::/root:/bin/sh\nann:x:2001:2002::/home/ann:/bin/sh\n',
  'etc/group': 'root:x:0:\nann:x:2002:\n',
};

t.test('what is put in the place of a folder after it was judged is not changed', { skip }, async (t) => {
  const root = makeRoot(t, ACCOUNTS);
  const at = join(root, 'srv/drop');
  mkdirSync(at, { recursive: true });
  const context = makeContext(root);
  const [step] = fileOnDevice.plan({ path: '/srv/drop', state: 'present', mode: '1777' });
  const check = await step?.plan(context);
  if (check?.state !== 'act' || check.effect.where !== 'inside') throw new Error(JSON.stringify(check));
  rmdirSync(at);
  writeFileSync(at, '#!/bin/sh\n', { mode: 0o644 });
  t.match(await check.effect.run(new AbortController().signal), { ok: false, summary: /Something else/ });
  t.equal(statSync(at).mode & 0o7777, 0o644, 'a file that everybody may write is not made of it');
});

t.test('what cannot be put in its place leaves nothing beside it', async (t) => {
  const root = makeRoot(t, { 'proc/sys/vm/swappiness': '60\n' });
  // A name that cannot be taken, as that of an immutable file.
  mkdirSync(join(root, 'etc/sysctl.d/zz-muster-vm.swappiness.conf/x'), { recursive: true });
  const device = await makeDevice(t, root);
  t.match(await device.one(wish({ sysctl: { key: 'vm.swappiness', value: '10' } })), { state: 'error' });
  t.same(readdirSync(join(root, 'etc/sysctl.d')), ['zz-muster-vm.swappiness.conf']);
});

t.test('devices and pipes are not opened, wherever a link leads', { skip }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'hostile-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  spawnSync('/usr/bin/mkfifo', [join(folder, 'pipe')]);
  symlinkSync('/dev/zero', join(folder, 'device'));
  symlinkSync('pipe', join(folder, 'to-pipe'));
  symlinkSync('loop', join(folder, 'loop'));
  const facts = createFacts(makeContext(''), { latest: [], services: [] }, async () => []);
  const check = (name: string) =>
    certificateOnDevice.check({ path: join(folder, name), daysLeft: 0 }, facts).then(
      ({ found }) => found,
      (error: { code?: string }) => error.code,
    );
  for (const name of ['pipe', 'device', 'to-pipe', '.'])
    t.equal(await check(name), 'E_PATH', `${name} is no regular file, and nothing of it was read`);
  t.equal(await check('loop'), 'not there, or cannot be read');
});

t.test('a text file is what was opened, and no pipe is waited for', { skip }, async (t) => {
  const root = makeRoot(t, { 'srv/text': 'a 1\n', 'srv/large': 'x'.repeat(256 * 1024 + 1) });
  spawnSync('/usr/bin/mkfifo', [join(root, 'srv/pipe')]);
  symlinkSync('text', join(root, 'srv/link'));
  symlinkSync('srv', join(root, 'alias'));
  const facts = createFacts(makeContext(root), { latest: [], services: [] }, async () => []);
  const check = (path: string) =>
    lineOnDevice.check({ path, line: 'a 1' }, facts).then(
      ({ state }) => state,
      (error: { code?: string }) => error.code,
    );
  t.equal(await check('/srv/text'), 'compliant');
  t.equal(await check('/srv/none'), 'drifted');
  t.equal(await check('/none/text'), 'drifted');
  t.equal(await check('/srv/large'), 'E_FILE');
  for (const path of ['/srv/pipe', '/srv/link', '/alias/text', '/srv'])
    t.equal(await check(path), 'E_PATH', path);
});

t.test('one signature makes nobody root, and cuts no device off', { skip }, async (t) => {
  const root = makeRoot(t, ACCOUNTS);
  const files = ['etc/resolv.conf', 'etc/fstab', 'etc/netplan/a.yaml', 'etc/ssl/certs/ca-certificates.crt'];
  for (const path of [...files, 'etc/systemd/system/a.service', 'etc/profile', 'root/.bashrc', 'srv/data']) {
    plant(root, path, 'x');
    chmodSync(join(root, path), 0o644);
  }
  mkdirSync(join(root, 'etc/cron.d'));
  chmodSync(join(root, 'etc/cron.d'), 0o755);
  const device = await makeDevice(t, root);
  const refused = (path: string, rest: object) =>
    proveRefusal(t, device, { written: { file: { path, ...rest } }, code: 'E_PROTECTED' });
  for (const path of [
    '/etc/cron.d',
    '/etc/systemd/system/a.service',
    '/etc/profile',
    '/root/.bashrc',
    '/etc/fstab',
  ])
    await refused(path, { owner: 'ann' });
  await refused('/etc/profile', { group: 'ann', mode: '0664' });
  for (const path of files) await refused(`/${path}`, { state: 'absent' });
  await refused('/etc/resolv.conf', { mode: '0600' });
  await refused('/etc/ssl/certs/ca-certificates.crt', { mode: '0640' });
  t.match(await device.one(wish({ file: { path: '/srv/data', owner: 'ann' } })), { state: 'repaired' });
  chownSync(join(root, 'etc/profile'), 2001, 0);
  t.match(await device.one(wish({ file: { path: '/etc/profile', owner: 'root' } })), { state: 'repaired' });
  t.match(await device.one(wish({ file: { path: '/etc/cron.d', mode: '0700' } })), { state: 'repaired' });
});

t.test(
  'a shell that only bears the name of one that lets nobody in is given to nobody',
  { skip },
  async (t) => {
    const root = makeRoot(t, {
      ...ACCOUNTS,
      'etc/shadow': 'root:*:1::::::\nann:*:1::::::\n',
      'home/ann/nologin': '#!/bin/sh\nexec sh\n',
    });
    const device = await makeDevice(t, root);
    const before = snapshot(root);
    const report = await device.one(wish({ user: { name: 'ann', shell: '/home/ann/nologin' } }));
    t.match(report, { state: 'drifted', code: 'E_PROTECTED', done: [] });
    t.same(snapshot(root), before);
  },
);
