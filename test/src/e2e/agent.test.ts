// The agent that ships as a process beside a server that dies: what it leaves open, who may run it, what it sends again.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import t from 'tap';
import { makeAgent } from '../support/agent.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { findSockets, readModes } from '../support/proc.ts';
import { prepareServer } from '../support/server-process.ts';
import { FILE_PATIENCE_MS, pause, until } from '../support/wait.ts';

/** An agent that sends nothing for so long has nothing to send but its next heartbeat. */
const QUIET_MS = 1_500;
/** What an unchanged device may send for a new session: handshake, proof and heartbeat; 983 bytes were measured. */
const MAX_RETURN_BYTES = 2_048;
const MAX_TRIES = 5;
const LOOK_AGAIN_MS = 500;

t.setTimeout(FILE_PATIENCE_MS);
const server = await prepareServer(t);
await server.start();
const proxy = await startFaultProxy(t);
proxy.target(Number(new URL(server.url).port));
const serverUrl = `https://127.0.0.1:${proxy.port}`;
const agent = await makeAgent(t);
const token = await server.enrollmentToken(3);
const enrolled = await agent.tryEnroll(serverUrl, token);
const [id = ''] = /dev_[a-z2-7]{26}/.exec(enrolled.output) ?? [];

/** Starts the agent with a mask that hides nothing: what is private is so by its own doing. */
function startOpenly() {
  const before = process.umask(0);
  try {
    return agent.start();
  } finally {
    process.umask(before);
  }
}

interface Epochs {
  readonly epoch: number;
  readonly seen: number;
}

async function readEpochs(): Promise<Epochs> {
  const [row] = await server.query(
    (sql) => sql<Epochs[]>`SELECT epoch::int, epoch_seen::int AS seen FROM device WHERE id = ${id}`,
  );
  if (row === undefined) throw new Error(`no device ${id}`);
  return row;
}

/** Waits for the session of that process with that epoch or a later one; answers the epoch. */
async function untilOnline(pid: number, from: number): Promise<number> {
  await agent.status(`agent ${pid} is online`, (status) => {
    return status.pid === pid && status.connection.state === 'online';
  });
  const { seen } = await until('the server has heard it', async () => {
    const epochs = await readEpochs();
    return epochs.seen >= from && epochs.seen === epochs.epoch && epochs;
  });
  return seen;
}

/** What only a message of the agent changes: the inventory as it was stored last, the newest chunk, and alerts about this machine. */
async function readStored() {
  const [row] = await server.query(
    (sql) => sql`SELECT root, stored_at, (SELECT max(seq) FROM metric_chunk) AS chunk,
      (SELECT count(*) + count(cleared_at) FROM alert) AS alerts FROM device_inventory`,
  );
  return row;
}

/** Looks at measurements until some are stored: a device that is looked at sends its hour, once it has a sample in it. */
async function untilMeasured(): Promise<void> {
  while ((await readStored())?.chunk === null) {
    await server.call(`/api/v1/devices/${id}/metrics?series=system.cpu.busy`);
    await pause(LOOK_AGAIN_MS);
  }
}

/** Waits until the agent has said all it has to say. */
async function untilQuiet(): Promise<number> {
  for (let before = -1; before !== proxy.sentBytes(); await pause(QUIET_MS)) before = proxy.sentBytes();
  return proxy.sentBytes();
}

let program = startOpenly();
let epoch = await untilOnline(program.pid, 1);

t.test('files are the agent’s alone, whatever the mask, and it can be reached by nobody', async (t) => {
  t.equal(enrolled.code, 0, enrolled.output);
  await until('the inventory is stored', readStored);
  const modes = await readModes(agent.stateDir);
  t.equal(modes.get(''), 'folder 700');
  for (const name of ['identity.json', 'enrollment.json', 'epoch.json', 'status.json', 'agent.lock'])
    t.equal(modes.get(name), 'file 600', name);
  t.same([...new Set(modes.values())].sort(), ['file 600', 'folder 700'], 'and so is everything else');

  const sockets = await findSockets(program.pid);
  t.same(
    sockets.filter(({ isReachable }) => isReachable),
    [],
  );
  t.same(
    sockets.filter(({ kind }) => kind !== 'unix').map(({ kind }) => kind),
    ['tcp'],
    'one connection, to its server',
  );
  const ofServer = await findSockets(server.pid());
  t.ok(
    ofServer.some(({ kind, isReachable }) => kind === 'tcp' && isReachable),
    'a port that is open is seen',
  );
});

t.test('a second agent, an enrollment and an unenrollment are refused while it runs', async (t) => {
  const words = [['run'], ['unenroll', '--yes']];
  const ends = await Promise.all(words.map((line) => agent.command(...line)));
  const refused = {
    code: 1,
    output: 'Another agent runs on this state folder; stop it first. (E_RUNNING)\n',
  };
  t.same([...ends, await agent.tryEnroll(serverUrl, token)], [refused, refused, refused]);
  t.match(await agent.command('status'), { code: 0, output: `Device       ${id}` });
  t.equal((await readEpochs()).epoch, epoch, 'the server has not heard of it');
});

/**
 * Does what makes the agent come back, and answers what it then sent, bytes. Where a fact or an hour really changed meanwhile,
 * which any other work on this machine may bring about, it is done once more.
 */
