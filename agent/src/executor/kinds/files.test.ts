// Proves what touches files: putting, fetching, scripts, wiping and diagnostics, in throw-away roots.
import { createHash } from 'node:crypto';
import {
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Content, ContentPlace } from '@muster/protocol/commands';
import t from 'tap';
import { deviceWipe } from './device-wipe.ts';
import { redactText } from './diagnostics/redact.ts';
import { diagnosticsCollect } from './diagnostics-collect.ts';
import { fileFetch } from './file-fetch.ts';
import { filePut } from './file-put.ts';
import { createKeyJudge, judgeFetchPath, judgePutPath } from './files/paths.ts';
import type { Check, KindContext } from './kind.ts';
import { scriptRun } from './script-run.ts';
import { carryOut, makeContent, makeContext, makeRoot, plant } from './testing/context.ts';

const isRoot = process.getuid?.() === 0;

function code(check: Check): string {
  return check.state === 'refused' ? check.code : check.state;
}

/** A context whose content is one body. */
function withContent(
  root: string,
  body: string,
  changes: Partial<Content>,
): { context: KindContext; sha256: string } {
  const sha256 = createHash('sha256').update(body).digest('base64url');
  plant(root, `content/${sha256}`, body);
  const document = makeContent({ sha256, sizeBytes: body.length, ...changes });
  const context = makeContext(root, {
    content: async () => ({ document, path: join(root, 'content', sha256) }),
  });
  return { context, sha256 };
}

t.test('a file is put in place whole', async (t) => {
  const root = makeRoot(t, {
    'etc/passwd': 'root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n',
    'etc/group': 'www:x:33:\n',
  });
  const signed = { path: '/etc/motd', mode: '0640', owner: '', group: '' };
  const placed = (change: Partial<ContentPlace> = {}) =>
    withContent(root, 'hello\n', {
      ...{ use: 'file', name: 'greeting', interpreter: 'none' },
      place: { ...signed, ...change },
    });
  const { context, sha256 } = placed();
  const args = { content: sha256 };
  t.match(await carryOut(filePut, args, context), { missing: null, outcome: { ok: true } });
  t.equal(readFileSync(join(root, 'etc/motd'), 'utf8'), 'hello\n');
  t.equal(statSync(join(root, 'etc/motd')).mode & 0o7777, 0o640);
  t.equal((await filePut.check(args, context)).state, 'holds');
  t.match(await carryOut(filePut, args, placed({ mode: '0600' }).context), {
    check: { summary: /^Replace/ },
    missing: null,
  });
  if (isRoot) {
    const owned = placed({ owner: 'ann', group: 'www' });
    t.match(await carryOut(filePut, args, owned.context), { missing: null });
    t.match(statSync(join(root, 'etc/motd')), { uid: 1000, gid: 33 });
  }
  t.same(readdirSync(join(root, 'etc')), ['group', 'motd', 'passwd'], 'nothing is left beside it');

  t.equal(code(await filePut.check(args, placed({ owner: 'nobodyhere' }).context)), 'E_NOT_FOUND');
  t.equal(code(await filePut.check(args, placed({ path: '/nothere/motd' }).context)), 'E_NOT_FOUND');
  t.equal(
    code(await filePut.check(args, placed({ path: '/etc' }).context)),
    'E_PATH',
    'a folder stands there',
  );
  symlinkSync('/etc', join(root, 'link'));
  t.equal(
    code(await filePut.check(args, placed({ path: '/link/motd' }).context)),
    'E_PATH',
    'a linked folder',
  );
  symlinkSync('motd', join(root, 'etc/linked'));
  t.equal(
    code(await filePut.check(args, placed({ path: '/etc/linked' }).context)),
    'E_PATH',
    'a linked file',
  );
  const script = withContent(root, 'hello\n', { use: 'script' });
  t.equal(code(await filePut.check(args, script.context)), 'E_CONTENT', 'a script is no file');
  const nowhere = withContent(root, 'hello\n', { use: 'file', interpreter: 'none' });
  t.equal(code(await filePut.check(args, nowhere.context)), 'E_CONTENT', 'a file that belongs nowhere');
  const shut = await filePut.check(args, placed({ path: '/etc/nologin' }).context);
  t.match(
    shut,
    { code: 'E_PATH', summary: /decides who is trusted/ },
    'the second line holds what two signed',
  );

  // The body changes between the check and the effect: what was signed is not what lies there.
  const check = await filePut.check(args, placed({ path: '/etc/new' }).context);
  plant(root, `content/${sha256}`, 'other\n');
  if (check.state !== 'act' || check.effect.where !== 'inside') {
    t.fail('nothing would be done');
    return;
  }
  t.match(await check.effect.run(new AbortController().signal), {
    ok: false,
    summary: /not what was signed/,
  });
  t.notOk(existsSync(join(root, 'etc/new')));
  t.same(
    readdirSync(join(root, 'etc')).filter((name) => name.startsWith('.')),
    [],
  );
});

