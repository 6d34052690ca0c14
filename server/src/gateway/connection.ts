// One agent socket: its phase, its bounded sending, and the frames it may receive in each phase.
import { fail, type ServerMessage } from '@muster/protocol';
import type { WebSocket } from 'ws';
import type { CloseReason, Session } from '../core/agents/session.ts';
import { MAX_BUFFERED_BYTES, MAX_CONCURRENT_HANDLERS } from './limits.ts';
import { headOf, joinOffer, tailOf } from './offers.ts';

/** Where a socket stands; docs/architecture/session.md draws it. */
export type Phase = 'greeted' | 'opening' | 'open' | 'closed';

/** WebSocket close codes (RFC 6455 §7.4; 4000 and up are ours). */
export const CLOSE = { normal: 1000, refused: 4001, drained: 4002, replaced: 4003, silent: 4004 } as const;

/** What a connection reports to its gateway; one object for all connections, so that none holds closures of its own. */
export interface ConnectionEvents {
  text(connection: AgentConnection, text: string): void | Promise<void>;
  binary(connection: AgentConnection, frame: Uint8Array): void | Promise<void>;
  pong(connection: AgentConnection, payload: Uint8Array): void;
  gone(connection: AgentConnection, reason: CloseReason): void;
  failed(connection: AgentConnection, error: unknown): void;
}

/** What authentication found out about the device behind the socket. */
export interface Identity {
  readonly tenant: number;
  readonly idx: number;
  readonly deviceId: string;
  readonly sessionId: string;
  readonly capability: number;
  readonly clockOffsetMs: number;
  readonly epoch: number;
}

const nobody: Identity = {
  tenant: 0,
  idx: -1,
  deviceId: '',
  sessionId: '',
  capability: 0,
  clockOffsetMs: 0,
  epoch: 0,
};

/** The gateway's side of one socket. */
export class AgentConnection implements Session {
  readonly socket: WebSocket;
  /** hello.nonce, until the session is open. */
  readonly serverNonce: string;
  readonly exporter: Uint8Array;
  phase: Phase = 'greeted';
  slot = -1;
  /** Its name on the bus; 0 until the session is open. */
  number = 0;
  identity: Identity = nobody;
  /** The device has shown, by any frame, that it got the welcome. */
  confirmed = false;
  /** Pings sent since something last arrived. */
  unanswered = 0;
  private readonly events: ConnectionEvents;
  private handling = 0;
  /** The controller has too much of this device under way. */
  private isHeld = false;
  private reason: CloseReason = 'closed';

  constructor(options: {
    socket: WebSocket;
    serverNonce: string;
    exporter: Uint8Array;
    events: ConnectionEvents;
  }) {
    this.socket = options.socket;
    this.serverNonce = options.serverNonce;
    this.exporter = options.exporter;
    this.events = options.events;
    bind(options.socket, this);
  }

  get tenant(): number {
    return this.identity.tenant;
  }

  get idx(): number {
    return this.identity.idx;
  }

  get deviceId(): string {
    return this.identity.deviceId;
  }

  get sessionId(): string {
    return this.identity.sessionId;
  }

  get epoch(): number {
    return this.identity.epoch;
  }

  get capability(): number {
    return this.identity.capability;
  }

  get clockOffsetMs(): number {
    return this.identity.clockOffsetMs;
  }

  get open(): boolean {
    return this.phase === 'open';
  }

  send(message: ServerMessage): void {
    if (message.type === 'run.offer') this.sendText(joinOffer(headOf(message).bytes, tailOf(message)));
    else if (this.canTakeMore()) this.socket.send(JSON.stringify(message));
  }

  /** Queues a message that was written down elsewhere; UTF-8. */
  sendText(text: Buffer): void {
    if (this.canTakeMore()) this.socket.send(text, { binary: false });
  }

  sendFrame(frame: Uint8Array): void {
    if (this.canTakeMore()) this.socket.send(frame);
  }

