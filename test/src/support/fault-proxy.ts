// A TCP proxy on loopback that can hold back what agents send: their messages then wait, though the server is heard.
import { connect, createServer, type Socket } from 'node:net';
import type { TestLike } from './processes.ts';

/** The proxy. */
export interface FaultProxy {
  readonly port: number;
  /** Where new connections lead. */
  target(port: number): void;
  /** From here on nothing reaches the server, on no connection; what is held is lost when the connection ends. */
  hold(): void;
  /** Bytes held since the last `hold`. */
  heldBytes(): number;
  /** Bytes that went from agents to the server so far. */
  sentBytes(): number;
  /** New connections work again; held ones are cut. */
  release(): void;
}

/** Starts it; it ends with the test. */
export async function startFaultProxy(t: TestLike): Promise<FaultProxy> {
  const sockets = new Set<Socket>();
  let target = 0;
  let isHolding = false;
  let heldBytes = 0;
  let sentBytes = 0;

  function keep(socket: Socket, other: Socket): void {
    sockets.add(socket);
    socket.on('close', () => {
      sockets.delete(socket);
      other.destroy();
    });
    // Cut connections are what this is for; their end is seen at 'close'.
    socket.on('error', () => socket.destroy());
  }

  const server = createServer((agent) => {
    const upstream = connect(target, '127.0.0.1');
    keep(agent, upstream);
    keep(upstream, agent);
    agent.on('data', (bytes: Buffer) => {
      if (isHolding) {
        heldBytes += bytes.length;
        return;
      }
      sentBytes += bytes.length;
      upstream.write(bytes);
    });
    upstream.pipe(agent);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });

  function cutAll(): void {
    for (const socket of sockets) socket.destroy();
  }

  t.teardown(async () => {
    cutAll();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    target(port) {
      target = port;
    },
    hold() {
      isHolding = true;
      heldBytes = 0;
    },
    heldBytes: () => heldBytes,
    sentBytes: () => sentBytes,
    release() {
      isHolding = false;
      cutAll();
    },
  };
}
