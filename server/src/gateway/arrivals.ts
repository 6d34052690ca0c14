// Connections that have proven nothing: in their TLS handshake, or before an upgrade or a request of somebody who is signed in.
import type { Socket } from 'node:net';
import { type TLSSocket, Server as TlsServer } from 'node:tls';
import { groupOf } from './addresses.ts';
import type { Admission } from './admission.ts';

/** The connections of the servers it is attached to. */
export interface Arrivals {
  attach(server: object): void;
  /** A connection came; with TLS, its handshake begins. False when there is no room, or not now: the caller cuts it. */
  begin(server: object, socket: Socket): boolean;
  /** It has proven itself, or is counted elsewhere from now on. Returns where it came from; null without TLS, or when it was not counted. */
  left(socket: Socket): string | null;
  /** Cuts those whose handshake is not finished. */
  abort(): void;
}

/** A connection that is counted. */
interface Arrival {
  readonly socket: Socket;
  /** Null without TLS, when all connections come from the proxy that ends it, and for this host itself. */
  readonly address: string | null;
  isShaking: boolean;
}

/** What the raw connection and the TLS socket above it have in common. */
function keyOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

/** Node leaves the socket of a failed handshake, one that timed out as well, to whoever listens: it would stay for good. */
function closeFailed(_error: Error, socket: TLSSocket): void {
  socket.destroy();
}

/** Makes the list of connections, empty. */
export function createArrivals(admission: Admission): Arrivals {
  const underWay = new Map<string, Arrival>();
  const keys = new WeakMap<Socket, string>();

  function remove(key: string): string | null {
    const arrival = underWay.get(key);
    if (arrival === undefined) return null;
    underWay.delete(key);
    admission.settled(arrival.address);
    return arrival.address;
  }

  // Shared by all sockets; a closed one no longer knows its own address.
  function forget(this: Socket): void {
    const key = keys.get(this);
    if (key !== undefined && underWay.get(key)?.socket === this) remove(key);
  }

  function finished(socket: TLSSocket): void {
    const arrival = underWay.get(keyOf(socket));
    if (arrival !== undefined) arrival.isShaking = false;
  }

  return {
    attach(server) {
      if (server instanceof TlsServer)
        server.on('secureConnection', finished).on('tlsClientError', closeFailed);
    },
    begin(server, socket) {
      const isShaking = server instanceof TlsServer;
      const address = isShaking ? groupOf(socket.remoteAddress ?? '') : null;
      if (!admission.mayBegin(address)) return false;
      const key = keyOf(socket);
      // The other side may use a port again before its former connection is closed here.
      remove(key);
      keys.set(socket, key);
      underWay.set(key, { socket, address, isShaking });
      socket.once('close', forget);
      return true;
    },
    left: (socket) => remove(keyOf(socket)),
    abort() {
      for (const { socket, isShaking } of underWay.values()) if (isShaking) socket.destroy();
    },
  };
}
