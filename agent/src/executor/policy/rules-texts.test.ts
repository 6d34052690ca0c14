// Proves the kinds of rule about lines, mounts and certificates on real files in throw-away roots.
import { chmodSync, chownSync, linkSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { makeContext, makeRoot, plant } from '../kinds/testing/context.ts';
import { parseMountInfo, setsOption } from './facts/mounts.ts';
import { editLines } from './rules/line.ts';
import { editFstab, mountOptionOnDevice } from './rules/mount-option.ts';
import { makeDevice, type TestDevice, wish } from './testing/machine.ts';
import { proveRefusal, proveRepair } from './testing/prove.ts';

const isRoot = process.getuid?.() === 0;
const read = ({ root }: TestDevice, path: string) => readFileSync(join(root, path), 'utf8');

const DEFS = '# UMASK 027 is what it should be\nUMASK\t\t022\nPASS_MAX_DAYS 99999\n UMASK 002\nUMASKS 1\n';

t.test('lines of files of settings', { skip: !isRoot && 'only root gives files away' }, async (t) => {
  const root = makeRoot(t, {
    'etc/login.defs': DEFS,
    'etc/security/pwquality.conf': '# minlen = 8',
    'etc/systemd/journald.conf': '[Journal]\n#Storage=auto\n[Other]\nx=1\n',
    'etc/systemd/coredump.conf': '',
    'etc/app.conf': 'password = hunter2\n',
  });
  chmodSync(join(root, 'etc/login.defs'), 0o640);
  chownSync(join(root, 'etc/login.defs'), 0, 4);
  const device = await makeDevice(t, root);
  const prove = (path: string, line: string, rest: { key: string; found: RegExp }) =>
    proveRepair(t, device, { written: { line: { path, line, key: rest.key } }, found: rest.found });
  await prove('/etc/login.defs', 'UMASK 027', { key: 'UMASK', found: /^UMASK 022; UMASK 002$/ });
  t.equal(
    read(device, 'etc/login.defs'),
    '# UMASK 027 is what it should be\nPASS_MAX_DAYS 99999\nUMASK 027\nUMASKS 1\n',
    'in the place of the last, and once',
  );
  const { mode, gid } = statSync(join(root, 'etc/login.defs'));
  t.same([mode & 0o7777, gid], [0o640, 4], 'owner and mode stay');
  await prove('/etc/security/pwquality.conf', 'minlen = 14', { key: 'minlen', found: /^no line of minlen$/ });
  t.equal(read(device, 'etc/security/pwquality.conf'), '# minlen = 8\nminlen = 14\n');
  await prove('/etc/systemd/journald.conf', 'Storage=persistent', { key: 'Storage', found: /^no line/ });
  t.equal(
    read(device, 'etc/systemd/journald.conf'),
    '[Journal]\nStorage=persistent\n#Storage=auto\n[Other]\nx=1\n',
  );
  await prove('/etc/systemd/coredump.conf', 'Storage=none', { key: 'Storage', found: /^no line/ });
  t.equal(read(device, 'etc/systemd/coredump.conf'), '[Coredump]\nStorage=none\n');
  t.equal(device.programs.length, 0, 'no program was started');

  t.match(await device.one(wish({ line: { path: '/etc/app.conf', line: 'password = hunter2' } })), {
    state: 'compliant',
  });
  const other = await device.one(
    wish({ line: { path: '/etc/app.conf', line: 'password=a', key: 'password' } }),
  );
  t.match(other, { state: 'drifted', code: 'E_PROTECTED', found: 'another line of password' });
  t.notMatch(JSON.stringify(other), /hunter2/, 'what else stands there is not told');
});

t.test('lines that are found otherwise, and are not written', async (t) => {
  const root = makeRoot(t, {
    'etc/login.defs': 'UMASK 022\n',
    'etc/profile': 'umask 022\n',
    'etc/systemd/journald.conf': 'x'.repeat(300_000),
    'srv/defs': '',
  });
  symlinkSync('../srv/defs', join(root, 'etc/link'));
  const device = await makeDevice(t, root);
  const refused = (line: object, code: string, state: 'drifted' | 'error' = 'drifted') =>
    proveRefusal(t, device, { written: { line }, code, state });
  const defs = '/etc/login.defs';
  for (const line of [
    'UMASK 000',
    'UMASK 777',
    'USERDEL_CMD /tmp/x',
    'PASS_MAX_DAYS 99999',
    'ENCRYPT_METHOD DES',
  ])
    await refused({ path: defs, line, key: line.split(' ')[0] }, 'E_PROTECTED');
  await refused({ path: defs, line: 'UMASK 027' }, 'E_PROTECTED');
  for (const path of [
    '/etc/profile',
    '/etc/sudoers',
    '/etc/crontab',
    '/etc/pam.d/sshd',
    '/root/.ssh/authorized_keys',
    '/etc/fstab',
  ])
    await refused({ path, line: 'umask 027', key: 'umask' }, 'E_PROTECTED');
  await refused({ path: '/etc/muster/x', line: 'a b', key: 'a' }, 'E_PATH');
  await refused({ path: '/etc/dnf/dnf.conf', line: 'gpgcheck=1', key: 'gpgcheck' }, 'E_NOT_FOUND');
  await refused({ path: '/etc/link', line: 'a b', key: 'a' }, 'E_PATH', 'error');
  await refused(
    { path: '/etc/systemd/journald.conf', line: 'Compress=yes', key: 'Compress' },
    'E_FILE',
    'error',
  );
  linkSync(join(root, 'etc/login.defs'), join(root, 'srv/twin'));
  t.match(await device.one(wish({ line: { path: defs, line: 'UMASK 027', key: 'UMASK' } })), {
    ...{ state: 'error', code: 'E_REPAIR', reason: /second name/ },
  });
  writeFileSync(join(root, 'etc/systemd/coredump.conf'), Buffer.from([0xff, 0xfe, 0x0a]));
  const dump = { path: '/etc/systemd/coredump.conf', line: 'Storage=none', key: 'Storage' };
  t.match(await device.one(wish({ line: dump })), { state: 'error', code: 'E_REPAIR', reason: /no text/ });
  t.same([...readFileSync(join(root, 'etc/systemd/coredump.conf'))], [0xff, 0xfe, 0x0a], 'bytes stay');
});

t.test('under a heading the same word of another one stays', async (t) => {
  const text = '[main]\ngpgcheck=0\n[other]\ngpgcheck=0\n';
  const root = makeRoot(t, { 'etc/dnf/dnf.conf': text });
  const device = await makeDevice(t, root);
  const line = { path: '/etc/dnf/dnf.conf', line: 'gpgcheck=1', key: 'gpgcheck' };
  t.match(await device.one(wish({ line })), { state: 'repaired', code: '' });
  const now = readFileSync(join(root, 'etc/dnf/dnf.conf'), 'utf8');
  t.equal(now, '[main]\ngpgcheck=1\n[other]\ngpgcheck=0\n');
  t.match(await device.one(wish({ line })), { state: 'compliant', done: [] }, 'and the rule holds');
  t.equal(
    editLines('[other]\ngpgcheck=0', { key: 'gpgcheck', line: 'gpgcheck=1', section: 'main' }),
    '[other]\ngpgcheck=0\n[main]\ngpgcheck=1\n',
  );
});

t.test('whatever stands in a file, a line is there once, and all others stay', async () => {
  const part = fc.constantFrom('UMASK 022', ' UMASK\t002', '# UMASK', 'UMASKS 1', 'a b', '', '[main]');
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), fc.constantFrom('main', undefined), (lines, section) => {
      const isHeading = (line: string) => line === '[main]';
      const listOthers = (all: readonly string[]) =>
        all.filter((line, at) => {
          const isMeant = section === undefined || all.slice(0, at).some(isHeading);
          return !(isMeant && /^\s*UMASK\s/.test(line)) && !isHeading(line) && line !== '';
        });
      const wanted = { key: 'UMASK', line: 'UMASK 027', section };
      const after = editLines(lines.join('\n'), wanted);
      if (editLines(after, wanted) !== after) return false;
      const now = after.split('\n');
      return (
        now.filter((line) => line === 'UMASK 027').length === 1 &&
        listOthers(now).join() === listOthers(lines).join()
      );
    }),
  );
});

