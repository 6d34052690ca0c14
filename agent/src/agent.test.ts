// Proves the small parts that the agent stands on: settings, command line, token, keys, locks, messages in order.
import { EventEmitter } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeBase64url, isMusterError } from '@muster/protocol';
import t from 'tap';
import type { WebSocket } from 'ws';
import { parseCommandLine, readConfig } from './commands/command-line.ts';
import { agentSettings, flagOf, loadConfig, variableOf } from './config.ts';
import { createInbox } from './connection/inbox.ts';
import { socketUrl } from './connection/socket.ts';
import { createStateFolder } from './identity/state-folder.ts';
import { parseToken } from './identity/token.ts';
import { acquireInstanceLock } from './platform/instance-lock.ts';
import { createStorage } from './platform/storage.ts';
import { readStatus, writeStatus } from './status.ts';

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

t.test('a state folder that cannot be used is said so', async (t) => {
  const root = t.testdir({ file: 'text' });
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
    outbox: { depth: 1, dropped: 2, diskFull: false },
  };
  await writeStatus(storage, status);
  t.same(await readStatus(storage), status);
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
