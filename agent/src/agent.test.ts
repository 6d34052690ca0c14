// Proves the small parts that the agent stands on: settings, command line, token, keys, locks, messages in order.
import { createHash } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeBase64url, isMusterError } from '@muster/protocol';
import t from 'tap';
import { WebSocket, WebSocketServer } from 'ws';
import { parseCommandLine, readConfig } from './commands/command-line.ts';
import { runStatus } from './commands/status.ts';
import { agentSettings, flagOf, loadConfig, variableOf } from './config.ts';
import { describeFailure } from './connection/connection.ts';
import { createInbox } from './connection/inbox.ts';
import { createOutbox } from './connection/outbox.ts';
import { runSession } from './connection/session.ts';
import { socketUrl } from './connection/socket.ts';
import { createStateFolder } from './identity/state-folder.ts';
import { parseToken } from './identity/token.ts';
import { systemClock } from './platform/clock.ts';
import { acquireInstanceLock } from './platform/instance-lock.ts';
import { startProcess } from './platform/processes.ts';
import { createStorage } from './platform/storage.ts';
import { readStatus, writeStatus } from './status.ts';
import { createSuspicions } from './suspicion.ts';

function codeOf(work: () => unknown): string {
  try {
    work();
    return 'accepted';
  } catch (error) {
    if (!isMusterError(error)) throw error;
    return error.code;
  }
}

async function codeOfAsync(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'accepted';
  } catch (error) {
    if (!isMusterError(error)) throw error;
    return error.code;
  }
}

/** Compiled, everything lies beside this file as JavaScript; from source it needs the loader. */
const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';

/** Runs a shell script in which `$node` is Node and `$agent` this program; returns what it printed. */
async function runScript(script: string): Promise<string> {
  const here = fileURLToPath(new URL('.', import.meta.url));
  const flags = extension === '.ts' ? ' --conditions=muster-source --import tsx' : '';
  const node = `${process.execPath}${flags}`;
  const text = `cd '${here}'; node='${node}'; agent="$node main${extension}"; exec 2>&1; ${script}`;
  const end = await startProcess('/bin/sh', ['-c', text], { timeoutMs: 150_000, maxOutputBytes: 1e6 });
  return end.outcome === 'exited' ? end.output.toString('utf8') : end.reason;
}

const nothing = { file: null, env: {}, flags: {} };

t.test('settings have defaults, and later sources win', async (t) => {
  t.same(
    loadConfig(nothing),
    Object.fromEntries(agentSettings.map((setting) => [setting.name, setting.default])),
  );
  const file = { stateDir: '/from/file', logLevel: 'warn' };
  const env = { [variableOf('stateDir')]: '/from/env' };
  const flags = { [flagOf('logLevel')]: 'debug', 'proxy-ends-tls': true };
  t.match(loadConfig({ file, env, flags }), { stateDir: '/from/env', logLevel: 'debug', proxyEndsTls: true });
  t.throws(() => Object.assign(loadConfig(nothing), { stateDir: '/x' }), 'nobody changes it afterwards');
});

t.test('all faults of the settings are told at once, each with what is wanted', async (t) => {
  const file = { logLevel: 'loud', colour: 'red', proxyEndsTls: 'maybe' };
  const sources = { file, env: { MUSTER_AGENT_LOG_LEVEL: 'quiet' }, flags: {} };
  t.throws(() => loadConfig(sources), {
    code: 'E_CONFIG',
    message:
      /colour is no setting.*logLevel must be one of debug.*MUSTER_AGENT_LOG_LEVEL must be one of.*proxyEndsTls must be true or false/s,
  });
  t.throws(() => loadConfig({ ...nothing, file: [] }), { message: /one JSON object/ });
});