const FSTAB =
  '# <file system>\nUUID=1 / ext4 errors=remount-ro 0 1\ntmpfs\t/tmp\ttmpfs\tdefaults,exec,size=1G 0 0\n';

t.test('options of mounts below another root: its fstab', async (t) => {
  const root = makeRoot(t, {
    'etc/fstab': `${FSTAB}/srv /mnt none bind 0 0\n/dev/b /var ext4 defaults 0 2\n/dev/c /usr ext4 defaults 0 2\nudev /dev devtmpfs rw 0 0\n`,
    'proc/self/mountinfo': '1 2 0:1 / /dev/shm rw - tmpfs tmpfs rw\n',
  });
  chmodSync(join(root, 'etc/fstab'), 0o600);
  const device = await makeDevice(t, root);
  await proveRepair(t, device, {
    written: { 'mount-option': { path: '/tmp', options: 'nodev nosuid noexec' } },
    found: /^nodev, noexec, nosuid not set in \/etc\/fstab$/,
  });
  t.match(read(device, 'etc/fstab'), '\ntmpfs\t/tmp\ttmpfs\tdefaults,size=1G,nodev,noexec,nosuid 0 0\n');
  t.match(read(device, 'etc/fstab'), 'UUID=1 / ext4 errors=remount-ro 0 1\n', 'other lines stay');
  t.equal(statSync(join(root, 'etc/fstab')).mode & 0o777, 0o600);
  t.equal(device.programs.length, 0, 'no program was started');
  t.match(await device.one(wish({ 'mount-option': { path: '/dev/shm', options: 'nodev' } })), {
    state: 'not-applicable',
  });
  const refused = (path: string, options: string, code: string) =>
    proveRefusal(t, device, { written: { 'mount-option': { path, options } }, code });
  await refused('/dev', 'nodev', 'E_PROTECTED');
  await refused('/usr', 'nosuid', 'E_PROTECTED');
  await refused('/var', 'noexec', 'E_PROTECTED');
  await refused('/mnt', 'nodev', 'E_UNSUPPORTED');
  t.match(await device.one(wish({ 'mount-option': { path: '/var', options: 'nosuid' } })), {
    state: 'repaired',
  });
});

