// TLS handshakes under way: what fails is closed at once, and a server that stops waits for none of them.
import type { Socket } from 'node:net';
import { type TLSSocket, Server as TlsServer } from 'node:tls';

/** The handshakes of the servers it is attached to. */
export interface Handshakes {
  /** A connection was let in; with TLS, its handshake begins. */
  begun(server: object, socket: Socket): void;
  attach(server: object): void;
  /** Cuts those that are not finished. */
  abort(): void;
}

/** What the raw connection and the TLS socket above it have in common. */
function keyOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

/** Node leaves the socket of a failed handshake, one that timed out as well, to whoever listens: it would stay for good. */
function closeFailed(_error: Error, socket: TLSSocket): void {
  socket.destroy();
}

/** Makes the list of handshakes, empty. */
export function createHandshakes(): Handshakes {
  const underWay = new Map<string, Socket>();
  const keys = new WeakMap<Socket, string>();

  // Shared by all sockets; a closed one no longer knows its own address.
  function forget(this: Socket): void {
    const key = keys.get(this);
    if (key !== undefined && underWay.get(key) === this) underWay.delete(key);
  }

  function finished(socket: TLSSocket): void {
    underWay.delete(keyOf(socket));
  }

  return {
    begun(server, socket) {
      if (!(server instanceof TlsServer)) return;
      const key = keyOf(socket);
      keys.set(socket, key);
      underWay.set(key, socket);
      socket.once('close', forget);
    },
    attach(server) {
      if (server instanceof TlsServer)
        server.on('secureConnection', finished).on('tlsClientError', closeFailed);
    },
    abort() {
      for (const socket of underWay.values()) socket.destroy();
    },
  };
}
