// Gate of what was promised and can be counted: bytes, statements, processes, memory after a collection; no times.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { get } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { encodeHeartbeat, FRAME } from '@muster/protocol';
import t from 'tap';
import { type DeviceWire, enrollDevice, openDevice, quietBeat } from '../fleet/device.ts';
import { storeChunk } from '../support/stored-chunk.ts';
import { FILE_PATIENCE_MS, until } from '../support/wait.ts';
import type { BenchContext } from './bench.ts';
import { chunk } from './chunk.ts';
import { measureWire } from './inventory.ts';
import { readChildSigns, startedNothing } from './proc.ts';
import { judge } from './report.ts';
import {
  benchProgram,
  enrollAgent,
  makeBenchFolder,
  quickstartAgent,
  type ServerProcess,
  startServerProcess,
  untilStored,
} from './stage.ts';

t.setTimeout(FILE_PATIENCE_MS);

const context: BenchContext = {
  minutes: 0,
  rounds: 1,
  say: () => undefined,
  teardown: (work) => t.teardown(work),
};
/** Connections before the first look at memory: buffers and code every server has are not counted. */
const WARM = 30;
const CONNECTIONS = 150;
/** Held for each: about 5.5 here; the sockets of the kernel and of libuv come on top. */
const MAX_CONNECTION_KB = 9;
const HEARTBEATS_EACH = 100;
const SAMPLES = 3;
const KB = 1_024;

/** What programs/frame-statements.ts writes: a statement, and the first byte of the frame that caused it. */
interface FrameStatement {
  readonly kind: number | null;
  readonly text: string;
}

const dataDir = await makeBenchFolder(context, 'server');
/** Where the server writes which statements come of frames, once it was told to. */
const statementsFile = join(dataDir, 'frame-statements');

/** Starts the server with a program loaded that looks at its statements. */
function startWatched(): Promise<ServerProcess> {
  const watcher = pathToFileURL(benchProgram('frame-statements'));
  watcher.searchParams.set('file', statementsFile);
  const before = process.env.NODE_OPTIONS;
  process.env.NODE_OPTIONS = `${before ?? ''} --import ${watcher.href}`;
  try {
    // The process is started before anything is waited for, with the variables of this moment.
    return startServerProcess(context, { dataDir, tls: false, collectable: true });
  } finally {
    if (before === undefined) delete process.env.NODE_OPTIONS;
    else process.env.NODE_OPTIONS = before;
  }
}

const server = await startWatched();
const token = await server.enrollmentToken(WARM + CONNECTIONS + 2);
const wires: DeviceWire[] = [];

/** Enrolls and opens so many devices, some at a time. */
async function openMany(count: number): Promise<void> {
  const last = wires.length + count;
  async function work(): Promise<void> {
    for (let next = take(); next !== null; next = take()) {
      const device = await enrollDevice(server.url, token, { hostname: `idle-${next}` });
      wires.push(await openDevice(server.url, device));
    }
  }
  let started = wires.length;
  const take = () => (started < last ? started++ : null);
  await Promise.all(Array.from({ length: 10 }, work));
  await until('all sessions are open', async () => (await server.figure('muster_sessions')) === last);
}

/** Resolves once the device has sent so many samples of its live stream. */
function watchSamples(deviceId: string, samples: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${server.token}` };
    const path = `/api/v1/devices/${deviceId}/metrics/live?everyMs=1000`;
    const request = get(server.url + path, { headers, agent: false }, (response) => {
      let seen = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => {
        seen += piece;
        if (seen.split(/^event: sample$/m).length <= samples) return;
        response.destroy();
        resolve();
      });
      response.on('end', () => reject(new Error(`the stream ended: ${seen}`)));
    });
    request.on('error', reject);
  });
}

t.test('an hour of real measurements takes at most a byte a number and comes back exactly', async (t) => {
  for (const figure of await chunk.run(context))
    t.not(judge(figure), false, `${figure.name}: ${figure.value} of ${figure.atMost} ${figure.unit}`);
});

t.test('an idle plain connection takes little memory', async (t) => {
  await openMany(WARM);
  const before = await server.collect();
  await openMany(CONNECTIONS);
  // Resident memory of so few moves by megabytes between runs; what V8 holds after a collection does not.
  const eachKb = ((await server.collect()) - before) / CONNECTIONS / KB;
  t.comment(`${eachKb.toFixed(1)} KB`);
  t.ok(eachKb <= MAX_CONNECTION_KB, 'held by V8 and its buffers');
});

/** Kinds of the frames by which the server was made to send a statement, each with its text. */
async function readCaused(): Promise<readonly FrameStatement[]> {
  const text = await readFile(statementsFile, 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line): FrameStatement => JSON.parse(line));
}

t.test('heartbeats cause no statements', async (t) => {
  process.kill(server.pid, 'SIGWINCH');
  await until('the server looks at its statements', () => existsSync(statementsFile));
  const beat = encodeHeartbeat(quietBeat);
  const framesBefore = await server.figure('muster_frames_total');
  for (let one = 0; one < HEARTBEATS_EACH; one++) for (const { socket } of wires) socket.send(beat);
  const wanted = framesBefore + HEARTBEATS_EACH * wires.length;
  await until('they have arrived', async () => (await server.figure('muster_frames_total')) >= wanted);
  const [wire] = wires;
  if (wire === undefined) throw new Error('no device is connected');
  await storeChunk(wire, 1);
  const caused = await readCaused();
  t.ok(
    caused.some(({ kind }) => kind === FRAME.chunk),
    'what a chunk causes is seen',
  );
  t.same(
    caused.filter(({ kind }) => kind === FRAME.heartbeat),
    [],
    'what heartbeats cause is nothing',
  );
});

/** The agent that ships, from its start over its inventory to some samples: whether it has started a process. */
async function runAgent(): Promise<boolean> {
  const agent = await enrollAgent(context, server.url, token);
  // Who carries out commands is a process of its own, on demand; this is about what measuring costs.
  const { pid } = agent.run({
    ...quickstartAgent,
    env: { ...quickstartAgent.env, MUSTER_AGENT_EXECUTOR: 'none' },
  });
  await untilStored(server, agent.deviceId);
  await watchSamples(agent.deviceId, SAMPLES);
  return !startedNothing(readChildSigns(pid));
}

t.test('inventories and samples start no process, and what has not changed is not sent', async (t) => {
  const counted = measureWire(context, server.url, { token, stillMs: 1_000 });
  const [hasStarted, wire] = await Promise.all([runAgent(), counted]);
  const { firstKb, unchangedKb, upgradesKb, reconnectKb } = wire;
  t.comment(`KB: first ${firstKb}, unchanged ${unchangedKb}, upgrades ${upgradesKb}, session ${reconnectKb}`);
  t.notOk(hasStarted, 'the agent that ships has started no process');
  t.ok(unchangedKb <= 2, 'an unchanged check');
  t.ok(upgradesKb <= 16, 'seven upgrades of a thousand packages');
});