t.test('options of mounts on the machine itself: what runs, and a remount', async (t) => {
  const info = [
    '20 1 0:1 / /tmp rw,nosuid shared:1 - tmpfs tmpfs rw,size=1G',
    '21 1 0:2 / /dev/shm rw - tmpfs tmpfs rw',
    '22 1 0:3 / /dev/shm rw,nodev - tmpfs tmpfs rw',
  ];
  const mounts = parseMountInfo(`${info.join('\n')}\n`);
  t.same(mounts.get('/tmp'), { type: 'tmpfs', options: ['rw', 'nosuid'] });
  t.same(mounts.get('/dev/shm')?.options, ['rw', 'nodev'], 'the one on top');
  t.equal(setsOption(['user', 'exec'], 'noexec'), false, 'the last word counts');
  t.equal(setsOption(['user'], 'nosuid'), true);
  t.equal(setsOption(['defaults'], 'nodev'), false);
  t.equal(setsOption(['constructor', 'nodev'], 'nodev'), true, 'whatever else stands in the line');
  const shm = { path: '/dev/shm', options: 'nodev noexec' };
  t.equal(
    editFstab('a /b ext4 defaults 0 0', shm),
    'a /b ext4 defaults 0 0\ntmpfs /dev/shm tmpfs defaults,nodev,noexec 0 0\n',
  );
  // Only planned: this machine's own mounts are looked at, and nothing is started.
  const [, remount] = mountOptionOnDevice.plan({ path: '/proc', options: 'nodev' });
  const planned = await remount?.plan(makeContext(''));
  t.match(planned, { state: /^(?:holds|act)$/ });
  const [file] = mountOptionOnDevice.plan({ path: '/nothing-is-mounted-here', options: 'nodev' });
  t.match(await file?.plan(makeContext('')), { state: 'refused', code: 'E_UNSUPPORTED' });
});

