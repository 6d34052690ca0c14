// Something that listens where a server should and says what a test wants: greetings and answers of its own.

import { randomBytes } from 'node:crypto';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import {
  type Auth,
  CAPABILITY,
  decodeAgentMessage,
  encodeBase64url,
  type Hello,
  type ServerMessage,
} from '@muster/protocol';
import { WebSocketServer } from 'ws';
import type { TlsKey } from './relay.ts';
import type { TestLike } from './server.ts';

/** What it says. */
export interface ImpostorWish {
  readonly tls: TlsKey;
  readonly port?: number;
  readonly org: string;
  readonly trustVersion: number;
  /** Answer to a device's proof; null just closes. */
  answer(auth: Auth, hello: Hello): ServerMessage | null;
}

/** The impostor and what it was told. */
export interface Impostor {
  readonly url: string;
  readonly greeted: () => number;
  /** Proofs of devices, newest last. */
  readonly auths: readonly Auth[];
}

/** Starts it; it ends with the test. */
export async function startImpostor(t: TestLike, wish: ImpostorWish): Promise<Impostor> {
  const auths: Auth[] = [];
  let greeted = 0;
  const server = createServer({ ...wish.tls, minVersion: 'TLSv1.3' });
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket) => {
    greeted++;
    const hello: Hello = {
      type: 'hello',
      v: CAPABILITY,
      org: wish.org,
      nonce: encodeBase64url(randomBytes(32)),
      at: new Date().toISOString(),
      trustVersion: wish.trustVersion,
    };
    socket.send(JSON.stringify(hello));
    socket.on('error', () => socket.terminate());
    socket.on('message', (data, isBinary) => {
      const message = isBinary || !Buffer.isBuffer(data) ? null : decodeAgentMessage(data.toString('utf8'));
      if (message?.type !== 'auth') return;
      auths.push(message);
      const answer = wish.answer(message, hello);
      if (answer === null) socket.close();
      else socket.send(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(wish.port ?? 0, '127.0.0.1', resolve);
  });
  t.teardown(async () => {
    for (const socket of sockets.clients) socket.terminate();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { url: `https://127.0.0.1:${port}`, greeted: () => greeted, auths };
}
