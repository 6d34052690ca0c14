// Begins the TLS of a connection only when its first bytes are there, which keeps the buffers of those that stay small.
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { CONNECTION_TIMEOUT_MS } from '../../timing.ts';

function destroy(this: Socket): void {
  this.destroy();
}

/**
 * Node reads what a TLS client sends into a buffer that stays with the connection: 64 KB when the first bytes come by themselves,
 * 1 KB, and 16 KB beside it once something was longer, when they were there before TLS began (node 20, src/crypto/crypto_bio.cc,
 * TryAllocateForWrite; lib/_tls_wrap.js, initRead). An agent's connection stays for weeks, so this is half of its memory.
 */
export function beginTlsWhenHeard(server: Server): Server {
  const begins = server.listeners('connection');
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    // Until TLS listens nobody does; an error without a listener ends the process.
    socket.on('error', destroy);
    socket.setTimeout(CONNECTION_TIMEOUT_MS, destroy);
    socket.once('readable', () => {
      socket.setTimeout(0, destroy);
      // Without bytes it is the end: the other side has left.
      if (socket.readableLength === 0) socket.destroy();
      else for (const begin of begins) Reflect.apply(begin, server, [socket]);
    });
  });
  return server;
}