t.test('paths that no content may reach', async (t) => {
  const refused = [
    ...[
      '/etc/shadow',
      '/etc/passwd',
      '/etc/sudoers',
      '/etc/sudoers.d/x',
      '/etc/pam.d/sshd',
      '/root/.ssh/authorized_keys',
    ],
    ...[
      '/home/a/.ssh/config',
      '/etc/ssh/sshd_config',
      '/proc/sysrq-trigger',
      '/sys/power/state',
      '/dev/sda',
      '/run/x',
      '/boot/x',
    ],
    ...[
      '/etc/ld.so.preload',
      '/var/lib/dpkg/status',
      '/etc/muster/deny.d/x.json',
      '/var/lib/muster-agent/key',
      '/usr/lib/muster/agent.cjs',
    ],
    ...[
      '/etc/systemd/system/muster-agent.service',
      '/etc/systemd/system/muster-agent.service.d/x.conf',
      '/usr/bin/muster-executor',
    ],
    ...[
      '/etc/systemd/system/service.d/x.conf',
      '/srv/own/x',
      'etc/motd',
      '/etc//motd',
      '/etc/./motd',
      '/etc/../etc/motd',
      '/etc/motd/',
      '/',
    ],
    ...[
      '/etc/nologin',
      '/usr/lib/pam.d/login',
      '/usr/etc/pam.d/login',
      '/usr/etc/sudoers',
      '/etc/dbus-1/system.d/x.conf',
      '/etc/udev/rules.d/99-x.rules',
      '/etc/apt/trusted.gpg.d/x.asc',
    ],
    ...[
      '/usr/lib/systemd/systemd',
      '/lib64/ld-linux-x86-64.so.2',
      '/usr/lib/x86_64-linux-gnu/libc.so.6',
      '/lib/ld-musl-x86_64.so.1',
      '/usr/lib/x86_64-linux-gnu/security/pam_unix.so',
      '/lib64/security/pam_unix.so',
      '/usr/lib64/libpam.so.0',
      '/usr/lib/libnss_files.so.2',
    ],
    ...['/etc/\ud800', `/${'x'.repeat(256)}`, '/etc/a\nb'],
  ];
  for (const path of refused) t.ok(judgePutPath(path, ['/srv/own']), JSON.stringify(path));
  for (const path of [
    '/etc/motd',
    '/etc/cron.d/x',
    '/etc/fstab',
    '/etc/apt/sources.list.d/x.list',
    '/usr/lib/x86_64-linux-gnu/libcurl.so.4',
    '/usr/lib/systemd/system/x.service',
    '/usr/local/bin/x',
    '/etc/systemd/system/x.service',
    '/home/a/x',
    '/srv/owner',
  ])
    t.equal(judgePutPath(path, ['/srv/own']), null, path);
  const secret = [
    ...[
      '/etc/shadow',
      '/etc/gshadow-',
      '/etc/ssh/ssh_host_ed25519_key',
      '/root/.ssh/id_ed25519',
      '/home/a/.aws/credentials',
      '/srv/tls/site.key',
    ],
    ...[
      '/etc/ssl/private/x',
      '/root/.bash_history',
      '/root/.netrc',
      '/var/lib/muster-agent/identity',
      '/proc/1/environ',
      '/home/a/.pgpass',
    ],
  ];
  for (const path of secret) t.ok(judgeFetchPath(path, []), path);
  for (const path of ['/etc/ssh/ssh_host_ed25519_key.pub', '/var/log/syslog', '/etc/nginx/nginx.conf'])
    t.equal(judgeFetchPath(path, []), null, path);
});

