// A WebSocket client that keeps no rule: it writes whatever bytes a test wants and notes how the server answers and closes.
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, TLSSocket } from 'node:tls';
import {
  AGENT_PATH,
  decodeServerMessage,
  EXPORTER_BYTES,
  EXPORTER_LABEL,
  type Hello,
  type ServerMessage,
  SUBPROTOCOL,
} from '@muster/protocol';

/** Opcodes of RFC 6455 §5.2. */
export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9 } as const;

/** What a frame may get wrong. */
export interface FrameWish {
  readonly opcode?: number;
  readonly fin?: boolean;
  readonly masked?: boolean;
  /** The three reserved bits. */
  readonly reserved?: number;
  /** A length other than the payload's. */
  readonly claimedBytes?: number;
}

/** How a socket ended. */
export interface RawEnd {
  /** Code of the server's last refusal; null when it sent none. */
  readonly refused: string | null;
  /** Code of its close frame; null when it just cut the socket. */
  readonly closeCode: number | null;
}

/** A greeted raw connection. */
export interface RawSocket {
  readonly socket: Socket;
  readonly hello: Hello;
  readonly exporter: Uint8Array;
  write(bytes: Uint8Array): void;
  /** The next message after hello; null when the socket ended. */
  next(): Promise<ServerMessage | null>;
  readonly ended: Promise<RawEnd>;
}

/** One frame from a client. */
export function frame(payload: Uint8Array | string, wish: FrameWish = {}): Buffer {
  const body = Buffer.from(payload);
  const { opcode = typeof payload === 'string' ? OPCODE.text : OPCODE.binary, fin = true } = wish;
  const masked = wish.masked ?? true;
  const length = wish.claimedBytes ?? body.length;
  const head = [(fin ? 0x80 : 0) | ((wish.reserved ?? 0) << 4) | opcode];
  const maskBit = masked ? 0x80 : 0;
  if (length < 126) head.push(maskBit | length);
  else if (length < 65_536) head.push(maskBit | 126, length >> 8, length & 255);
  else
    head.push(
      maskBit | 127,
      0,
      0,
      0,
      0,
      length >>> 24,
      (length >> 16) & 255,
      (length >> 8) & 255,
      length & 255,
    );
  const mask = randomBytes(4);
  const sent = masked ? body.map((byte, at) => byte ^ (mask[at % 4] ?? 0)) : body;
  return Buffer.concat([Buffer.from(head), masked ? mask : Buffer.alloc(0), sent]);
}

/** The upgrade request of an agent, or one with another path, protocol or key. */
export function upgradeRequest({
  path = AGENT_PATH,
  protocol = SUBPROTOCOL,
  key = randomBytes(16).toString('base64'),
}: {
  path?: string;
  protocol?: string;
  key?: string;
} = {}): string {
  return [
    `GET ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${key}`,
    `Sec-WebSocket-Protocol: ${protocol}`,
    '\r\n',
  ].join('\r\n');
}

const carriers = new WeakMap<Socket, Socket>();

/** A bare connection, TLS where the address says so; errors of the other side are expected. */
export async function dial(url: string): Promise<Socket> {
  const { hostname: host, port, protocol } = new URL(url);
  const tcp = connect({ host, port: Number(port) });
  tcp.on('error', () => tcp.destroy());
  const socket = protocol === 'https:' ? connectTls({ socket: tcp, rejectUnauthorized: false }) : tcp;
  carriers.set(socket, tcp);
  socket.on('error', () => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    socket.once(protocol === 'https:' ? 'secureConnect' : 'connect', resolve);
    socket.once('close', () => reject(new Error('the server cut the connection')));
  });
  return socket;
}

/** Breaks a connection off with a TCP reset, as a machine that loses its power and comes back does. */
export function breakOff(socket: Socket): void {
  carriers.get(socket)?.resetAndDestroy();
}

/** The first line of the answer to an upgrade request; empty when the socket was cut. */
export async function tryUpgrade(url: string, request = upgradeRequest()): Promise<string> {
  const socket = await dial(url);
  socket.write(request);
  return new Promise((resolve) => {
    socket.once('data', (bytes) => {
      socket.destroy();
      resolve(bytes.toString('latin1').split('\r\n')[0] ?? '');
    });
    socket.once('close', () => resolve(''));
  });
}

/** Connects, upgrades and waits for hello. */
export async function openRaw(url: string): Promise<RawSocket> {
  const socket = await dial(url);
  const exporter =
    socket instanceof TLSSocket
      ? socket.exportKeyingMaterial(EXPORTER_BYTES, EXPORTER_LABEL, Buffer.alloc(0))
      : new Uint8Array(0);
  const reader = new FrameReader(socket);
  socket.write(upgradeRequest());
  const hello = await reader.next();
  if (hello?.type !== 'hello') throw new Error(`no hello but ${hello?.type ?? 'the end'}`);
  return {
    socket,
    hello,
    exporter,
    write: (bytes) => void socket.write(bytes),
    next: () => reader.next(),
    ended: reader.ended,
  };
}

/** Reads what a server sends: the HTTP head, then unmasked frames. */
class FrameReader {
  readonly ended: Promise<RawEnd>;
  private rest = Buffer.alloc(0);
  private isUpgraded = false;
  private isOver = false;
  private refused: string | null = null;
  private closeCode: number | null = null;
  private readonly waiting: ServerMessage[] = [];
  private readonly takers: ((message: ServerMessage | null) => void)[] = [];

  constructor(socket: Socket) {
    socket.on('data', (bytes: Buffer) => {
      this.rest = Buffer.concat([this.rest, bytes]);
      if (!this.isUpgraded) this.skipHead();
      while (this.isUpgraded && this.takeFrame());
      if (this.closeCode !== null) socket.destroy();
    });
    this.ended = new Promise((resolve) => {
      socket.on('close', () => {
        this.isOver = true;
        for (const taker of this.takers.splice(0)) taker(null);
        resolve({ refused: this.refused, closeCode: this.closeCode });
      });
    });
  }

  next(): Promise<ServerMessage | null> {
    const first = this.waiting.shift();
    if (first !== undefined || this.isOver) return Promise.resolve(first ?? null);
    return new Promise((resolve) => {
      this.takers.push(resolve);
    });
  }

  private skipHead(): void {
    const end = this.rest.indexOf('\r\n\r\n');
    if (end < 0) return;
    this.isUpgraded = this.rest.subarray(0, 12).toString('latin1') === 'HTTP/1.1 101';
    this.rest = this.rest.subarray(end + 4);
  }

  /** True when a whole frame was there. */
  private takeFrame(): boolean {
    if (this.rest.length < 2) return false;
    const short = (this.rest[1] ?? 0) & 127;
    const at = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (this.rest.length < at) return false;
    const length =
      short < 126 ? short : short === 126 ? this.rest.readUInt16BE(2) : this.rest.readUInt32BE(6);
    if (this.rest.length < at + length) return false;
    this.take((this.rest[0] ?? 0) & 15, this.rest.subarray(at, at + length));
    this.rest = this.rest.subarray(at + length);
    return true;
  }

  private take(opcode: number, payload: Buffer): void {
    if (opcode === OPCODE.close) this.closeCode = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
    if (opcode !== OPCODE.text) return;
    const message = decodeServerMessage(payload.toString('utf8'));
    if (message.type === 'refuse') this.refused = message.code;
    const taker = this.takers.shift();
    if (taker === undefined) this.waiting.push(message);
    else taker(message);
  }
}
