// The command line as a person or a script uses it: the built program, a real server, simulated devices.
import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { enrollDevice, openDevice, type SimulatedDevice } from '../fleet/device.ts';
import { reportAll } from '../support/report.ts';
import { makeFolder, startTestServer } from '../support/server.ts';
import { FILE_PATIENCE_MS } from '../support/wait.ts';

t.setTimeout(FILE_PATIENCE_MS);

const server = await startTestServer(t);
const home = await makeFolder(t, 'cli');
const caFile = join(server.dataDir, 'tls', 'ca.pem');
const profile = join(home, 'profile.json');
const isSource = import.meta.url.endsWith('.ts');
const program = isSource
  ? ['--conditions=muster-source', '--import', 'tsx', '../../../server/cli/src/main.ts']
  : ['../../../server/cli/dist/main.js'];
const args = program.map((word) =>
  word.startsWith('../') ? fileURLToPath(new URL(word, import.meta.url)) : word,
);

/** How the program ended, and what it said where. */
interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs `muster` with these words, as a shell would: no terminal, an environment of its own. */
function muster(
  line: readonly string[],
  { input = '', env = {} }: { input?: string; env?: Record<string, string> } = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [...args, ...line], {
    env: { PATH: process.env.PATH, TZ: 'UTC', MUSTER_PROFILE: profile, ...env },
  });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, out, err }));
  });
}

/** Runs a line without quotes in it. */
const run = (line: string) => muster(line.split(' '));

let web: SimulatedDevice;
let token = '';

t.test(
  'signing in: the certificate must be vouched for, the token must be good, the file is private',
  async (t) => {
    t.match(await run('devices'), { code: 3, out: '', err: /\(E_NOT_SIGNED_IN\)\n$/ });
    token = await server.apiToken([
      'devices.read',
      'devices.write',
      'enrollment.read',
      'enrollment.write',
      'inventory.read',
      'metrics.read',
      'alerts.read',
      'trust.read',
    ]);
    const login = (words: string[], input: string) =>
      muster(['login', '--url', server.url, ...words], { input });
    t.match(
      await login([], token),
      { code: 5, out: '', err: /\(E_UNTRUSTED\)\n$/ },
      'nobody vouches for the server',
    );
    t.match(await login(['--ca-file', caFile], 'mat1.aaaa.bbbb'), {
      code: 3,
      out: '',
      err: /\(E_SIGNED_OUT\)\n$/,
    });
    t.throws(() => statSync(profile), 'nothing was kept so far');
    t.match(await login(['--ca-file', caFile], `${token}\n`), {
      code: 0,
      out: '',
      err: /^Signed in to https:/,
    });
    t.equal(statSync(profile).mode & 0o777, 0o600);
    t.match(await run('whoami'), {
      code: 0,
      err: '',
      out: /^Server +https:.*\n[\s\S]*Trust +quickstart, version 1\n[\s\S]*Still soft\n/,
    });
  },
);

t.test(
  'enrolling: the command on standard output is all a device needs, and it waits until it is approved',
  async (t) => {
    const made = await muster([
      'tokens',
      'create',
      '--name',
      'web servers',
      '--uses',
      '2',
      '--label',
      'role=web',
    ]);
    t.match(made, {
      code: 0,
      out: /^echo mst1\.\S+ \| muster-agent enroll --server \S+ --token-file -\n$/,
      err: /for 2 devices within/,
    });
    const text = made.out.split(' ')[1] ?? '';
    web = await enrollDevice(server.url, text, { hostname: 'web-01.example.com' });
    const list = await run('devices --state pending --columns name,state,labels');
    t.same(list, {
      code: 0,
      err: '',
      out: 'NAME                STATE    LABELS\nweb-01.example.com  pending  role=web\n',
    });
    t.match(await run('devices approve web-01'), {
      code: 0,
      out: '',
      err: /^web-01\.example\.com is approved\. Its key: /,
    });
    t.match(await run('devices approve web-01'), {
      code: 4,
      out: '',
      err: /only a device that is pending.*\(E_DEVICE_STATE\)\n$/,
    });
    t.match(await run('tokens'), { code: 0, out: /web servers +valid +1 of 2 +in \d+ min/ });
    const id = `tok_${text.split('.')[1]}`;
    t.match(await run(`tokens revoke ${id} --yes`), {
      code: 0,
      out: '',
      err: /is revoked; 1 use of it were left|is revoked; 1 use/,
    });
    t.match(await run('tokens revoke tok_nonsense --yes'), { code: 4, out: '', err: /\(E_VALIDATION\)\n$/ });
  },
);

