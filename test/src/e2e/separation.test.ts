// Proves that core and executor are apart, for real: two users, few capabilities, own namespaces; and that the core makes nothing run.
// @needs systemd-analyze
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { keyid } from '@muster/protocol';
import t from 'tap';
import { createOrders } from '../support/orders.ts';
import { findProgram } from '../support/processes.ts';
import {
  CORE_ID,
  findObstacle,
  listChildren,
  makeSeparated,
  readChildFaults,
  readStatus,
  runBeside,
} from '../support/separation.ts';
import { makeFolder, startTestServer } from '../support/server.ts';
import { FILE_PATIENCE_MS, until } from '../support/wait.ts';
import { hostCommand, makeWorkstation, signIn } from '../support/workstation.ts';

t.setTimeout(FILE_PATIENCE_MS);

const obstacle = findObstacle();
if (obstacle !== null) t.comment(`NOT RUN: the separation of core and executor: ${obstacle}`);

/** Capabilities of the executor's unit as the kernel writes them: DAC_READ_SEARCH (2), KILL (5), SYS_ADMIN (21). */
const EXECUTOR_CAPS = '0000000000200024';
const NO_CAPS = '0000000000000000';

const crypto = {
  sha256: (bytes: Uint8Array) => createHash('sha256').update(bytes).digest(),
  verifyEd25519: () => false,
};

/** What a core does that somebody has taken over. It says what each attempt came to, as one line of JSON. */
const HOSTILE = `
const fs = require('node:fs');
const net = require('node:net');
const { pid, frames } = JSON.parse(fs.readFileSync(0, 'utf8'));
const attempt = (work) => { try { return String(work()); } catch (error) { return error.code; } };
const SILENCE_MS = 700;
const PATIENCE_MS = 60000;
const frame = (text) => { const body = Buffer.from(text); const head = Buffer.alloc(4); head.writeUInt32LE(body.length); return Buffer.concat([head, body]); };
// Where an answer or an end is to come it is waited for; after that, and where none is, silence for a while is the end of it.
const say = (bytes, wants) => new Promise((resolve) => {
  const socket = net.connect('/srv/run/executor.sock', () => socket.write(bytes));
  let heard = Buffer.alloc(0);
  const read = () => {
    const said = [];
    for (let at = 0; at + 4 <= heard.length && at + 4 + heard.readUInt32LE(at) <= heard.length; at += 4 + heard.readUInt32LE(at)) said.push(JSON.parse(heard.subarray(at + 4, at + 4 + heard.readUInt32LE(at))));
    return said.filter(({ type }) => type === 'report' || type === 'later').map(({ type, state, code }) => [type, state, code]);
  };
  const end = (closed) => {
    clearTimeout(timer);
    socket.destroy();
    resolve({ closed, said: read() });
  };
  let timer = setTimeout(() => end(false), wants === undefined ? SILENCE_MS : PATIENCE_MS);
  socket.on('data', (part) => {
    heard = Buffer.concat([heard, part]);
    if (wants !== 'answer' || read().length === 0) return;
    clearTimeout(timer);
    timer = setTimeout(() => end(false), SILENCE_MS);
  });
  socket.on('error', (error) => resolve({ closed: error.code, said: [] }));
  socket.on('close', () => end(true));
});
(async () => {
  const files = {
    list: attempt(() => fs.readdirSync('/srv/executor')),
    identity: attempt(() => fs.readFileSync('/srv/executor/identity.json')),
    deny: attempt(() => fs.writeFileSync('/srv/deny.d/mine.json', '[]')),
    socket: attempt(() => fs.unlinkSync('/srv/run/executor.sock')),
    program: attempt(() => fs.appendFileSync('/srv/program/muster-executor.cjs', '//')),
    kill: attempt(() => process.kill(pid, 'SIGTERM')),
    memory: attempt(() => fs.openSync('/proc/' + pid + '/mem', 'r+')),
    root: attempt(() => process.setuid(0)),
  };
  const answers = {};
  for (const [name, { text, hex, wants }] of Object.entries(frames)) answers[name] = await say(text === undefined ? Buffer.from(hex, 'hex') : frame(text), wants);
  console.log(JSON.stringify({ files, answers }));
})();
`;

interface Hostility {
  readonly files: Readonly<Record<string, string>>;
  readonly answers: Readonly<
    Record<string, { readonly closed: boolean | string; readonly said: readonly (readonly unknown[])[] }>
  >;
}