t.test('a file is fetched, keys are not', async (t) => {
  const root = makeRoot(t, {
    'var/log/app.log': 'line\n',
    'srv/config': `a\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\n`,
  });
  const spool = makeRoot(t);
  const context = makeContext(root, { spool });
  const fetched = await carryOut(fileFetch, { path: '/var/log/app.log' }, context);
  t.match(fetched, { outcome: { ok: true, file: { path: join(spool, 'fetched') } } });
  t.equal(readFileSync(join(spool, 'fetched'), 'utf8'), 'line\n');
  t.match(await carryOut(fileFetch, { path: '/srv/config' }, context), {
    outcome: { ok: false, summary: /private key/ },
  });
  t.notOk(existsSync(join(spool, 'fetched')), 'and nothing of it is kept');
  const judge = createKeyJudge();
  t.equal(judge(Buffer.from('x-----BEGIN EC PRIV')), true);
  t.equal(judge(Buffer.from('ATE KEY-----')), false, 'across two pieces');
  t.equal(code(await fileFetch.check({ path: '/nothere' }, context)), 'E_NOT_FOUND');
  t.equal(code(await fileFetch.check({ path: '/var/log' }, context)), 'E_PATH', 'a folder');
  symlinkSync('app.log', join(root, 'var/log/link'));
  t.equal(code(await fileFetch.check({ path: '/var/log/link' }, context)), 'E_PATH', 'a link');
  linkSync(join(root, 'srv/config'), join(root, 'var/log/second'));
  t.equal(code(await fileFetch.check({ path: '/var/log/second' }, context)), 'E_PATH', 'a second name');
  t.equal(
    code(await fileFetch.check({ path: '/var/log/app.log' }, makeContext(root))),
    'E_UNSUPPORTED',
    'no spool',
  );
});

t.test('a script runs with values that no shell reads', async (t) => {
  const root = makeRoot(t, { 'etc/passwd': 'root:x:0:0::/root:/bin/sh\n' });
  const parameters = [
    { name: 'word', type: 'string', required: true, description: 'a word' },
    { name: 'count', type: 'integer', required: false, description: 'a number' },
  ] as const;
  const body = 'cat; printf "%s|" "$MUSTER_PARAM_WORD" "$MUSTER_PARAM_COUNT" "$#"; exit 3\n';
  const { context, sha256 } = withContent(root, body, {
    parameters,
    stdin: true,
    okExits: [3],
    timeoutMs: 60_000,
  });
  const args = {
    content: sha256,
    parameters: { word: '$(id); "x"\n', count: 7 },
    stdin: 'in|',
    runAs: '',
  };
  const carried = await carryOut(scriptRun, args, context);
  t.match(carried.ended, { exit: 3, output: 'in|$(id); "x"\n|7|0|' });
  t.match(carried.check, {
    effect: { okExits: [3], program: { args: [join(root, 'content', sha256)], timeoutMs: 60_000 } },
  });
  const refusals = [
    {},
    { word: 1 },
    { word: 'a', count: 1.5 },
    { word: 'a', other: 'b' },
    { word: 'a\0b' },
    { word: true },
  ];
  for (const values of refusals)
    t.equal(
      code(await scriptRun.check({ ...args, parameters: values as Record<string, string> }, context)),
      'E_CONTENT',
      JSON.stringify(values),
    );
  const { context: bounded } = withContent(root, body, { parameters, runAs: ['nobodyhere', 'root'] });
  const quiet = { ...args, stdin: '' };
  t.equal(code(await scriptRun.check({ ...quiet, runAs: 'nobodyhere' }, bounded)), 'E_NOT_FOUND');
  t.match(await scriptRun.check({ ...quiet, runAs: 'root' }, bounded), {
    effect: { program: { user: 'root' } },
  });
  t.equal(
    code(await scriptRun.check({ ...args, runAs: 'root' }, bounded)),
    'E_CONTENT',
    'input nobody signed',
  );
  t.equal(
    code(await scriptRun.check({ ...args, runAs: 'root' }, context)),
    'E_CONTENT',
    'a user nobody signed',
  );
  const file = withContent(root, body, { use: 'file', interpreter: 'none' });
  t.equal(
    code(await scriptRun.check({ ...args, parameters: {} }, file.context)),
    'E_CONTENT',
    'a file is no script',
  );
  const python = withContent(
    root,
    'import sys, os\nprint(sys.flags.isolated, os.environ["MUSTER_PARAM_WORD"])\n',
    { interpreter: 'python3', parameters, stdin: true },
  );
  const check = await scriptRun.check({ ...args, content: python.sha256 }, python.context);
  // Not every machine has a python.
  if (check.state === 'refused') t.equal(check.code, 'E_UNSUPPORTED');
  else
    t.match(
      (await carryOut(scriptRun, { ...args, stdin: '', content: python.sha256 }, python.context)).ended,
      { output: /^1 \$\(id\)/ },
    );
});

