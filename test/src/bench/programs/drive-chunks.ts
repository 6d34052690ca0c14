// Drives a server with chunks: devices that send the hours they were away for as fast as they are acknowledged.
import { readFileSync, writeFileSync } from 'node:fs';
import { encodeChunkFrame } from '@muster/protocol';
import { type DeviceWire, openDevice, type SimulatedDevice } from '../../fleet/device.ts';
import { openDeviceKeys } from '../../fleet/keys.ts';
import { makeHour } from '../chunk-load.ts';

const [url = '', devicesFile = '', hoursText = '1', firstText = '0'] = process.argv.slice(2);
const [hours, first] = [Number(hoursText), Number(firstText)];
const HOUR_MS = 3_600_000;
/** Messages that a device has under way; with 64 each, all together would be more than the server queues, and wait for a new session. */
const WINDOW = 32;

interface Kept {
  readonly id: string;
  readonly epoch: number;
  readonly secret: string;
}

/** The chunk of each hour, the oldest first; devices share them, since the server does not look inside. */
function makeChunks(): Uint8Array[] {
  const lastMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - (first + 1) * HOUR_MS;
  return Array.from({ length: hours }, (_, at) =>
    makeHour(lastMs - (hours - 1 - at) * HOUR_MS, 1 + first + at),
  );
}

/** Sends all hours of a device, never more under way than allowed; resolves when each has been acknowledged. */
async function sendAll(wire: DeviceWire, chunks: readonly Uint8Array[]): Promise<void> {
  let sent = 0;
  let acknowledged = 0;
  const sendSome = () => {
    for (; sent < chunks.length && sent - acknowledged < WINDOW; sent++)
      wire.socket.send(encodeChunkFrame({ seq: first + sent + 1, chunk: chunks[sent] ?? new Uint8Array() }));
  };
  sendSome();
  while (acknowledged < chunks.length) {
    const message = await wire.next();
    if (message === null) throw new Error('the server closed the session');
    if (message.type === 'nack') throw new Error(`a chunk was refused: ${message.code}`);
    if (message.type !== 'ack') continue;
    acknowledged += message.seqs.length;
    sendSome();
  }
}

const kept = Object.entries(JSON.parse(readFileSync(devicesFile, 'utf8')) as Record<string, Kept>);
const devices: (SimulatedDevice & { readonly secret: string; readonly place: string })[] = kept.map(
  ([place, { id, epoch, secret }]) => ({
    place,
    id,
    epoch,
    secret,
    keys: openDeviceKeys(Buffer.from(secret, 'base64')),
  }),
);
const chunks = makeChunks();
const wires = await Promise.all(
  devices.map((device, at) =>
    openDevice(url, device, { localAddress: `127.${1 + (process.pid % 250)}.1.${2 + (at % 250)}` }),
  ),
);
// The next run must not come with an epoch that the server has seen the end of.
writeFileSync(
  devicesFile,
  JSON.stringify(
    Object.fromEntries(devices.map(({ place, id, epoch, secret }) => [place, { id, epoch, secret }])),
  ),
);
process.stdout.write(`open ${wires.length}\n`);
const fromMs = performance.now();
await Promise.all(wires.map((wire) => sendAll(wire, chunks)));
const ms = performance.now() - fromMs;
const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0) * wires.length;
process.stdout.write(`${JSON.stringify({ chunks: chunks.length * wires.length, bytes, ms })}\n`);
for (const wire of wires) wire.socket.close();
