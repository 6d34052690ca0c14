// A chunk that is known to be stored: what a device had the server do before it has been done by then.
import type { Wire } from '../fleet/device.ts';
import { hourStartMs, makeChunkFrame } from './report.ts';

/**
 * Sends a chunk of measurements under that number and resolves when the server has stored it. No row waits longer for its batch than a
 * chunk, so the rows of earlier frames have been sent to the database too.
 */
export async function storeChunk(wire: Wire, seq: number): Promise<void> {
  wire.socket.send(makeChunkFrame(seq, hourStartMs(seq)));
  for (;;) {
    const message = await wire.next();
    if (message === null || message.type === 'refuse' || message.type === 'nack')
      throw new Error(`refused: ${JSON.stringify(message)}`);
    if (message.type === 'ack' && message.seqs.includes(seq)) return;
  }
}