t.test(
  'a socket that the system would cut is refused before anything starts, and only where it is used',
  async (t) => {
    const stateDir = `/${'d'.repeat(92)}`;
    const fits = { stateDir, executor: 'service' };
    t.equal(`${stateDir}/executor.sock`.length, 107);
    t.match(loadConfig({ ...nothing, file: fits }), fits);
    const tooLong = { ...fits, stateDir: `${stateDir}d` };
    t.throws(() => loadConfig({ ...nothing, file: tooLong }), {
      code: 'E_CONFIG',
      message: /executor\.sock, is 108 bytes long.* more than 107: set executorSocket to a shorter path/,
    });
    const short = { ...tooLong, executorSocket: '/run/muster/executor.sock' };
    t.match(loadConfig({ ...nothing, file: short }), short);
    t.match(loadConfig({ ...nothing, file: { ...tooLong, executor: 'child' } }), { executor: 'child' });
    // Bytes, not characters.
    const wide = { executor: 'service', executorSocket: `/${'\u00e4'.repeat(54)}` };
    t.throws(() => loadConfig({ ...nothing, file: wide }), { message: /is 109 bytes long/ });
    const output = await runScript(
      `$agent run --executor service --state-dir '${stateDir}d'; echo "ended with $?"`,
    );
    t.match(output, /set executorSocket to a shorter path.*\(E_CONFIG\)\nended with 2\n$/s);
  },
);

t.test('the command line gives command, words and flags, and says what it does not know', async (t) => {
  t.match(parseCommandLine(['collect', 'users', '--json', '--state-dir', '/x']), {
    command: 'collect',
    words: ['users'],
    flags: { json: true, 'state-dir': '/x' },
  });
  t.equal(
    codeOf(() => parseCommandLine(['run', '--bogus'])),
    'E_USAGE',
  );
  const config = join(
    t.testdir({ 'agent.json': '{"stateDir":"/from/file"}', 'bad.json': '{' }),
    'agent.json',
  );
  t.match(await readConfig(parseCommandLine(['run', '--config', config]), {}), { stateDir: '/from/file' });
  t.equal(
    await codeOfAsync(readConfig(parseCommandLine(['run', '--config', '/nowhere.json']), {})),
    'E_CONFIG',
  );
  const bad = config.replace('agent', 'bad');
  t.equal(await codeOfAsync(readConfig(parseCommandLine(['run', '--config', bad]), {})), 'E_CONFIG');
});

t.test('tokens are read as people paste them, and nothing else is one', async (t) => {
  const seed = encodeBase64url(new Uint8Array(32).fill(7));
  const text = `mst1.${'a'.repeat(26)}.${seed}.${seed}`;
  t.match(parseToken(` ${text}\n`), { id: `tok_${'a'.repeat(26)}`, trustHash: seed });
  for (const wrong of [
    '',
    'mst1',
    text.replace('mst1', 'mst2'),
    `${text}.x`,
    text.slice(0, -1),
    text.replace(/\.a/, '.A'),
  ]) {
    t.equal(
      codeOf(() => parseToken(wrong)),
      'E_TOKEN',
      wrong,
    );
  }
  const strayBits = `${seed.slice(0, -1)}d`;
  t.equal(
    codeOf(() => parseToken(`mst1.${'a'.repeat(26)}.${strayBits}.${seed}`)),
    'E_TOKEN',
    'stray bits at the end',
  );
});

t.test(
  'keys are made once, kept for the agent only, and a damaged file is no reason to make new ones',
  async (t) => {
    const root = join(t.testdir({}), 'state');
    const folder = createStateFolder(createStorage(root));
    const first = await folder.keys();
    const again = await createStateFolder(createStorage(root)).keys();
    t.ok(first.device.equals(again.device) && first.seal.equals(again.seal));
    t.equal(statSync(join(root, 'identity.json')).mode & 0o777, 0o600);
    t.equal(statSync(root).mode & 0o777, 0o700);
    t.equal(await folder.epoch(), 0);
    await folder.saveEpoch(7);
    t.equal(await createStateFolder(createStorage(root)).epoch(), 7);
    writeFileSync(join(root, 'identity.json'), '{"device":');
    t.equal(await codeOfAsync(folder.keys()), 'E_STATE');
    writeFileSync(join(root, 'enrollment.json'), '{"deviceId":1}');
    t.equal(await codeOfAsync(folder.enrollment()), 'E_STATE');
    await folder.forget();
    t.equal(await folder.enrollment(), null);
    t.notOk((await folder.keys()).device.equals(first.device), 'a forgotten device has new keys');
  },
);