t.test('a wipe is simulated unless the owner of the device allows these paths', async (t) => {
  const root = makeRoot(t, {
    'home/ann/a': '12345',
    'home/ann/deep/b': '1',
    'srv/data/c': '1',
    'etc/keep': '1',
  });
  mkdirSync(join(root, 'outside'));
  plant(root, 'outside/d', '1');
  symlinkSync(join(root, 'outside'), join(root, 'home/ann/link'));
  const context = makeContext(root);
  const simulated = await carryOut(deviceWipe, {}, context);
  t.match(simulated, {
    check: { summary: /^Simulate only: would remove 4 files/ },
    outcome: { ok: true, summary: /^SIMULATED, nothing was removed/ },
    missing: null,
  });
  t.same(simulated.outcome?.output.trim().split('\n').toSorted(), [
    ...[
      '/home/ann/',
      '/home/ann/a',
      '/home/ann/deep/',
      '/home/ann/deep/b',
      '/home/ann/link',
      '/srv/data/',
      '/srv/data/c',
    ],
  ]);
  t.ok(existsSync(join(root, 'home/ann/a')));

  const faults = [
    '{',
    '{}',
    '{"paths":[]}',
    '{"paths":["home"]}',
    '{"paths":["/home/../etc"]}',
    '{"paths":["/etc"]}',
    '{"paths":["/"]}',
  ];
  for (const text of faults) {
    plant(root, 'etc/muster/allow-wipe.json', text);
    t.equal(code(await deviceWipe.check({}, context)), 'E_PROTECTED', text);
  }
  plant(root, 'etc/muster/allow-wipe.json', '{"paths":["/home"]}');
  if (!isRoot) return;
  chownSync(join(root, 'etc/muster/allow-wipe.json'), 1000, 1000);
  t.equal(code(await deviceWipe.check({}, context)), 'E_PROTECTED', 'not of root');
  chownSync(join(root, 'etc/muster/allow-wipe.json'), 0, 0);
  const wiped = await carryOut(deviceWipe, {}, context);
  t.match(wiped, {
    check: { summary: /^REMOVE 3 files/ },
    outcome: { summary: /^Removed 3 files/ },
    missing: null,
  });
  t.same(readdirSync(join(root, 'home')), []);
  t.ok(existsSync(join(root, 'outside/d')), 'a link is removed, not what it leads to');
  t.ok(existsSync(join(root, 'srv/data/c')), 'what is not named stays');
});

