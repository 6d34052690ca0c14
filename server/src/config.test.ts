// The server's configuration: three sources in order, a closed schema, and every fault told at once.
import { availableParallelism } from 'node:os';
import t from 'tap';
import { loadConfig, serverSettings } from './config.ts';

function load(given: { argv?: string[]; env?: Record<string, string>; files?: Record<string, string> } = {}) {
  return loadConfig({
    argv: given.argv ?? [],
    env: given.env ?? {},
    folder: '/srv/there',
    readFile: (path) => given.files?.[path],
  });
}

t.test('without anything given, all defaults hold and the result is frozen', (t) => {
  const config = load();
  t.strictSame(config, {
    dataDir: '/srv/there/.muster',
    organization: 'My organization',
    host: '127.0.0.1',
    port: 8443,
    publicUrl: 'https://127.0.0.1:8443',
    tls: 'own',
    workers: 1,
    logLevel: 'info',
    smtpPort: 587,
    smtpSecurity: 'starttls',
    webhookReach: 'public',
    beatMs: 60_000,
    chunkDays: 35,
    rollupDays: 730,
    maxSessions: 20_000,
    handshakesPerSecond: 200,
    handshakeBurst: 400,
    maxUnauthenticated: 1_000,
  });
  t.throws(() => Object.assign(config, { port: 1 }), TypeError);
  t.end();
});

t.test('flags win over variables, variables over the file', (t) => {
  const files = {
    '/srv/muster/config.json': '{"port":1111,"host":"127.0.0.2","logLevel":"warn","beatMs":5000}',
  };
  const env = {
    MUSTER_DATA_DIR: '/srv/muster',
    MUSTER_PORT: '2222',
    MUSTER_LOG_LEVEL: 'debug',
    MUSTER_HOST: '',
  };
  const config = load({ argv: ['--port=3333', '--chunk-days', '10'], env, files });
  t.match(config, { port: 3333, logLevel: 'debug', host: '127.0.0.2', beatMs: 5_000, chunkDays: 10 });
  t.equal(config.publicUrl, 'https://127.0.0.2:3333');
  t.end();
});

t.test('the file is the one named, else config.json in the data folder', (t) => {
  const files = { '/etc/muster.json': '{"dataDir":"/srv/here"}', '/srv/there/x/config.json': '{"port":5}' };
  t.equal(load({ argv: ['--config', '/etc/muster.json'], files }).dataDir, '/srv/here');
  t.equal(load({ env: { MUSTER_CONFIG: '/etc/muster.json' }, files }).dataDir, '/srv/here');
  t.equal(load({ argv: ['--data-dir', 'x'], files }).port, 5);
  t.equal(
    load({ env: { MUSTER_DATA_DIR: '' }, files: { '/srv/there/.muster/config.json': '{"port":6}' } }).port,
    6,
  );
  t.throws(() => load({ argv: ['--config', 'nothing.json'] }), {
    code: 'E_CONFIG',
    message: /\/srv\/there\/nothing\.json does not exist/,
  });
  t.throws(() => load({ files: { '/srv/there/.muster/config.json': '{"dataDir":"/elsewhere"}' } }), {
    message: /dataDir cannot be set in the file/,
  });
  t.end();
});

t.test('all faults are told at once, each with its place, and no value is repeated', (t) => {
  const files = {
    '/srv/there/.muster/config.json': '{"prot":1,"beatMs":"soon","databaseUrl":"mysql://u:secret@h/d"}',
  };
  const env = { MUSTER_PORT: '99999', DATABASE_URL: 'postgre://u:hidden@h/d' };
  try {
    load({ argv: ['--tls=maybe', '--colour', 'start', '--log-level'], env, files });
    t.fail('it must throw');
  } catch (error) {
    const { message, code } = error instanceof Error && 'code' in error ? error : { message: '', code: '' };
    t.equal(code, 'E_CONFIG');
    for (const part of [
      'prot in the file is no setting of the server',
      'beatMs in the file must be a whole number from 1000 to 600000',
      'databaseUrl in the file must be a URL like postgres://',
      'MUSTER_PORT must be a whole number from 0 to 65535',
      'DATABASE_URL must be a URL like postgres://',
      '--tls must be one of own, files, off',
      '--colour is no flag of the server',
      '"start" is no flag of the server',
      '--log-level needs a value',
    ]) {
      t.ok(message.includes(part), part);
    }
    t.notMatch(message, /secret|hidden/);
  }
  t.end();
});