t.test('one agent a state folder, and a lock of a dead one holds nobody up', async (t) => {
  const root = join(t.testdir({}), 'state');
  const release = await acquireInstanceLock(root);
  t.equal(await codeOfAsync(acquireInstanceLock(root)), 'E_RUNNING');
  await release();
  writeFileSync(join(root, 'agent.lock'), '1 12345\n');
  const afterCrash = await acquireInstanceLock(root);
  t.match(readFileSync(join(root, 'agent.lock'), 'utf8'), `${process.pid} `);
  await afterCrash();
  writeFileSync(join(root, 'agent.lock'), '');
  await (await acquireInstanceLock(root))();
});

/** Takes the lock of one folder after the other, each at the same moment as another process; says which it got. */
const racer = `
  const [root, me, other, rounds] = process.argv.slice(2);
  const meet = (name) => {
    writeFileSync(root + '/' + name + '.' + me, '');
    while (!existsSync(root + '/' + name + '.' + other));
  };
  for (let round = 0; round < Number(rounds); round++) {
    meet(round + '.ready');
    const release = await acquireInstanceLock(root + '/' + round).catch((error) => error.code);
    const lock = readFileSync(root + '/' + round + '/agent.lock', 'utf8');
    console.log(round, typeof release === 'string' ? release : lock.startsWith(process.pid + ' ') ? 'got' : 'lost');
    meet(round + '.done');
    if (typeof release !== 'string') await release();
  }`;

t.test('of two processes that meet the same dead lock exactly one takes it', async (t) => {
  const rounds = 300;
  const root = t.testdir({});
  const dead = '1 12345 gone\n';
  const claim = `agent.lock.${createHash('sha256').update(dead).digest('hex').slice(0, 16)}`;
  for (let round = 0; round < rounds; round++) {
    const folder = join(root, String(round));
    mkdirSync(folder, { mode: 0o700 });
    writeFileSync(join(folder, 'agent.lock'), dead);
    // An earlier start died when it had begun to take over.
    if (round % 3 === 0) writeFileSync(join(folder, claim), '2 12345 gone\n');
  }
  writeFileSync(
    join(root, 'racer.mjs'),
    `import { existsSync, readFileSync, writeFileSync } from 'node:fs';
    import { acquireInstanceLock } from '${new URL(`./platform/instance-lock${extension}`, import.meta.url)}';
    ${racer}`,
  );
  const run = (me: string, other: string) => `$node '${root}/racer.mjs' '${root}' ${me} ${other} ${rounds}`;
  const said = await runScript(`${run('a', 'b')} & ${run('b', 'a')} & wait`);
  const wanted = Array.from({ length: rounds }, (_, round) => [`${round} E_RUNNING`, `${round} got`]);
  t.same(said.trim().split('\n').sort(), wanted.flat().sort());
  const left = Array.from({ length: rounds }, (_, round) => readdirSync(join(root, String(round))));
  t.same(left.flat(), [], 'and nothing of it is left');
});

t.test('a state folder that cannot be used is said so', async (t) => {
  const root = t.testdir({ file: 'text' });
  const open = join(root, 'open');
  mkdirSync(open);
  chmodSync(open, 0o770);
  await t.rejects(acquireInstanceLock(open), {
    code: 'E_STATE_ACCESS',
    message: /written by others.*mode to 700/,
  });
  if (process.geteuid?.() === 0) {
    const foreign = join(root, 'foreign');
    mkdirSync(foreign, { mode: 0o700 });
    chownSync(foreign, 65_534, 65_534);
    await t.rejects(acquireInstanceLock(foreign), { code: 'E_STATE_ACCESS', message: /uid 65534.*sudo -u/ });
    t.same(readdirSync(foreign), [], 'nothing of root is left in it');
  }
  t.equal(await codeOfAsync(acquireInstanceLock(join(root, 'file'))), 'E_STATE_ACCESS');
  t.equal(await codeOfAsync(acquireInstanceLock(join(root, 'file', 'state'))), 'E_STATE_ACCESS');
});