/** Good until 2027-02-22. */
const PEM = `-----BEGIN CERTIFICATE-----
MIIBcDCCARegAwIBAgIUPMYZxFklQQBopqxkI+tLjYIrDJowCgYIKoZIzj0EAwIw
DjEMMAoGA1UEAwwDd2ViMB4XDTI2MTEyNDAwMjAwNVoXDTI3MDIyMjAwMjAwNVow
DjEMMAoGA1UEAwwDd2ViMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEYHi9g01h
ku1LTviGfGfgloQSV5F+C0K5CYXLcS3yZskS2CDBPfqPEwgobnDijXW8i9MMiti1
ji8ZHqHUdfozOaNTMFEwHQYDVR0OBBYEFC27p8MG4ojYBeZvUMYUcAyhW/yFMB8G
A1UdIwQYMBaAFC27p8MG4ojYBeZvUMYUcAyhW/yFMA8GA1UdEwEB/wQFMAMBAf8w
CgYIKoZIzj0EAwIDRwAwRAIgJX8/ve9dMnJGjd7A7yyETikPajKM/51lsd04w0LC
QSMCIFFVN/SzHU6HKzldVeWtxmcicjhf+ENNIfXIdd6cC+MS
-----END CERTIFICATE-----
`;

t.test('certificates: until when they are good, and nothing is renewed', async (t) => {
  const root = makeRoot(t, {
    'etc/ssl/web.pem': `web\n${PEM}`,
    'etc/ssl/bad.pem': PEM.replace('CCARe', 'AAAAA'),
  });
  plant(root, 'etc/shadow', 'root:$6$secret:1::::::\n', 0o600);
  symlinkSync('web.pem', join(root, 'etc/ssl/link.pem'));
  const device = await makeDevice(t, root);
  device.nowMs = Date.parse('2027-01-20T00:00:00Z');
  const certificate = (path: string, daysLeft: number) => ({ certificate: { path, daysLeft } });
  const good = wish(certificate('/etc/ssl/web.pem', 30));
  t.match(await device.one(good), { state: 'compliant', found: 'good until 2027-02-22' });
  device.nowMs += 86_400_000;
  t.same((await device.cycle(good)).changes, [], 'a day less is nothing to tell');
  device.nowMs += 10 * 86_400_000;
  t.match(await device.one(wish(certificate('/etc/ssl/web.pem', 30), 'audit')), {
    state: 'drifted',
    code: '',
  });
  await proveRefusal(t, device, { written: certificate('/etc/ssl/web.pem', 30), code: 'E_UNSUPPORTED' });
  t.match(await device.one(wish(certificate('/etc/ssl/web.pem', 0))), { state: 'compliant' });
  await proveRefusal(t, device, { written: certificate('/etc/ssl/none.pem', 0), code: 'E_UNSUPPORTED' });
  for (const path of ['/etc/shadow', '/etc/ssl/bad.pem', '/etc/ssl/link.pem', '/etc/ssl'])
    t.match(
      await device.one(wish(certificate(path, 0))),
      { state: 'error', code: /^E_(?:FILE|PATH)$/ },
      path,
    );
  t.notMatch(JSON.stringify(await device.one(wish(certificate('/etc/shadow', 1)))), /secret/);
  t.equal(device.programs.length, 0, 'no program was started');
});