async function measureReturn(comeBack: () => Promise<void>): Promise<number> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const stored = await readStored();
    const before = await untilQuiet();
    await comeBack();
    epoch = await untilOnline(program.pid, epoch + 1);
    const sentBytes = (await untilQuiet()) - before;
    if (isDeepStrictEqual(await readStored(), stored)) return sentBytes;
  }
  throw new Error(`something changed in each of ${MAX_TRIES} tries`);
}

t.test('it outlives its server, comes back with the next epoch, and sends nothing again', async (t) => {
  const firstBytes = await untilQuiet();
  t.ok(firstBytes > 10 * MAX_RETURN_BYTES, `the first session took ${firstBytes} bytes`);
  const { pid } = program;
  await untilMeasured();
  const before = epoch;
  const sentBytes = await measureReturn(async () => {
    await server.kill();
    await agent.status('the agent has lost it', ({ connection }) => connection.state === 'waiting');
    await server.start();
  });
  t.ok(sentBytes < MAX_RETURN_BYTES, `${sentBytes} bytes`);
  t.ok(epoch > before, 'with another epoch');
  t.equal(program.pid, pid, 'it was not started anew');
  t.equal(await server.figure('muster_frames_total'), 1, 'one frame after the proof, which is the heartbeat');
});

t.test('a stop in good order leaves nothing to send; a new start has the next epoch', async (t) => {
  const before = epoch;
  const restarts: number[] = [];
  const sentBytes = await measureReturn(async () => {
    program.signal('SIGTERM');
    t.equal(await program.ended, 0, program.output());
    t.notOk((await readModes(agent.stateDir)).has('agent.lock'), 'the lock is given back');
    program = startOpenly();
    restarts.push(program.pid);
  });
  t.ok(sentBytes < MAX_RETURN_BYTES, `${sentBytes} bytes`);
  t.equal(epoch, before + restarts.length);
  t.match(await agent.readState('epoch.json'), { epoch });
});

t.test(
  'of two that start on the lock of a killed agent one runs, as the same device, with the next epoch',
  async (t) => {
    await program.kill();
    t.ok((await readModes(agent.stateDir)).has('agent.lock'));
    t.match(await agent.command('status'), { code: 1, output: /not running/ });
    const both = [startOpenly(), startOpenly()];
    const refused = await Promise.race(both.map((one) => one.ended.then(() => one)));
    t.equal(await refused.ended, 1);
    t.match(refused.output(), '(E_RUNNING)');
    program = both.find((one) => one !== refused) ?? program;
    t.equal(await untilOnline(program.pid, epoch + 1), epoch + 1);
    const { body } = await server.call('/api/v1/devices');
    t.match(body.items, [{ id, state: 'active' }]);
    t.equal(body.items?.length, 1);
  },
);

t.test(
  'waiting messages that the disk damaged are told in the log and in the status, and it runs',
  async (t) => {
    program.signal('SIGTERM');
    t.equal(await program.ended, 0);
    const [name = ''] = await readdir(join(agent.stateDir, 'outbox'));
    const path = join(agent.stateDir, 'outbox', name);
    const bytes = await readFile(path);
    // In the first record, which others follow.
    bytes.writeUInt8(bytes.readUInt8(20) ^ 1, 20);
    await writeFile(path, bytes);
    program = startOpenly();
    epoch = await untilOnline(program.pid, epoch + 1);
    t.match(program.output(), /"level":"error".*"folder":"outbox-damaged".*set aside/);
    const { output } = await agent.command('status');
    const [, damagedBytes] =
      /(\d+) bytes of it were damaged on disk and are set aside in outbox-damaged/.exec(output) ?? [];
    const [copy = ''] = await readdir(join(agent.stateDir, 'outbox-damaged'));
    const kept = await readFile(join(agent.stateDir, 'outbox-damaged', copy));
    t.equal(kept.length, Number(damagedBytes));
    t.ok(bytes.includes(kept), 'what was damaged is kept as it was found');
  },
);

t.test(
  'an unenrollment removes keys and what waits, keeps measurements, and does nothing unasked',
  async (t) => {
    program.signal('SIGTERM');
    await program.ended;
    const known = await readModes(agent.stateDir);
    const segments = [...known.keys()].filter((name) => name.startsWith('ring/'));
    t.ok(segments.length > 0 && [...known.keys()].some((name) => name.startsWith('outbox/')));
    t.match(await agent.command('unenroll'), { code: 2, output: /add --yes.*\(E_USAGE\)/ });
    t.match(await agent.readState('enrollment.json'), { deviceId: id });
    t.match(await agent.command('unenroll', '--yes'), {
      code: 0,
      output:
        /^Forgotten: dev_.* "muster devices retire dev_.*"\.\nMessages.*dropped \(\d+\); measurements stay in/,
    });
    const left = [...(await readModes(agent.stateDir)).keys()].sort();
    t.same(left, ['', 'executor', 'outbox', 'outbox-damaged', 'ring', ...segments, 'slices.json'].sort());
    t.match(await agent.command('status'), { code: 3, output: /^Not enrolled/ });
    t.match(await agent.command('run'), { code: 3, output: /\(E_NOT_ENROLLED\)/ });
    t.match(await agent.command('unenroll', '--yes'), { code: 3, output: /\(E_NOT_ENROLLED\)/ });
    const { body } = await server.call('/api/v1/devices');
    t.match(body.items, [{ id, state: 'active' }], 'the server lists it until an admin retires it');
    const again = await agent.tryEnroll(serverUrl, token);
    t.equal(again.code, 0, again.output);
    t.notMatch(again.output, id, 'another device, with another key');
  },
);
