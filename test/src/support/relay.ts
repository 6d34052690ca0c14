// A man in the middle on loopback: ends TLS with a key of its own, or with a stolen one, and passes every byte on.
import { readFile } from 'node:fs/promises';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import type { TestLike } from './server.ts';

/** Key and certificate, PEM. */
export interface TlsKey {
  readonly key: string;
  readonly cert: string;
}

/** The TLS key in the data folder of a server. */
export async function readTlsKey(dataDir: string): Promise<TlsKey> {
  const [key, cert] = await Promise.all(
    ['server.key', 'server.pem'].map((name) => readFile(join(dataDir, 'tls', name), 'utf8')),
  );
  return { key: key ?? '', cert: cert ?? '' };
}

/** A relay and how much went through it. */
export interface Relay {
  readonly url: string;
  connections(): number;
}

/** Starts a relay to that server; it listens where it is told, or on any free port. */
export async function startRelay(
  t: TestLike,
  to: string,
  { tls, port = 0 }: { tls: TlsKey; port?: number },
): Promise<Relay> {
  const target = new URL(to);
  const sockets = new Set<Socket>();
  let connections = 0;
  const relay = createServer({ ...tls, minVersion: 'TLSv1.3' }, (near) => {
    connections++;
    const far = connect({ host: target.hostname, port: Number(target.port), rejectUnauthorized: false });
    for (const [one, other] of [[near, far] as const, [far, near] as const]) {
      sockets.add(one);
      one.on('error', () => one.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve) => {
    relay.listen(port, '127.0.0.1', resolve);
  });
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => relay.close(resolve));
  });
  const { port: taken } = relay.address() as AddressInfo;
  return { url: `https://127.0.0.1:${taken}`, connections: () => connections };
}