t.test('looking: what a device reported, on every page, and --json is what the API says', async (t) => {
  const wire = await openDevice(server.url, web);
  t.teardown(() => wire.socket.terminate());
  await reportAll(wire, 'web-01');
  await server.device(web.id, ({ presence, facts }) => presence === 'online' && facts?.packages === 3);

  t.match(await run('devices'), {
    code: 0,
    err: '',
    out: /web-01\.example\.com +online +Debian GNU\/Linux 12 .*\b3 +now +role=web +dev_/,
  });
  const [device, sections, packages, os] = await Promise.all([
    run('device web-01 --hours 3'),
    run('inventory web-01'),
    run('inventory web-01 packages'),
    run('inventory web-01 os_version'),
  ]);
  t.match(device, { code: 0, err: '', out: /^web-01\.example\.com {2}online\n/ });
  t.match(device.out, /Latest heartbeat +\d/);
  t.match(device.out, /CPU +\d+ % +\d+ % +61 %/, 'the chunk of the last hour');
  t.match(device.out, /disk_full .*warning +open/);
  t.match(sections, {
    code: 0,
    out: /^os_version +1 +(?:\d+ min(?: \d+ s)?|\d+ s) ago +Operating system$/m,
  });
  t.match(packages, { code: 0, out: /^openssl +3\.0\.11-1 +amd64 +deb/m });
  t.match(os, { code: 0, out: /^name +Debian GNU\/Linux$/m });

  for (const [line, path] of [
    ['devices --limit 5', '/api/v1/devices?limit=5'],
    ['inventory web-01 packages', `/api/v1/devices/${web.id}/software?limit=500`],
    ['who-has openssl', '/api/v1/software?name=openssl'],
    ['alerts', '/api/v1/alerts?state=open'],
  ] as const) {
    const { code, out } = await run(`${line} --json`);
    t.equal(code, 0);
    t.same(JSON.parse(out), (await server.call(path)).body, line);
  }
});

t.test('history, comparison, search and figures', async (t) => {
  const [timeline, diff, old, csv, top] = await Promise.all([
    run('timeline web-01 --limit 5'),
    run('diff web-01 1d'),
    muster(['who-has', 'openssl', '--version', '<3.0.14']),
    run('metrics web-01 system.cpu.busy --from 3h --csv'),
    run('top --json'),
  ]);
  t.match(timeline, { code: 0, err: '', out: /first seen: (?:Packages|Operating system)/ });
  t.match(diff, { code: 0, out: /^Packages {2}/m });
  t.match(old, {
    code: 0,
    out: /^web-01\.example\.com +3\.0\.11-1 +amd64 +deb/m,
    err: '1 device has openssl <3.0.14.\n',
  });
  const lines = csv.out.split('\r\n');
  t.equal(lines[0], 'time,system.cpu.busy mean,system.cpu.busy max');
  t.ok(
    lines.some((line) => /^\d{4}-\S+Z,0\.61,0\.61$/.test(line)),
    'a minute of the last hour',
  );
  t.match(JSON.parse(top.out), { online: Number, items: Array });
});

t.test('changing: labels, and the end of a device, which is for good', async (t) => {
  t.match(await run('label web-01 role- env=prod'), { code: 0, err: '', out: 'env=prod\n' });
  const twin = await enrollDevice(server.url, await server.enrollmentToken(), {
    hostname: 'web-01.example.com',
  });
  const both = await run('devices retire web-01 --yes');
  t.match(both, { code: 4, out: '', err: /^Several devices fit web-01: .*\(E_AMBIGUOUS\)\n$/ });
  t.ok(
    [web.id, twin.id].every((id) => both.err.includes(id)),
    'both are named',
  );
  t.match(await run(`devices retire ${web.id.slice(0, 14)} --yes`), { code: 0, out: '', err: /is retired/ });
  t.equal((await server.device(web.id)).state, 'retired');
  t.match(await run(`devices release ${web.id}`), { code: 4, err: /\(E_DEVICE_STATE\)\n$/ });
  t.match(
    await run('device web-01 --json'),
    { code: 0, out: new RegExp(`"id": "${twin.id}"`) },
    'the one that is left is meant',
  );
});

t.test('a device that calls itself a command: shown as text, never offered to the shell', async (t) => {
  const hostname = '$(touch owned)<b>';
  await enrollDevice(server.url, await server.enrollmentToken(), { hostname });
  t.match(await run('devices --columns name --all'), { code: 0, out: hostname });
  const completed = await run('complete -- device ');
  t.equal(completed.code, 0);
  t.match(completed.out, /^web-01\.example\.com\t/m);
  t.notMatch(completed.out, 'touch');
});

t.test('refusals and outages, each with its exit code', async (t) => {
  t.match(await run('device nosuch'), { code: 4, out: '', err: /\(E_NO_MATCH\)\n$/ });
  t.match(await run('inventory web-01 processes'), {
    code: 4,
    out: '',
    err: /offline.*\(E_DEVICE_OFFLINE\)\n$/,
  });
  t.match(await run('metrics web-01 no.such.metric'), { code: 4, out: '', err: /\(E_RANGE\)\n$/ });
  const weak = await server.apiToken(['devices.read']);
  const env = { MUSTER_URL: server.url, MUSTER_CA_FILE: caFile, MUSTER_TOKEN: weak };
  t.match(await muster(['alerts'], { env }), { code: 4, out: '', err: /\(E_FORBIDDEN\)\n$/ });
  t.match(
    await muster(['devices', '--json'], { env }),
    { code: 0, err: '' },
    'the environment stands above the file',
  );
  t.match(await run('logout'), { code: 0, out: '', err: /^Signed out\./ });
  await server.stop();
  const gone = { ...env, MUSTER_TOKEN: token };
  t.match(await muster(['alerts'], { env: gone }), {
    code: 5,
    out: '',
    err: /nothing listens at that address.*\(E_CONNECT\)\n$/,
  });
});
