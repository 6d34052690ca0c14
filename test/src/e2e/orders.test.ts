// Orders from the command line to devices and back: shown, signed, approved, followed, halted; devices are simulated, all else is real.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { enrollDevice } from '../fleet/device.ts';
import { startHardened } from '../support/hardened.ts';
import { startTestServer } from '../support/server.ts';
import { makeToldDevice } from '../support/told-device.ts';
import { FILE_PATIENCE_MS, until } from '../support/wait.ts';
import { hostCommand, makeWorkstation, signIn } from '../support/workstation.ts';

t.setTimeout(FILE_PATIENCE_MS);

const ordered = (text: string) => /cmd_[a-z2-7]{26}/.exec(text)?.[0] ?? '';

t.test('two persons order things on devices', async (t) => {
  const { server, anna, berta } = await startHardened(t);
  const web = await makeToldDevice(server, 'web-01', ({ kind }) => ({
    state: 'succeeded',
    exit: 0,
    output: `did ${kind}\n`,
  }));
  const db = await makeToldDevice(server, 'db-01', ({ args }) =>
    args.name === 'bad'
      ? { state: 'failed', exit: 3, output: 'no\n' }
      : { state: 'succeeded', output: 'yes\n' },
  );
  const laptop = await makeToldDevice(server, 'laptop', () => ({ state: 'succeeded' }));
  const wires = [await web.connect(), await db.connect()];
  t.teardown(() => wires.forEach(({ socket }) => void socket.terminate()));
  for (const { id } of [web, db]) await server.device(id, ({ presence }) => presence === 'online');

  await t.test('one device: shown in full, signed, followed to its end', async (t) => {
    const asked = await anna.run('run service.restart name=nginx --device web-01');
    t.match(asked, { code: 2, err: /Command +service\.restart\n[\s\S]*name +nginx[\s\S]*E_CONFIRM/ });
    t.equal(web.seen.size, 0, 'nothing is sent before it is signed');
    const { code, out, err } = await anna.run(
      "run service.restart name=nginx --device web-01 --yes --reason 'new certificate'",
    );
    t.equal(code, 0, err);
    t.equal(out, 'did service.restart\n', 'the output alone, plain');
    t.match(err, /Reason +new certificate\n[\s\S]*On 1 device\n[\s\S]*web-01 +online/);
    t.match(err, /It succeeded\.\n$/);
    const id = ordered(err);
    t.match((await anna.done(t, `job ${id}`)).out, /State +done\n[\s\S]*Signed by +anna \(1 of 1\)/);
    t.equal((await anna.done(t, `job ${id.slice(0, 12)} --output web-01`)).out, 'did service.restart\n');
    t.match((await anna.done(t, 'jobs')).out, id);
  });

  await t.test(
    'several: a name before each line, a table of those that failed, and the exit code',
    async (t) => {
      const all = await anna.run('run service.stop name=bad --device web-01 db-01 --yes');
      t.equal(all.code, 6, all.err);
      t.match(all.out, /^web-01: did service\.stop$/m);
      t.match(all.out, /^db-01: no$/m);
      t.match(all.out, /db-01 +failed +exit code 3/);
      t.match(all.err, /1 succeeded, 1 failed\.\n.*E_JOB_FAILED/);
      t.match((await anna.done(t, `job ${ordered(all.err)} --runs failed`)).out, /^db-01 +failed/m);
    },
  );

  await t.test(
    'a freeze is told before it is signed, and an emergency waits for the other person',
    async () => {
      const [from, to] = [-1, 1].map((days) => new Date(Date.now() + days * 86_400_000).toISOString());
      const freeze = `freezes:\n  - { from: ${from?.slice(0, 16)}Z, to: ${to?.slice(0, 16)}Z, reason: Year end., all: true }\n`;
      const rule = 'rules:\n  - id: a\n    title: A\n    sysctl: { key: vm.swappiness, value: "10" }\n';
      writeFileSync(anna.file('freeze.yaml'), `policy: year-end\ntitle: T\nowner: anna\n${freeze}${rule}`);
      await anna.done(t, `apply -f ${anna.file('freeze.yaml')} --yes`);
      const held = await anna.run('run service.restart name=nginx --device web-01 --yes --no-wait');
      t.match(
        held.err,
        /^A freeze of policy year-end is in force until .*\("Year end\."\): devices.*--emergency/m,
      );
      const asked = await anna.run('run service.restart name=cron --device web-01 --emergency --yes');
      t.match(asked, { code: 7, err: /needs 2 signers[\s\S]*Emergency +yes: a freeze does not hold it/ });
      t.notMatch(asked.err, /is in force until/);
      const id = ordered(asked.err);
      t.match((await anna.done(t, `job ${id}`)).out, /Signed by +anna \(1 of 2\)/);
      const approved = await berta.done(t, `approve ${id} --yes`);
      t.match(approved.err, /Emergency +yes/);
      await until('it is done', async () => (await anna.done(t, `job ${id}`)).out.includes('done'));
      writeFileSync(anna.file('freeze.yaml'), `policy: year-end\ntitle: T\nowner: anna\n${rule}`);
      await anna.done(t, `apply -f ${anna.file('freeze.yaml')} --yes`);
    },
  );

  await t.test('an expression that a device can judge is signed with the command', async (t) => {
    const found = await anna.run([
      'run',
      'inventory.refresh',
      '--on',
      `id in ["${web.id}", "${db.id}"]`,
      '--yes',
    ]);
    t.equal(found.code, 0, found.err);
    t.match(found.err, /Condition +id in .*each device checks it itself/);
    t.match(found.err, /All 2 devices succeeded/);
    const wrong = await anna.run(['run', 'inventory.refresh', '--on', 'hostnam == "x"', '--yes']);
    t.match(wrong, { code: 2, err: /hostname.*E_EXPRESSION\)\n[\s\S]*\^\n$/ });
    const none = await anna.run(['run', 'inventory.refresh', '--on', 'hostname == "nobody"', '--yes']);
    t.match(none, { code: 4, err: /No active device is meant.*E_NO_TARGETS/ });
  });

  await t.test('a device that is offline gets it later; who watched hears so and may go', async (t) => {
    const { code, err } = await anna.run('run inventory.refresh --device laptop web-01 --yes');
    t.match({ code, err }, { code: 7, err: /not reached now.*they get it when they are[\s\S]*E_JOB_OPEN/ });
    const id = ordered(err);
    const wire = await laptop.connect();
    await until('the laptop has it', () => laptop.seen.has(id));
    t.match(await anna.run(`job ${id} --follow`), { code: 0, err: /All 2 devices succeeded/ });
    wire.socket.terminate();
    await server.device(laptop.id, ({ presence }) => presence === 'offline');
    const canceled = ordered((await anna.run('run inventory.refresh --device laptop --yes --no-wait')).out);
    t.match((await anna.done(t, `cancel ${canceled} --reason 'not needed'`)).out, /State +canceled/);
  });

  await t.test('what one person cannot order alone waits for the second', async (t) => {
    const lock = await anna.run('run device.lock --device web-01 --yes');
    t.match(lock, { code: 7, err: /destructive, needs 2 signers[\s\S]*waits for another signer/ });
    const id = ordered(lock.out);
    t.notOk(web.seen.has(id));
    t.match(await anna.run(`approve ${id} --yes`), { code: 2, err: /anna has signed this already/ });
    const approved = await berta.done(t, `approve ${id} --yes`);
    t.match(approved.err, /Command +device\.lock[\s\S]*Signed so far by: anna\.[\s\S]*Signed by anna, berta/);
    t.match(await berta.run(`job ${id} --follow`), { code: 0 });
    t.ok(web.seen.has(id));
    t.match(await anna.run('run device.lock --device web-01 --expires 2d --yes'), {
      code: 2,
      err: /at most 1d/,
    });
  });

  await t.test('a script: added, approved with its body in sight, run with its parameters', async (t) => {
    const script = anna.file('clean.sh');
    writeFileSync(script, '#!/bin/sh\necho "$MUSTER_DAYS"\n');
    const added = await anna.done(
      t,
      `content add ${script} --param days:integer:required --timeout 2m --ok-exit 0,3`,
    );
    t.match(added.out, /script, run by sh/);
    t.match(added.err, /Somebody else must sign it/);
    t.match(await anna.run('run script.run content=clean.sh days=7 --device web-01 --yes'), {
      code: 4,
      err: /E_CONTENT/,
    });
    t.match(
      (await berta.done(t, 'approve clean.sh --yes')).err,
      /\| echo "\$MUSTER_DAYS"[\s\S]*signed by anna, berta: approved/,
    );
    t.equal((await berta.done(t, 'content show clean.sh --body')).out, readFileSync(script, 'utf8'));
    t.match(await anna.run('run script.run content=clean.sh --device web-01 --yes'), {
      code: 2,
      err: /needs days=<integer>/,
    });
    t.match(await anna.run('run script.run content=clean.sh days=x --device web-01 --yes'), {
      code: 2,
      err: /whole number/,
    });
    const ran = await anna.run('run script.run content=clean.sh days=7 --device web-01 --yes');
    t.equal(ran.code, 0, ran.err);
    t.match(
      ran.err,
      /parameters +\{"days":7\}[\s\S]*clean\.sh, run by sh for at most 2m; success is exit code 0, 3/,
    );
    const unsigned: [string, RegExp][] = [
      ['stdin=words', /not signed to be given input/],
      ['runAs=www-data', /for the default user only/],
    ];
    for (const [more, sentence] of unsigned)
      t.match(await anna.run(`run script.run content=clean.sh days=7 ${more} --device web-01 --yes`), {
        code: 2,
        err: sentence,
      });
    const other = anna.file('tidy.sh');
    writeFileSync(other, '#!/bin/sh\ncat\n');
    await anna.done(t, `content add ${other} --run-as www-data --stdin`);
    const seen = await berta.done(t, 'approve tidy.sh --yes');
    t.match(seen.err, /Runs as +one of: www-data\n[\s\S]*Input +whatever the one who orders it gives/);
    const fed = await anna.run('run script.run content=tidy.sh stdin=words --device web-01 --yes');
    t.match(fed, { code: 0, err: /stdin +words[\s\S]*runAs +www-data/ }, 'the only user is filled in');
  });

  await t.test('a file: its place is signed with it, and who orders it chooses nothing', async (t) => {
    const file = anna.file('motd');
    writeFileSync(file, 'hello\n');
    const mistakes: [string, RegExp][] = [
      ['', /needs the place where it belongs/],
      ['--mode 0777', /say --place too/],
      [
        '--place /etc/motd --stdin',
        /A file has no interpreter, parameters, users, input, time limit or exit codes/,
      ],
      ['--place /etc/motd --interpreter sh', /A script has no place/],
      ['--place /etc/motd --timeout 1m', /--timeout and --ok-exit belong to a script/],
      ['--interpreter sh --ok-exit 0,256', /Exit codes go from 0 to 255/],
      ['--place /etc/motd --mode 4755', /does not fit its schema at \/place/],
    ];
    for (const [options, sentence] of mistakes) {
      const refused = await anna.run(`content add ${file} ${options}`);
      t.match(refused.err, sentence);
      t.not(refused.code, 0, options);
    }
    await anna.done(t, `content add ${file} --place /etc/motd --mode 0640 --group adm`);
    const approved = await berta.done(t, 'approve motd --yes');
    t.match(approved.err, /Place +\/etc\/motd\n.*Mode +0640\n.*Owner +root\n.*Group +adm\n/);
    t.match((await anna.done(t, 'content list')).out, /motd +file for \/etc\/motd/);
    t.match(await anna.run('run file.put content=motd path=/etc/nologin --device web-01 --yes'), {
      code: 2,
      err: /takes no parameter path/,
    });
    t.match(await anna.run('run file.put content=clean.sh --device web-01 --yes'), {
      code: 2,
      err: /signed as a script; file.put takes a file/,
    });
    t.match(await anna.run('run file.put content=motd --device web-01 --yes'), {
      code: 0,
      err: /Content +motd, put to \/etc\/motd \(mode 0640, of root, group adm\)/,
    });
  });

  await t.test('one person halts, two lift', async (t) => {
    const halted = await berta.done(t, "halt --kind service.* --for 2h --reason 'something is wrong'");
    const id = halted.out.trim();
    t.match((await anna.done(t, 'halts')).out, /in-force +all commands of the kind service\.\*/);
    const held = await anna.run('run service.start name=nginx --device web-01 --yes');
    t.not(held.code, 0, 'nothing of that kind is ordered now');
    const file = anna.file('lift.json');
    t.match(await anna.run(`lift ${id}`), { code: 2, err: /two persons lift a halt: muster lift .* --out/ });
    await anna.done(t, `lift ${id} --out ${file}`);
    t.match(await anna.run(`lift ${id} --with ${file}`), { code: 2, err: /anna has signed this already/ });
    t.match((await berta.done(t, `lift ${id} --with ${file}`)).err, /anna signed[\s\S]*Lifted/);
    t.match((await anna.done(t, `lift ${id}`)).err, /was lifted already/);
    t.match((await anna.done(t, 'halts')).out, /lifted/);
    t.match(await anna.run('halt --kind foo.*'), { code: 2, err: /^No kind fits foo\.\*; muster kinds/ });
    t.match(await anna.run('halt --reason x'), { code: 2, err: /Say what is to stop/ });
  });

  await t.test('mistakes in parameters are found before anything is asked of the server', async (t) => {
    const mistakes: [string, RegExp][] = [
      ['run service.restart --device web-01 --yes', /needs name=<text>/],
      [
        'run service.restart nam=x name=y --device web-01 --yes',
        /takes no parameter nam; it takes name\. Did you mean name\?/,
      ],
      ['run service.restart name=-x --device web-01 --yes', /^name is a name without blanks.*E_USAGE/],
      ['run process.signal pid=x startTicks=1 --device web-01 --yes', /pid is written as/],
      [
        'run process.signal pid=7 startTicks=1 signal=TRAP --device web-01 --yes',
        /signal is written as signal=<TERM\|KILL/,
      ],
      ['run inventory.refresh --yes', /Say which devices/],
      ['run package.install packages --device web-01 --yes', /written as name=value/],
    ];
    for (const [line, expected] of mistakes) t.match((await anna.run(line)).err, expected, line);
    const many = await anna.run('run package.install packages=nginx,curl=8.5.0-1 --device web-01 --yes');
    t.match(many, {
      code: 0,
      err: /\[\{"name":"nginx","version":""\},\{"name":"curl","version":"8\.5\.0-1"\}\]/,
    });
  });

  await t.test('many devices are signed as the root of a tree that is computed here', async (t) => {
    const token = await server.enrollmentToken({ uses: 30 });
    for (let at = 0; at < 26; at++) await enrollDevice(server.url, token, { hostname: `many-${at}` });
    const line = ['run', 'inventory.refresh', '--on', 'true', '--yes', '--no-wait'];
    const { err: shown } = await anna.run(line);
    t.match(
      shown,
      /On 29 devices, 2\d of them offline now\n29 devices, among them [\s\S]*root of their hash tree: [A-Za-z0-9_-]{43}/,
    );
    const wipe = await anna.run(['run', 'device.wipe', '--on', 'true', '--yes']);
    t.match(wipe, { code: 4, err: /E_BLAST/ });
  });
});

