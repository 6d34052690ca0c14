// Frames between core and executor: length u32, then JSON; bounded on both sides.
import { fail } from '@muster/protocol';
import { MAX_LOCAL_FRAME_BYTES } from '../limits.ts';

/** Frames one message. @throws MusterError E_SIZE */
export function frameMessage(message: unknown): Buffer {
  const body = Buffer.from(JSON.stringify(message));
  if (body.length > MAX_LOCAL_FRAME_BYTES) throw fail('E_SIZE');
  const framed = Buffer.allocUnsafe(4 + body.length);
  framed.writeUInt32LE(body.length, 0);
  body.copy(framed, 4);
  return framed;
}

/** Takes bytes as they come and gives back the texts of the frames that are whole. @throws MusterError E_SIZE for a frame that is too large */
export function createUnframer(): (bytes: Buffer) => string[] {
  let rest: Buffer = Buffer.alloc(0);
  return (bytes) => {
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    const texts: string[] = [];
    while (rest.length >= 4) {
      const length = rest.readUInt32LE(0);
      if (length > MAX_LOCAL_FRAME_BYTES) throw fail('E_SIZE');
      if (rest.length < 4 + length) break;
      texts.push(rest.toString('utf8', 4, 4 + length));
      rest = rest.subarray(4 + length);
    }
    return texts;
  };
}
