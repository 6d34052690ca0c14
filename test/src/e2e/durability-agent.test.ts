// The agent that ships, killed and cut off while measurements wait in its outbox: they arrive, and it comes back by itself.
import { chmod, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { agentProgram, type Program, runNode, startNode } from '../support/processes.ts';
import { makeFolder, startTestServer, type TestServer } from '../support/server.ts';
import { FILE_PATIENCE_MS, pause, until } from '../support/wait.ts';

t.setTimeout(FILE_PATIENCE_MS);

/** The outbox numbers its messages so that those of a later second are higher. */
const NUMBERS_PER_SECOND = 1_024;
const ASK_AGAIN_MS = 500;
const HOUR_MS = 3_600_000;
/** As long as a chunk may have to wait in these tests, and less than a test waits for anything. */
const HOUR_END_MS = 75_000;
/** More than a heartbeat on TLS, less than an hour of any machine. */
const SMALLEST_CHUNK_BYTES = 200;

const dataDir = await makeFolder(t, 'server');
// PostgreSQL runs as another user when the test is root, and has to reach its folder in here.
await chmod(dataDir, 0o755);
let server = await startTestServer(t, { dataDir });
const proxy = await startFaultProxy(t);
proxy.target(Number(new URL(server.url).port));
const stateDir = await makeFolder(t, 'agent');
const state = ['--state-dir', stateDir, '--log-level', 'info'];
const serverUrl = `https://127.0.0.1:${proxy.port}`;
const token = await server.enrollmentToken();
const enroll = agentProgram('enroll', '--server', serverUrl, '--token-file', '-', ...state);
await runNode(t, enroll, token);
const { body: list } = await server.call('/api/v1/devices');
const id = String(list.items?.[0]?.id);

/** Outlives the test that starts it. */
function startAgain(): Promise<TestServer> {
  return startTestServer(t, { dataDir });
}

function startAgent(): Program {
  return startNode(t, agentProgram('run', ...state));
}

/** Asks the agent for its open hour, past the API, which would ask the database first. */
function askForChunk({ running }: TestServer): void {
  running.gateway.connections.find(running.tenant, 0)?.send({ type: 'metrics.get' });
}

/** Highest number of a stored chunk; 0 without one. */
async function readStoredSeq({ running }: TestServer): Promise<number> {
  const [row] = await running.database.sql<
    { seq: number | null }[]
  >`SELECT max(seq) AS seq FROM metric_chunk`;
  return row?.seq ?? 0;
}

/** Times that a chunk was written into the outbox of the agent; what was acknowledged stays in its files for a while. */
async function countWritten(): Promise<number> {
  const folder = join(stateDir, 'outbox');
  const files = await Promise.all(
    (await readdir(folder)).map((name) => readFile(join(folder, name), 'latin1')),
  );
  return files.join('').split('"key":"chunk:').length;
}

/** Lets a chunk wait in the outbox, written and sent, while nothing of it can reach the server. */
async function fillOutbox(): Promise<void> {
  // At the turn of the hour the agent closes the chunk of the last one, and what waits is replaced by a newer.
  await until('the hour is not about to turn', () => HOUR_MS - (Date.now() % HOUR_MS) > HOUR_END_MS);
  proxy.hold();
  const before = await countWritten();
  await until('a chunk is written and under way', async () => {
    // Right behind the turn of an hour there is none to be had.
    askForChunk(server);
    await pause(ASK_AGAIN_MS);
    return (await countWritten()) > before && proxy.heldBytes() > SMALLEST_CHUNK_BYTES;
  });
}

/** A sample is taken every 10 s; before the first there is nothing to send. Nothing is under way afterwards. */
async function untilMeasured(): Promise<number> {
  const before = await readStoredSeq(server);
  for (let seq = before; ; ) {
    if (seq === before) askForChunk(server);
    await pause(ASK_AGAIN_MS);
    const now = await readStoredSeq(server);
    if (now > before && now === seq) return now;
    seq = now;
  }
}

async function untilOnline(): Promise<void> {
  await server.device(id, ({ presence }) => presence === 'online');
  await until('it has a session', () => server.running.gateway.counts().sessions === 1);
}

let agent = startAgent();

t.test('a killed agent delivers what lay in its outbox, after two more deaths', async (t) => {
  await untilOnline();
  const stored = await untilMeasured();
  await fillOutbox();
  await agent.kill();
  const killedAt = Math.floor(Date.now() / 1000);
  t.equal(await readStoredSeq(server), stored, 'nothing of it had reached the server');

  for (let death = 0; death < 2; death++) {
    agent = startAgent();
    await until('it runs again', () => agent.output() !== '');
    await agent.kill();
  }
  // What is made from here on has higher numbers.
  await until('another second', () => Math.floor(Date.now() / 1000) > killedAt);
  proxy.release();
  agent = startAgent();
  const delivered = await until('the waiting chunk is stored', async () => {
    const seq = await readStoredSeq(server);
    return seq > stored && seq;
  });
  t.ok(delivered < (killedAt + 1) * NUMBERS_PER_SECOND, 'it is the one from before its death');
  await untilOnline();
  t.match(await server.device(id), { state: 'active', stateReason: '' });
  const { body } = await server.call('/api/v1/devices');
  t.equal(body.items?.length, 1, 'and it is the same device');
});

t.test('an agent without its server waits, says so, and delivers when the server is back', async (t) => {
  const stored = await untilMeasured();
  await fillOutbox();
  await server.stop();
  proxy.release();
  const shown = await until('it waits', async () => {
    const status = JSON.parse(await runNode(t, agentProgram('status', '--json', ...state)));
    return status.connection.state === 'waiting' && status;
  });
  t.match(shown, {
    enrolled: true,
    deviceId: id,
    connection: { why: /\S/, retryAt: /Z$/ },
  });
  // The hour that was asked for; one that ended meanwhile, or an alert about this machine, may wait beside it.
  t.ok(shown.outbox.depth >= 1);

  server = await startAgain();
  t.equal(await readStoredSeq(server), stored, 'the server knows nothing of it yet');
  proxy.target(Number(new URL(server.url).port));
  await until('the waiting chunk is stored', async () => (await readStoredSeq(server)) > stored);
  await untilOnline();
  t.match(await server.device(id), { state: 'active', stateReason: '' });
});

t.test('an agent that is told to stop ends in good order and leaves the server knowing', async (t) => {
  agent.signal('SIGTERM');
  t.equal(await agent.ended, 0);
  await server.device(id, ({ presence }) => presence === 'offline');
  await until('its session is over', () => server.running.gateway.counts().sessions === 0);
  await server.stop();
});
