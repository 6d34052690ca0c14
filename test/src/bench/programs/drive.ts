// Drives a server with many connections: idle ones, or as many heartbeats as it takes. Speaks to the bare server, or as devices.
import { readFileSync, writeFileSync } from 'node:fs';
import { encodeHeartbeat } from '@muster/protocol';
import { WebSocket } from 'ws';
import { openDevice, quietBeat } from '../../fleet/device.ts';
import { createGate } from '../../fleet/gate.ts';
import { openDeviceKeys } from '../../fleet/keys.ts';

const [url = '', devicesFile = '', wanted = '1', work = 'idle', seconds = '1'] = process.argv.slice(2);
const frame = encodeHeartbeat(quietBeat);
/** Connections begun in a second. */
const RATE = 300;
/** Frames one socket is given before the next has its turn, and bytes that may wait on it. */
const BURST = 50;
const MAX_WAITING_BYTES = 64 * 1024;
const addressOf = (index: number) => `127.${1 + (process.pid % 250)}.0.${2 + (index % 250)}`;

interface Kept {
  readonly id: string;
  readonly epoch: number;
  readonly secret: string;
}

/** Devices of a fleet's file, in order; opening one moves its epoch on. */
const devices = devicesFile === '-' ? [] : readDevices(JSON.parse(readFileSync(devicesFile, 'utf8')));

function readDevices(kept: Record<string, Kept>) {
  return Object.values(kept).map(({ id, epoch, secret }) => ({
    id,
    epoch,
    secret,
    keys: openDeviceKeys(Buffer.from(secret, 'base64')),
  }));
}

/** The next run must not come with an epoch that the server has seen the end of. */
function keepDevices(): void {
  if (devicesFile === '-') return;
  const rows = devices.map(({ id, epoch, secret }, index) => [String(index), { id, epoch, secret }]);
  writeFileSync(devicesFile, JSON.stringify(Object.fromEntries(rows)));
}

function openBare(index: number): Promise<WebSocket> {
  const options = { perMessageDeflate: false, rejectUnauthorized: false, localAddress: addressOf(index) };
  const socket = new WebSocket(url.replace(/^http/, 'ws'), options);
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('open', () => {
      socket.send(frame);
      resolve(socket);
    });
  });
}

async function openOne(index: number): Promise<WebSocket> {
  const device = devices[index];
  if (devicesFile === '-') return openBare(index);
  if (device === undefined) throw new Error('the file has too few devices');
  return (await openDevice(url, device, { localAddress: addressOf(index) })).socket;
}

/** Opens so many more connections. */
async function openMore(sockets: WebSocket[], count: number): Promise<void> {
  const gate = createGate(RATE);
  const first = sockets.length;
  const opened = Array.from({ length: count }, async (_, index) => {
    await gate();
    return openOne(first + index);
  });
  sockets.push(...(await Promise.all(opened)));
  keepDevices();
  process.stdout.write(`open ${sockets.length}\n`);
}

/** Sends heartbeats as fast as the sockets take them. */
async function sendMany(sockets: readonly WebSocket[], forMs: number): Promise<number> {
  const until = performance.now() + forMs;
  let sent = 0;
  while (performance.now() < until) {
    for (const socket of sockets) {
      if (socket.bufferedAmount > MAX_WAITING_BYTES) continue;
      for (let one = 0; one < BURST; one++) socket.send(frame);
      sent += BURST;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  while (sockets.some((socket) => socket.bufferedAmount > 0))
    await new Promise((resolve) => setTimeout(resolve, 5));
  return sent;
}

const sockets: WebSocket[] = [];
const [first = 1, second = 0] = wanted.split('+').map(Number);
await openMore(sockets, first);
// The second part comes when the bench has measured the first.
if (second > 0) process.once('SIGUSR2', () => void openMore(sockets, second));
if (work === 'beats') {
  const from = performance.now();
  const sent = await sendMany(sockets, Number(seconds) * 1_000);
  process.stdout.write(`${JSON.stringify({ sent, ms: performance.now() - from })}\n`);
}
// Idle ones stay until the bench ends this process.
setInterval(() => undefined, 60_000);