t.test('the status file comes back as it was written', async (t) => {
  const storage = createStorage(t.testdir({}));
  t.equal(await readStatus(storage), null);
  const status = {
    writtenAt: '2026-11-22T12:00:00.000Z',
    pid: 1,
    connection: { state: 'stopped' as const },
    outbox: { depth: 1, dropped: 2, diskFull: false, damagedBytes: 0 },
    suspicion: null,
  };
  await writeStatus(storage, status);
  t.same(await readStatus(storage), status);
});

t.test('what no honest server hands over is counted, written down slowly, and remembered', async (t) => {
  const clock = { nowMs: Date.parse('2026-11-22T12:00:00.000Z'), timers: [] as (() => void)[] };
  let writes = 0;
  const deps = {
    now: () => clock.nowMs,
    after(_delayMs: number, work: () => void) {
      clock.timers.push(work);
      return () => undefined;
    },
    changed: () => {
      writes += 1;
    },
  };
  const suspicions = createSuspicions(deps, null);
  for (const code of ['E_TARGET', 'E_NOKEY', 'E_STALE', 'E_LIMIT', 'E_ROLLBACK', 'E_LOCAL_DENY'])
    suspicions.note('command', code);
  t.equal(suspicions.view(), null, 'a stale page or a wrong clock is no attack');
  suspicions.note('command', 'E_SIG');
  t.equal(writes, 1, 'the first is written at once');
  for (let n = 0; n < 1_000; n++) suspicions.note('freshness', 'E_CANON');
  t.same([writes, clock.timers.length], [1, 1], 'a flood wears no disk');
  clock.timers[0]?.();
  t.equal(writes, 2);
  const seen = suspicions.view();
  t.match(seen, { count: 1_001, what: 'freshness', code: 'E_CANON' });
  const again = createSuspicions(deps, seen);
  t.same(again.view(), seen, 'an agent that starts again knows');
  clock.nowMs += 31 * 86_400_000;
  t.equal(again.view(), null, 'a month later it is history');
  again.note('halt', 'E_SIG');
  t.match(again.view(), { count: 1_002, code: 'E_SIG' });
});

t.test('addresses of servers become addresses of sockets', async (t) => {
  t.equal(socketUrl('https://muster.example:8443'), 'wss://muster.example:8443/agent/v1');
  t.equal(socketUrl('http://127.0.0.1:8080'), 'ws://127.0.0.1:8080/agent/v1');
});

/** A socket as the inbox sees it. */
function makeSocket() {
  const socket = Object.assign(new EventEmitter(), { terminate: () => socket.emit('close') });
  const send = (text: string) => socket.emit('message', Buffer.from(text), false);
  return { socket, send, inbox: createInbox(socket as unknown as WebSocket) };
}

t.test('no frame is lost between the opening and the session', async (t) => {
  const { send, inbox, socket } = makeSocket();
  send('hello');
  send('welcome');
  send('early');
  t.equal((await inbox.next()).data.toString(), 'hello');
  const later = inbox.next();
  t.equal((await later).data.toString(), 'welcome');
  const seen: string[] = [];
  inbox.handOver({ frame: ({ data }) => seen.push(data.toString()), closed: () => seen.push('closed') });
  send('late');
  socket.emit('close');
  t.same(seen, ['early', 'late', 'closed']);
});

t.test('a socket that ends, or talks before it is asked, ends the opening', async (t) => {
  const gone = makeSocket();
  const waiting = gone.inbox.next();
  gone.socket.emit('error', new Error('refused'));
  gone.socket.emit('close');
  t.equal(await codeOfAsync(waiting), 'E_CONNECT');
  t.equal(await codeOfAsync(gone.inbox.next()), 'E_CONNECT', 'also afterwards');
  const flood = makeSocket();
  for (let i = 0; i < 40; i++) flood.send('x');
  for (let i = 0; i < 16; i++) await flood.inbox.next();
  const seen: string[] = [];
  flood.inbox.handOver({ frame: () => seen.push('frame'), closed: () => seen.push('closed') });
  t.equal(seen.at(-1), 'closed', 'more than sixteen waiting frames end the socket');
});