t.test('in a quick start the key beside the server signs, and it says so', async (t) => {
  const server = await startTestServer(t);
  const { url, dataDir } = server;
  const me = await makeWorkstation(t, 'me');
  const token = (await hostCommand(`token --name me --data-dir ${dataDir}`)).out.trim();
  await signIn(t, me, { url, dataDir, token });
  const web = await makeToldDevice(server, 'web-01', () => ({ state: 'succeeded', output: 'done\n' }));
  const wire = await web.connect();
  t.teardown(() => void wire.socket.terminate());
  t.match(await me.run('run inventory.refresh --device web-01 --yes'), {
    code: 2,
    err: /--key <data folder>\/server\/keys\/signer\.pem.*E_NO_KEY/,
  });
  const profile = me.file('muster/profile.json');
  const known = JSON.parse(readFileSync(profile, 'utf8'));
  writeFileSync(profile, JSON.stringify({ ...known, keyFolder: join(dataDir, 'keys') }));
  const { code, out, err } = await me.run('run inventory.refresh --device web-01 --yes');
  t.equal(code, 0, err);
  t.equal(out, 'done\n');
  t.match(err, /Mode quickstart: this key lies beside the server/);
  t.match(await me.run('run device.wipe --device web-01 --yes'), { code: 4, err: /harden.*E_QUICKSTART/ });
});