  private canTakeMore(): boolean {
    if (this.phase === 'closed') return false;
    if (this.socket.bufferedAmount <= MAX_BUFFERED_BYTES) return true;
    // It does not read: keeping more for it would let one device use up the server's memory.
    this.abort('silent');
    return false;
  }

  refuse(code: string, message: string, retryAfterMs?: number): void {
    this.send({ type: 'refuse', code, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
    this.close('refused', CLOSE.refused);
  }

  /** Closes in good order; what was sent before still arrives. */
  close(reason: CloseReason, code: number = CLOSE.normal): void {
    if (this.phase === 'closed') return;
    this.reason = reason;
    this.socket.close(code);
    this.end();
  }

  /** Cuts the socket off without waiting for the other side. */
  abort(reason: CloseReason): void {
    if (this.phase !== 'closed') this.reason = reason;
    this.socket.terminate();
    this.end();
  }

  /** Runs a handler; while too many of one device are under way its socket is not read. */
  handle(work: void | Promise<void>): void {
    if (work === undefined) return;
    this.handling++;
    if (this.handling === MAX_CONCURRENT_HANDLERS) this.socket.pause();
    work.then(
      () => this.handled(),
      (error: unknown) => {
        this.handled();
        this.events.failed(this, error);
      },
    );
  }

  private handled(): void {
    this.handling--;
    this.readOn();
  }

  /** The controller asks not to read the socket, or to read on. */
  hold(isHeld: boolean): void {
    this.isHeld = isHeld;
    if (isHeld) this.socket.pause();
    else this.readOn();
  }

  private readOn(): void {
    const isFull = this.handling >= MAX_CONCURRENT_HANDLERS;
    if (this.socket.isPaused && !isFull && !this.isHeld) this.socket.resume();
  }

  /** Called once the socket is, or will be, gone. */
  end(): void {
    if (this.phase === 'closed') return;
    this.phase = 'closed';
    this.events.gone(this, this.reason);
  }

  /** A frame arrived. Text and binary are told apart by the WebSocket opcode. */
  received(data: Buffer, isBinary: boolean): void {
    if (this.phase === 'closed') return;
    try {
      this.handle(isBinary ? this.events.binary(this, data) : this.events.text(this, data.toString('utf8')));
    } catch (error) {
      this.events.failed(this, error);
    }
  }

  answered(payload: Uint8Array): void {
    this.events.pong(this, payload);
  }

  /**
   * The socket broke, or the WebSocket library found a broken or too large frame. It has sent its close code already (1009 too
   * large, 1002 and 1007 malformed, 1008 too many fragments), after which no message gets through.
   */
  broke(error: Error & { readonly code?: string }): void {
    if (this.phase === 'closed') return;
    this.reason = 'error';
    if (!error.code?.startsWith('WS_ERR_')) return;
    this.events.failed(this, fail(tooLarge.has(error.code) ? 'E_SIZE' : 'E_SHAPE', { cause: error }));
  }
}

/** What the library calls a message of more bytes or fragments than allowed. */
const tooLarge = new Set(['WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', 'WS_ERR_TOO_MANY_BUFFERED_PARTS']);

const connectionOf = new WeakMap<WebSocket, AgentConnection>();

/** Shared listeners: one function for all sockets instead of four closures each. */
function bind(socket: WebSocket, connection: AgentConnection): void {
  connectionOf.set(socket, connection);
  socket.on('message', onMessage);
  socket.on('pong', onPong);
  socket.on('close', onClose);
  socket.on('error', onError);
}

function onMessage(this: WebSocket, data: unknown, isBinary: boolean): void {
  if (Buffer.isBuffer(data)) connectionOf.get(this)?.received(data, isBinary);
}

function onPong(this: WebSocket, payload: Buffer): void {
  connectionOf.get(this)?.answered(payload);
}

function onClose(this: WebSocket): void {
  connectionOf.get(this)?.end();
}

function onError(this: WebSocket, error: Error): void {
  connectionOf.get(this)?.broke(error);
}