const noSpace = () => Promise.reject(Object.assign(new Error('no space'), { code: 'ENOSPC' }));

t.test('a new epoch is written over the old one where the disk is full', async (t) => {
  const real = createStorage(t.testdir({}));
  const full = createStateFolder({ ...real, writeAtomic: noSpace });
  t.equal(await codeOfAsync(full.saveEpoch(1)), 'E_DISK_FULL', 'there is nothing to write over yet');
  await createStateFolder(real).saveEpoch(Number.MAX_SAFE_INTEGER);
  t.equal(await real.size('epoch.json'), 64);
  await full.saveEpoch(8);
  t.equal(await createStateFolder(real).epoch(), 8);
  t.equal(await real.size('epoch.json'), 64);
  t.equal(await real.overwrite('epoch.json', new Uint8Array(65)), false, 'it never grows');
});

t.test('what the system refuses ends an attempt with its code, and only a bug is thrown', async (t) => {
  const codeAfter = (work: () => void) => {
    try {
      work();
    } catch (error) {
      return describeFailure(error).code;
    }
    return 'done';
  };
  t.equal(
    codeAfter(() => readFileSync('/nowhere')),
    'E_STATE_ACCESS',
  );
  t.equal(
    codeAfter(() => writeFileSync('/dev/full', 'x')),
    'E_DISK_FULL',
  );
  t.throws(() => describeFailure(new TypeError('bug')), { message: 'bug' });
});