t.test('two users, and what each cannot do', { skip: obstacle ?? false }, async (t) => {
  const server = await startTestServer(t);
  const house = await makeSeparated(t);
  const { at, started } = house;

  const enrolled = house.agent(
    ['enroll', '--server', server.url, '--token-file', '-', '--state-dir', '/srv/core'],
    `${await server.enrollmentToken()}\n`,
  );
  t.equal(await enrolled.ended, 0, enrolled.output());
  const [device = ''] = /dev_[a-z2-7]{26}/.exec(enrolled.output()) ?? [];
  t.match(await stat(at('/srv/core/enrollment.json')), { uid: CORE_ID });
  const executor = await house.startExecutor();
  const core = house.startCore();
  await until('the executor answers the knock', () => executor.output().includes('this device was pinned'));
  await server.device(device, ({ presence }) => presence === 'online');

  const me = await makeWorkstation(t, 'me');
  const { url, dataDir } = server;
  const token = (await hostCommand(`token --name me --data-dir ${dataDir}`)).out.trim();
  await signIn(t, me, { url, dataDir, token });
  const profile = me.file('muster/profile.json');
  const known = JSON.parse(readFileSync(profile, 'utf8'));
  writeFileSync(profile, JSON.stringify({ ...known, keyFolder: join(dataDir, 'keys') }));
  const folder = await makeFolder(t, 'content');
  const order = (line: string) => me.run(`run ${line} --device ${device} --yes`);

  await t.test('who they are', async (t) => {
    const [ofCore, ofExecutor] = await Promise.all([readStatus(core.pid), readStatus(executor.pid)]);
    t.equal(ofCore.get('Uid'), `${CORE_ID}\t`.repeat(4).trim());
    for (const caps of ['CapEff', 'CapPrm', 'CapBnd', 'CapInh', 'CapAmb'])
      t.equal(ofCore.get(caps), NO_CAPS, `the core's ${caps}`);
    t.equal(ofExecutor.get('Uid'), '0\t0\t0\t0');
    for (const caps of ['CapEff', 'CapPrm', 'CapBnd']) t.equal(ofExecutor.get(caps), EXECUTOR_CAPS, caps);
    for (const status of [ofCore, ofExecutor]) t.equal(status.get('NoNewPrivs'), '1');
    const pinned = JSON.parse(await readFile(at('/srv/executor/identity.json'), 'utf8'));
    t.equal(pinned.deviceId, device, 'pinned out of a folder that is the core’s alone');
    t.same(
      (await readdir(at('/srv/core'))).filter((name) => name.startsWith('executor')),
      [],
      'nothing of the executor lies there',
    );
  });

  await t.test('a change is done by a unit, outside of the executor’s read-only view', async (t) => {
    const body = join(folder, 'banner');
    writeFileSync(body, 'hello\n');
    await me.done(t, `content add ${body} --place /srv/data/banner --mode 0640`);
    const put = await order('file.put content=banner');
    t.equal(put.code, 0, put.err + executor.output());
    t.equal(readFileSync(at('/srv/data/banner'), 'utf8'), 'hello\n');
    t.equal((await stat(at('/srv/data/banner'))).mode & 0o777, 0o640);
    t.equal(started.length, 1);
    t.match(
      started[0]?.join(' '),
      /--unit=muster-run-[a-z2-7]{26}-[a-z2-7]{26}-1 .*muster-executor\.cjs wrap \/srv\/executor\//,
    );
    const touch = (path: string) => runBeside(t, executor.pid, ['--mount', '--', '/usr/bin/touch', path]);
    await t.rejects(touch('/srv/data/own'), /Read-only file system/);
    await t.rejects(touch('/etc/own'), /Read-only file system/);
    t.equal((await order('file.put content=banner')).code, 0);
    t.equal(started.length, 1, 'what holds starts nothing');
    writeFileSync(join(folder, 'own'), 'own\n');
    await me.done(t, `content add ${join(folder, 'own')} --place /srv/executor/banner`);
    const refused = await order('file.put content=own');
    t.match(refused.err + refused.out, /E_PATH/);
  });

  await t.test(
    'a script as another user: a body he can read and nobody exchange, input from a file',
    async (t) => {
      const body = join(folder, 'look.sh');
      writeFileSync(
        body,
        [
          '#!/bin/sh',
          'id -u',
          'cat "$0" | head -n 1',
          '[ -w "$0" ] && echo writable',
          '[ -S /proc/self/fd/0 ] && echo socket',
          'cat',
          'ls /srv/executor 2>/dev/null && echo open',
          'exit 0',
        ].join('\n'),
      );
      await me.done(t, `content add ${body} --run-as nobody --stdin`);
      const ran = await order("script.run content=look.sh runAs=nobody 'stdin=words on input\n'");
      t.equal(ran.code, 0, ran.err);
      t.match(ran.out, /^65534\n#!\/bin\/sh\nwords on input\n$/);
      t.notMatch(ran.out, /writable|socket|open/);
    },
  );

  const noApt = findProgram('apt-get') === null ? 'there is no apt here' : false;
  await t.test('what must write where it only looks is run by a unit', { skip: noApt }, async (t) => {
    const before = started.length;
    const dry = await order('package.remove names=systemd --dry-run');
    // apt says no to it, or what else would go; either way it could make its plan.
    t.notMatch(dry.out + dry.err, /Read-only file system|Unable to/);
    t.ok(started.length > before, 'the simulation needs a folder for temporary files');
    t.same(
      (await readdir(at(`/srv/executor/${device}/spool`))).filter((name) => name.includes('look')),
      [],
      'and leaves nothing',
    );
  });

  await t.test('the executor has no network', async (t) => {
    const names = await Promise.all([core, executor].map(({ pid }) => readlink(`/proc/${pid}/ns/net`)));
    t.not(names[0], names[1]);
    const { hostname, port } = new URL(server.url);
    const connect = `require('node:net').connect(${port}, '${hostname}').on('connect', () => { console.log('CONNECTED'); process.exit(); }).on('error', ({ code }) => console.log(code))`;
    const answer = (pid: number) => runBeside(t, pid, ['--net', '--', process.execPath, '-e', connect]);
    t.match(await answer(executor.pid), /ENETUNREACH|ECONNREFUSED/);
    t.match(await answer(core.pid), /CONNECTED/, 'the same from the core’s network');
  });

  await t.test('a core that was taken over reads nothing, changes nothing and runs nothing', async (t) => {
    const orders = await createOrders(server);
    const { envelope, id } = orders.sign(await orders.find(`id == "${device}"`), { kind: 'power.shutdown' });
    const command = JSON.parse(Buffer.from(envelope.payload, 'base64url').toString());
    const seal = (change: object) =>
      Buffer.from(JSON.stringify({ ...command, ...change })).toString('base64url');
    const offer = (change: object) =>
      JSON.stringify({ type: 'run.offer', cmdId: id, proof: null, content: [], envelope, ...change });
    const script = { kind: 'script.run', args: { content: 'A'.repeat(43) } };
    const [signature] = envelope.signatures;
    const ownKey = { ...envelope, signatures: [{ ...signature, keyid: keyid(randomBytes(32), crypto) }] };
    const frames = {
      garbage: { text: randomBytes(64).toString('latin1') },
      empty: { text: '' },
      oversize: { hex: 'ffffffff00', wants: 'end' },
      half: { hex: 'ff0000007b' },
      deep: { text: '['.repeat(200_000) },
      program: {
        text: JSON.stringify({ type: 'exec', path: '/bin/sh', args: ['-c', 'touch /srv/data/own'] }),
      },
      wrap: { text: JSON.stringify({ type: 'wrap', folder: '/srv/core/spool' }) },
      prototype: { text: '{"type":"__proto__"}' },
      path: { text: JSON.stringify({ type: 'file.read', cmdId: '../../../etc/shadow', offset: 0 }) },
      body: {
        text: JSON.stringify({
          ...{ type: 'piece', sha256: '../../../../etc/cron.d/own', totalBytes: 1, offset: 0, data: 'AA' },
        }),
      },
      unwanted: {
        text: JSON.stringify({ type: 'piece', sha256: 'A'.repeat(43), totalBytes: 1, offset: 0, data: 'AA' }),
      },
      changed: { text: offer({ envelope: { ...envelope, payload: seal(script) } }), wants: 'answer' },
      unsigned: { text: offer({ envelope: { ...envelope, signatures: [] } }) },
      foreign: { text: offer({ envelope: ownKey }), wants: 'answer' },
      more: { text: offer({ user: 'root' }) },
    };
    // He is the core now: the real one must not knock again and take his place.
    core.signal('SIGSTOP');
    const faults = await readChildFaults(executor.pid);
    const units = started.length;
    const hostile = house.asCore(['/srv/node', '-e', HOSTILE], JSON.stringify({ pid: executor.pid, frames }));
    t.equal(await hostile.ended, 0, hostile.output());
    core.signal('SIGCONT');
    const { files, answers }: Hostility = JSON.parse(hostile.output());
    t.same(files, {
      ...{ list: 'EACCES', identity: 'EACCES', deny: 'EACCES', socket: 'EACCES', program: 'EACCES' },
      ...{ kill: 'EPERM', memory: 'EACCES', root: 'EPERM' },
    });
    const refused = [['report', 'refused', 'E_SIG']];
    const silence = { closed: false, said: [] };
    t.same(answers, {
      ...{ garbage: silence, empty: silence, half: silence, deep: silence, program: silence, wrap: silence },
      ...{ prototype: silence, path: silence, body: silence, unwanted: silence, more: silence },
      oversize: { closed: true, said: [] },
      changed: { closed: false, said: refused },
      unsigned: silence,
      foreign: { closed: false, said: [['later', null, 'E_NOKEY']] },
    });
    for (const code of ['E_SHAPE', 'E_TYPE', 'E_SIZE', 'E_SIG'])
      await until(`${code} was logged`, () => executor.output().includes(`"code":"${code}"`));
    t.equal(started.length, units, 'no unit was started');
    t.equal(await readChildFaults(executor.pid), faults, 'no program was started either');
    t.same(await readdir(at('/srv/data')), ['banner']);
    t.same(await readdir(at('/srv/deny.d')), []);
  });

  await t.test('the executor lives on, and the core has started no program in all that time', async (t) => {
    const again = await order('inventory.refresh');
    t.equal(again.code, 0, again.err);
    t.equal((await readStatus(executor.pid)).get('Name'), 'node');
    t.equal(await readChildFaults(core.pid), 0);
    t.same(await listChildren(core.pid), []);
  });
});
