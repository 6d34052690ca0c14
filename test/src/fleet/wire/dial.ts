// Opens sockets, plain or TLS, for many devices: one set of listeners, one buffer to read into, one TLS context.
import { connect, type Socket } from 'node:net';
import { connect as connectTls, createSecureContext, TLSSocket } from 'node:tls';
import { EXPORTER_BYTES, EXPORTER_LABEL } from '@muster/protocol';

/** Reads of all sockets go here; each is worked off before the next. */
const READ_BUFFER_BYTES = 64 * 1024;
/** Sessions that are remembered to resume TLS. */
const MAX_TICKETS = 100_000;

/** What happens to sockets. */
export interface DialEvents {
  /** TLS included. */
  connected(slot: number, socket: Socket): void;
  /** Bytes that are only good during the call; false stops reading until `resume`. */
  data(slot: number, bytes: Buffer): boolean;
  failed(slot: number, error: Error): void;
  closed(slot: number, socket: Socket): void;
}

/** Opens sockets. */
export interface Dialer {
  readonly isTls: boolean;
  dial(slot: number, localAddress: string | undefined): Socket;
}

/** How it connects. */
export interface DialOptions {
  readonly url: string;
  /** Sessions of TLS are resumed, as an agent that came back a moment ago could. */
  readonly resume: boolean;
}

/** TLS exporter of a connected socket; empty on a plain one. */
export function readExporter(socket: Socket): Uint8Array {
  if (!(socket instanceof TLSSocket)) return new Uint8Array(0);
  return socket.exportKeyingMaterial(EXPORTER_BYTES, EXPORTER_LABEL, Buffer.alloc(0));
}

/** Makes a dialer. Certificates are not judged here: the agent's own tests do that. */
export function createDialer({ url, resume }: DialOptions, events: DialEvents): Dialer {
  const { protocol, hostname, port } = new URL(url);
  const isTls = protocol === 'https:';
  const buffer = Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);
  const slots = new WeakMap<Socket, number>();
  const tickets = new Map<number, Buffer>();
  const slotOf = (socket: Socket) => slots.get(socket) ?? -1;

  function onRead(this: unknown, length: number): boolean {
    return events.data(slotOf(this as Socket), buffer.subarray(0, length));
  }
  function onConnect(this: Socket): void {
    events.connected(slotOf(this), this);
  }
  function onError(this: Socket, error: Error): void {
    events.failed(slotOf(this), error);
  }
  function onClose(this: Socket): void {
    events.closed(slotOf(this), this);
  }
  function onTicket(this: Socket, ticket: Buffer): void {
    if (tickets.size < MAX_TICKETS) tickets.set(slotOf(this), ticket);
  }

  const common = {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port) || (isTls ? 443 : 80),
    noDelay: true,
    autoSelectFamily: false,
    onread: { buffer, callback: onRead },
  };
  const secureContext = isTls ? createSecureContext({ minVersion: 'TLSv1.3' }) : undefined;

  function open(slot: number, localAddress: string | undefined): Socket {
    const options = localAddress === undefined ? common : { ...common, localAddress };
    if (secureContext === undefined) return connect(options).on('connect', onConnect);
    const session = resume ? tickets.get(slot) : undefined;
    const secure = { ...options, secureContext, rejectUnauthorized: false, ...(session && { session }) };
    const socket = connectTls(secure).on('secureConnect', onConnect);
    return resume ? socket.on('session', onTicket) : socket;
  }

  return {
    isTls,
    dial(slot, localAddress) {
      const socket = open(slot, localAddress);
      slots.set(socket, slot);
      return socket.on('error', onError).on('close', onClose);
    },
  };
}