t.test('a server that hangs does not hold up the end of a session', async (t) => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  t.teardown(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  server.on('connection', (client) => client.pause());
  const address = server.address();
  // Not the timeout of the library, but ours, must end it.
  const options = { perMessageDeflate: false, closeTimeout: 600_000 };
  const socket = new WebSocket(
    `ws://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    [],
    options,
  );
  const inbox = createInbox(socket);
  await once(socket, 'open');
  const welcome = { window: 1, beatMs: 60_000 } as Parameters<typeof runSession>[1]['welcome'];
  const session = runSession(
    socket,
    { inbox, welcome, capability: 7 },
    {
      outbox: createOutbox(createStorage(t.testdir({})), () => 0),
      clock: systemClock,
      random: Math.random,
      heartbeat: () => new Uint8Array(1),
      handle: () => undefined,
      piece: () => undefined,
      log: { info: () => undefined, warn: () => undefined },
    },
  );
  session.begin();
  session.close();
  t.match(await session.ended, { reason: 'the agent stops' });
});

/** Puts a device into a folder whose trust documents nobody can verify, so that its agent only tries again. */
function placeEnrollment(root: string): void {
  const trust = [{ payload: 'e30', sigs: [{ key: 'x', sig: 'x' }] }];
  const enrollment = { serverUrl: 'https://127.0.0.1:1', org: 'o', deviceId: 'dev_x', trust, trustHash: 'x' };
  mkdirSync(root, { recursive: true, mode: 0o700 });
  writeFileSync(join(root, 'enrollment.json'), JSON.stringify(enrollment));
}

/** What `muster-agent status` prints for a folder, and its exit code. */
async function showStatus(stateDir: string, flags: readonly string[] = []) {
  let text = '';
  const line = parseCommandLine(['status', '--state-dir', stateDir, ...flags]);
  const print = (more: string) => {
    text += `${more}\n`;
  };
  const code = await runStatus({ line, config: await readConfig(line, {}), print, say: print });
  return { code, text };
}

t.test('the status of an agent that died is not what it last wrote', async (t) => {
  const root = t.testdir({});
  t.match(await showStatus(root), { code: 3 });
  placeEnrollment(root);
  t.match(await showStatus(root), { code: 1, text: /not running \(it has not run yet\)/ });
  const writtenAt = '2026-11-22T12:00:00.000Z';
  const connection = { state: 'online' as const, since: writtenAt, offsetMs: 0 };
  const outbox = { depth: 1, dropped: 2, diskFull: true, damagedBytes: 77 };
  await writeStatus(createStorage(root), {
    ...{ writtenAt, pid: process.pid, connection, outbox },
    suspicion: { count: 2, firstAt: writtenAt, lastAt: writtenAt, what: 'command', code: 'E_SIG' },
  });
  writeFileSync(join(root, 'agent.lock'), `${process.pid} 1\n`);
  t.match(await showStatus(root), { code: 1, text: `not running (last wrote its status at ${writtenAt})` });
  t.match(JSON.parse((await showStatus(root, ['--json'])).text), { running: false, enrolled: true });
  const release = await acquireInstanceLock(root);
  t.match(await showStatus(root), { code: 0, text: `online since ${writtenAt}` });
  t.match(await showStatus(root), { text: /disk full\n +77 bytes of it were damaged.* in outbox-damaged/ });
  t.match(await showStatus(root), { text: /Suspicion +of the server: 2 forged .* a command .*\(E_SIG\)/ });
  t.match(JSON.parse((await showStatus(root, ['--json'])).text), {
    running: true,
    suspicion: { code: 'E_SIG' },
  });
  await writeStatus(createStorage(root), { writtenAt, pid: 1, connection, outbox, suspicion: null });
  t.match(await showStatus(root), { code: 0, text: /Connection {3}connecting/ }, 'an earlier agent wrote it');
  await release();
});

t.test('a token comes from a file or from standard input, never as an argument', async (t) => {
  const root = t.testdir({});
  const enroll = `$agent enroll --server https://127.0.0.1:1 --state-dir '${root}/state'`;
  const said = await runScript(
    `${enroll} --token-file /nowhere; echo "code $?"
    ${enroll} --token mst1.x; echo "code $?"
    ${enroll}; echo "code $?"
    printf '\\n  no token\\nmore' | ${enroll} --token-file -; echo "code $?"`,
  );
  t.match(said, /^A file cannot be read or written: ENOENT.*'\/nowhere'\. \(E_FILE\)\ncode 1\n/);
  t.match(said, /Unknown option '--token'.*\(E_USAGE\)\ncode 2\n.*needs --token-file.*\(E_USAGE\)\ncode 2\n/);
  t.match(said, /\(E_TOKEN\)\ncode 1\n$/);
  const seed = encodeBase64url(new Uint8Array(32).fill(7));
  const begun = await runScript(
    `mkfifo '${root}/in'; exec 3<>'${root}/in'; echo 'mst1.${'a'.repeat(26)}.${seed}.${seed}' >&3
    ${enroll} --token-file - <&3 & until test -e '${root}/state/identity.json'; do sleep 0.1; done; kill $!; wait; echo begun`,
  );
  t.match(begun, 'begun', 'a line is enough: a person at a terminal need not end the input');
});

t.test('an agent stops in good order with its standard input, and however often it is told', async (t) => {
  const root = join(t.testdir({}), 'state');
  placeEnrollment(root);
  const run = `$agent run --state-dir '${root}'`;
  const tied = await runScript(`MUSTER_UNTIL_STDIN_ENDS=1 ${run} </dev/null; echo "code $?"`);
  t.match(tied, /standard input ended.*stopping[\s\S]*stopped[\s\S]*code 0\n$/);
  t.match(await readStatus(createStorage(root)), { connection: { state: 'stopped' } });
  const told = await runScript(
    `mkfifo '${root}/in'; exec 3<>'${root}/in'; rm '${root}/status.json'
    MUSTER_UNTIL_STDIN_ENDS=1 ${run} <&3 & until grep -qs waiting '${root}/status.json'; do sleep 0.1; done
    read pid ticks <'${root}/agent.lock'; for i in 1 2 3 4 5; do kill $pid; kill -INT $pid; done
    wait; echo "all ended"`,
  );
  t.match(told, /SIG(TERM|INT).*stopping[\s\S]*stopped[\s\S]*all ended/);
  t.match(await readStatus(createStorage(root)), { connection: { state: 'stopped' } });
  t.match(await showStatus(root), { code: 1, text: /not running/ });
});
