// Heartbeats as fast as the sockets take them: what the bench of messages drives a server with.
import type { Socket } from 'node:net';
import { encodeHeartbeat } from '@muster/protocol';
import { makeBeat } from '../measurements.ts';
import { encodeFrame, OPCODE } from '../wire/frames.ts';

/** Heartbeats that one socket is given at once, in one write. */
const BURST = 50;
/** Bytes that may wait on a socket before it is passed over. */
const MAX_WAITING_BYTES = 32 * 1024;

/** The digest of all zeros is that of a device without inventory: the server does not ask for it. */
function makeBurst(): Buffer {
  const frame = encodeFrame(
    OPCODE.binary,
    encodeHeartbeat(makeBeat(() => 0.5, new Uint8Array(8), 60)),
    0x5eed5eed,
  );
  return Buffer.concat(Array.from({ length: BURST }, () => frame));
}

/** Sends for so long, then waits until the sockets have taken everything. */
export async function flood(
  sockets: readonly (Socket | null)[],
  forMs: number,
): Promise<{ readonly sent: number; readonly ms: number }> {
  const open = sockets.filter((socket) => socket !== null);
  const burst = makeBurst();
  const fromMs = performance.now();
  let sent = 0;
  while (performance.now() - fromMs < forMs) {
    for (const socket of open) {
      if (!socket.writable || socket.writableLength > MAX_WAITING_BYTES) continue;
      socket.write(burst);
      sent += BURST;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  while (open.some((socket) => socket.writable && socket.writableLength > 0))
    await new Promise((resolve) => setTimeout(resolve, 5));
  return { sent, ms: performance.now() - fromMs };
}