t.test('settings that need each other say so', (t) => {
  const faults: [string[], RegExp][] = [
    [['--tls=files', '--tls-cert-file=a.pem'], /needs both tlsCertFile and tlsKeyFile/],
    [['--tls-key-file=a.pem'], /need tls = files/],
    [['--host=0.0.0.0'], /publicUrl is needed/],
    [['--public-url=http://muster.example'], /must begin with https/],
    [['--public-url=https://muster.example/path'], /without a path/],
    [['--public-url=javascript:alert(1)'], /a URL like/],
    [['--console-port=8443'], /consolePort must be another than port/],
    [['--console-port=0'], /--console-port must be a whole number from 1 to 65535/],
    [['--console-port=8444', '--tls=off'], /consolePort cannot be used with tls = off/],
    [['--console-port=8444', '--public-url=https://muster.example'], /publicUrl of this machine itself/],
    [['--console-port=8444', '--public-url=https://127.0.0.1.example'], /publicUrl of this machine itself/],
    [['--oidc-issuer=http://login.example'], /or of this machine itself/],
    [['--oidc-issuer=https://login.example'], /need each other/],
  ];
  for (const [argv, message] of faults) t.throws(() => load({ argv }), { code: 'E_CONFIG', message });
  t.match(load({ argv: ['--tls=files', '--tls-cert-file=a.pem', '--tls-key-file=/b.pem'] }), {
    tlsCertFile: '/srv/there/a.pem',
    tlsKeyFile: '/b.pem',
  });
  for (const host of ['localhost', '127.0.0.1', '[::1]'])
    t.equal(
      load({ argv: ['--console-port=8444', `--public-url=https://${host}:8443`] }).consolePort,
      8_444,
      host,
    );
  t.equal(load({ argv: ['--host=::1', '--port=1'] }).publicUrl, 'https://[::1]:1');
  t.equal(load({ argv: ['--tls=off'] }).publicUrl, 'http://127.0.0.1:8443');
  t.equal(
    load({ argv: ['--host=0.0.0.0', '--tls=off', '--public-url=https://m.example'] }).publicUrl,
    'https://m.example',
  );
  t.end();
});

t.test('the number of workers is a number or a word', (t) => {
  t.equal(load({ argv: ['--workers', '3'] }).workers, 3);
  t.equal(load({ env: { MUSTER_WORKERS: 'auto' } }).workers, availableParallelism());
  for (const wrong of ['0', '65', 'many', '1.5'])
    t.throws(() => load({ argv: ['--workers', wrong] }), {
      message: /--workers must be a whole number from 1 to 64, or auto;?/,
    });
  t.end();
});

t.test('a file that is no JSON object is refused', (t) => {
  for (const text of ['', '{', '[]', 'null', '"x"']) {
    t.throws(() => load({ files: { '/srv/there/.muster/config.json': text } }), {
      message: /must hold one JSON object/,
    });
  }
  t.end();
});

t.test('every setting has a sentence, a variable and a flag of its own', (t) => {
  for (const { name, description, expected } of serverSettings) {
    t.match(description, /^[A-Z`].*\.$/, name);
    t.ok(expected, name);
  }
  for (const key of ['name', 'variable', 'flag'] as const) {
    t.equal(new Set(serverSettings.map((setting) => setting[key])).size, serverSettings.length);
  }
  t.match(
    serverSettings.find(({ name }) => name === 'maxUnauthenticated'),
    { variable: 'MUSTER_MAX_UNAUTHENTICATED', flag: '--max-unauthenticated', default: 1_000 },
  );
  t.end();
});

t.test('mail goes out in clear to this machine only, and never without a sender', (t) => {
  const refuse = (...argv: string[]) => {
    try {
      loadConfig({ argv, env: {}, folder: '/srv', readFile: () => undefined });
      return '';
    } catch (error) {
      return error instanceof Error ? error.message : '';
    }
  };
  const from = ['--mail-from', 'Muster <muster@example.com>'];
  t.match(refuse('--smtp-host', 'mail.example.com'), /smtpHost needs mailFrom/);
  t.equal(refuse('--smtp-host', 'mail.example.com', ...from), '');
  t.match(refuse('--smtp-host', 'mail.example.com', '--smtp-security', 'none', ...from), /loopback/);
  t.equal(refuse('--smtp-host', '127.0.0.1', '--smtp-security', 'none', ...from), '');
  t.match(refuse('--smtp-host', 'a.b', '--smtp-user', 'x', ...from), /smtpUser and smtpPasswordFile/);
  t.match(refuse('--mail-from', 'nobody'), /an address like/);
  t.end();
});
