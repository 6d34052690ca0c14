// A TCP proxy on loopback that counts what passes, so that bytes on the wire are those a network would carry as payload.
import { connect, createServer, type Socket } from 'node:net';
import type { BenchContext } from './bench.ts';

/** Bytes that passed so far: TCP payload, without headers of TCP and IP. */
export interface WireBytes {
  readonly up: number;
  readonly down: number;
}

/** A running proxy. */
export interface CountingProxy {
  /** Address for whoever should go through it. */
  readonly url: string;
  /** Bytes from the device to the server, and back. */
  bytes(): WireBytes;
}

/** Bytes between two moments, both directions. */
export function bytesBetween(before: WireBytes, after: WireBytes): number {
  return after.up - before.up + (after.down - before.down);
}

/** Starts a proxy before that server. */
export async function startProxy(
  t: Pick<BenchContext, 'teardown'>,
  serverUrl: string,
): Promise<CountingProxy> {
  const target = new URL(serverUrl);
  const sockets = new Set<Socket>();
  let up = 0;
  let down = 0;
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.setNoDelay(true);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
    client.on('data', (piece) => {
      up += piece.length;
      upstream.write(piece);
    });
    upstream.on('data', (piece) => {
      down += piece.length;
      client.write(piece);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { url: `${target.protocol}//127.0.0.1:${port}`, bytes: () => ({ up, down }) };
}
