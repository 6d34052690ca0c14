// The WebSocket framing of a client (RFC 6455 §5), for many sockets at once: state only for a socket whose frame is not complete.
import { MAX_FRAGMENTS, MAX_FRAME_BYTES } from '@muster/protocol';

/** Kinds of frames. */
export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** Longest control frame, bytes. */
const MAX_CONTROL_BYTES = 125;

/** A frame as a client sends it: final, masked with that key. */
export function encodeFrame(opcode: number, payload: Uint8Array | string, mask: number): Buffer {
  const length = typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length;
  const start = 6 + (length < 126 ? 0 : length < 65_536 ? 2 : 8);
  const frame = Buffer.allocUnsafe(start + length);
  frame[0] = 0x80 | opcode;
  if (length < 126) frame[1] = 0x80 | length;
  else if (length < 65_536) {
    frame[1] = 0x80 | 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 0x80 | 127;
    frame.writeUInt32BE(0, 2);
    frame.writeUInt32BE(length, 6);
  }
  frame.writeUInt32BE(mask >>> 0, start - 4);
  if (typeof payload === 'string') frame.write(payload, start, 'utf8');
  else frame.set(payload, start);
  applyMask(frame, start, mask);
  return frame;
}

function applyMask(frame: Buffer, start: number, mask: number): void {
  const key = [mask >>> 24, (mask >>> 16) & 255, (mask >>> 8) & 255, mask & 255] as const;
  for (let at = start, turn = 0; at < frame.length; at++, turn = (turn + 1) & 3)
    frame[at] = (frame[at] ?? 0) ^ (key[turn] ?? 0);
}

/** Who takes what arrives; payloads are only good during the call. */
export interface FrameSink {
  /** A whole message, or a control frame. */
  frame(slot: number, opcode: number, payload: Buffer): void;
  /** The server broke the rules; the socket is of no use any more. */
  broken(slot: number, why: string): void;
}

/** Takes frames of many sockets apart. */
export interface FrameReader {
  /** Bytes of that socket; they are not kept. */
  feed(slot: number, bytes: Buffer): void;
  /** The socket is gone. */
  forget(slot: number): void;
}

/** A message whose last fragment has not come. */
interface Fragments {
  readonly opcode: number;
  readonly pieces: Buffer[];
  sizeBytes: number;
}

/** One frame's head; null: not all of it is here. */
interface Head {
  readonly final: boolean;
  readonly opcode: number;
  readonly start: number;
  readonly length: number;
}

/** Makes a reader. */
export function createFrameReader(sink: FrameSink): FrameReader {
  return new Reader(sink);
}

function readHead(bytes: Buffer, at: number): Head | null | string {
  if (bytes.length - at < 2) return null;
  const [first, second] = [bytes[at] ?? 0, bytes[at + 1] ?? 0];
  if ((first & 0x70) !== 0) return 'reserved bits are set';
  if ((second & 0x80) !== 0) return 'a server does not mask';
  const [final, opcode, short] = [(first & 0x80) !== 0, first & 0x0f, second & 0x7f];
  if (opcode >= 8 && (!final || short > MAX_CONTROL_BYTES)) return 'a control frame is too long or in pieces';
  const extra = short < 126 ? 0 : short === 126 ? 2 : 8;
  const start = at + 2 + extra;
  if (bytes.length < start) return null;
  if (short === 127 && bytes.readUInt32BE(at + 2) !== 0) return 'a frame is too large';
  const length = extra === 0 ? short : extra === 2 ? bytes.readUInt16BE(at + 2) : bytes.readUInt32BE(at + 6);
  return length > MAX_FRAME_BYTES ? 'a frame is too large' : { final, opcode, start, length };
}

class Reader implements FrameReader {
  private readonly sink: FrameSink;
  private readonly rests = new Map<number, Buffer>();
  private readonly fragments = new Map<number, Fragments>();
  /** The socket whose bytes are being read, until it is forgotten by what they cause. */
  private reading = -1;

  constructor(sink: FrameSink) {
    this.sink = sink;
  }

  forget(slot: number): void {
    this.rests.delete(slot);
    this.fragments.delete(slot);
    if (this.reading === slot) this.reading = -1;
  }

  feed(slot: number, bytes: Buffer): void {
    const rest = this.rests.get(slot);
    const all = rest === undefined ? bytes : Buffer.concat([rest, bytes]);
    if (rest !== undefined) this.rests.delete(slot);
    this.reading = slot;
    let at = 0;
    while (this.reading === slot) {
      const head = readHead(all, at);
      if (typeof head === 'string') {
        this.sink.broken(slot, head);
        return;
      }
      if (head === null || all.length < head.start + head.length) {
        // A copy: the next socket's bytes come into the same memory.
        if (at < all.length) this.rests.set(slot, Buffer.from(all.subarray(at)));
        return;
      }
      at = head.start + head.length;
      this.take(slot, head, all.subarray(head.start, at));
    }
  }

  private take(slot: number, { final, opcode }: Head, payload: Buffer): void {
    const isWhole = opcode >= 8 || (final && opcode !== OPCODE.continuation);
    if (!isWhole) this.gather(slot, { final, opcode }, payload);
    else if (opcode < 8 && this.fragments.has(slot))
      this.sink.broken(slot, 'a message begins inside of another');
    else this.sink.frame(slot, opcode, payload);
  }

  private gather(slot: number, { final, opcode }: Pick<Head, 'final' | 'opcode'>, payload: Buffer): void {
    const open = this.fragments.get(slot);
    if ((opcode === OPCODE.continuation) !== (open !== undefined)) {
      this.sink.broken(slot, 'a fragment does not belong to a message');
      return;
    }
    const message = open ?? { opcode, pieces: [], sizeBytes: 0 };
    message.pieces.push(Buffer.from(payload));
    message.sizeBytes += payload.length;
    if (message.sizeBytes > MAX_FRAME_BYTES || message.pieces.length > MAX_FRAGMENTS) {
      this.sink.broken(slot, 'a message is too large');
      return;
    }
    this.fragments.set(slot, message);
    if (!final) return;
    this.fragments.delete(slot);
    this.sink.frame(slot, message.opcode, Buffer.concat(message.pieces));
  }
}