/** Secrets in the forms that logs have them; each must vanish, and the word before it stay. */
const planted: readonly string[] = [
  'password=S3cretValue',
  'DB_PASSWORD: S3cretValue',
  '"client_secret": "S3cretValue with blanks"',
  "api_key='S3cretValue'",
  'Authorization: Bearer S3cretValue',
  'authorization: Basic UzNjcmV0VmFsdWU6S3cretValue',
  'Cookie: sid=S3cretValue; b=S3cretValue',
  'Set-Cookie: x=S3cretValue',
  'X-Api-Key: S3cretValue',
  'url=https://ann:S3cretValue@example.org/x',
  'postgres://u:S3cret@Value@db/x',
  'mysql -uroot -pS3cretValue db',
  'curl -u ann:S3cretValue https://x',
  'sshpass -p S3cretValue ssh x',
  '--password S3cretValue',
  '--token=S3cretValue',
  'PGPASSWORD=S3cretValue psql',
  'export AWS_SECRET_ACCESS_KEY=S3cretValue',
  'password is S3cretValue',
  'token: eyJhbGciOiJTM2NyZXRWYWx1ZSJ9.S3cretValue',
  'ghp_S3cretValue1234567890',
  'key AKIAS3cretValue123',
  'got glpat-S3cretValue12345',
  'hash $6$salt$S3cretValue',
  'session_id=S3cretValue',
  'otp=S3cretValue',
  'jwt S3cretValueaB3dE5fG7hI9jK1lM3nO5pQ7r',
  'pin: S3cretValue',
  '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmU\nS3cretValue\n-----END OPENSSH PRIVATE KEY-----',
  'mst1.abc.S3cretValue.def',
  'passphrase="S3cretValue"',
  'secret was S3cretValue',
  'proxy_pass_credentials=S3cretValue',
  'WIREGUARD_PRIVATE_KEY=S3cretValue',
  'xoxb-S3cretValue-1234',
  'sk-S3cretValue123456',
  '{"accessToken":"S3cretValue"}',
  'redis://:S3cretValue@cache:6379',
  'psk=S3cretValue',
  'npm_S3cretValue123456',
  'signing_key: S3cretValue',
];

t.test('diagnostics hold what helps and no secret', async (t) => {
  for (const line of planted) {
    const shown = redactText(`before ${line}\nafter`);
    t.notMatch(shown, /S3cret|Value/, line);
    t.match(shown, /before/);
    t.match(shown, /after/);
  }
  const kept =
    'nginx[12]: GET /usr/share/nginx/html/index.html 200 at 2026-11-22T10:00:00+00:00 by 192.168.1.7';
  t.equal(redactText(kept), kept);
  t.equal(redactText('a\u001b[31mb\u0000c'), 'abc');

  const noise = Array.from(
    { length: 5_000 },
    (_, index) => `line ${index} ${planted[index % planted.length]}`,
  ).join('\n');
  const root = makeRoot(t, {
    'var/log/syslog': noise,
    'var/log/dmesg': noise,
    'proc/loadavg': '0.1 0.2 0.3 1/2 3\n',
  });
  plant(root, 'proc/42/stat', '42 (worker) S 1 0 0 0 -1 0 0 0 0 0 120 80 0 0 20 0 1 0 42 0 0');
  plant(root, 'proc/42/status', 'Name:\tworker\nUid:\t0\t0\t0\t0\nVmRSS:\t  2048 kB\n');
  plant(
    root,
    'proc/net/tcp',
    'head\n   0: 0100007F:1F90 00000000:0000 0A 0\n   1: 0100007F:1F91 0100007F:1F90 01 0\n',
  );
  plant(root, 'proc/net/tcp6', 'head\n   0: 00000000000000000000000001000000:0016 0:0 0A 0\n');
  const { outcome } = await carryOut(diagnosticsCollect, { sinceMs: 3_600_000 }, makeContext(root));
  const output = outcome?.output ?? '';
  t.ok(outcome?.ok);
  t.ok(Buffer.byteLength(output) <= 60 * 1024, `${Buffer.byteLength(output)} bytes`);
  t.notMatch(output, /S3cret|Value/);
  t.match(output, /loadavg: 0\.1/);
  t.match(output, /42 0 S 2048 KiB 2\.0 s worker/);
  t.match(output, /tcp 127\.0\.0\.1:8080/);
  t.match(output, /tcp6 \[0:0:0:0:0:0:0:1\]:22/);
  t.match(output, /tcp established: 1/);
  t.match(output, /line 4999/, 'the tail is kept');
  const here = await carryOut(diagnosticsCollect, { sinceMs: 60_000 }, makeContext(''));
  t.ok(here.outcome?.ok, 'the real machine');
  t.match(here.outcome?.output, /== disks\nmount point/);
  t.ok(Buffer.byteLength(here.outcome?.output ?? '') <= 60 * 1024);
});
