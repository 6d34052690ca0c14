// A TCP proxy before a PostgreSQL that can swallow everything, refuse everybody, or cut what is open.
import { connect, createServer, type Socket } from 'node:net';
import type { TestLike } from '../../support/processes.ts';

/** What the proxy does with what comes. */
export type Passing = 'pass' | 'drop' | 'refuse';

/** The proxy. */
export interface Bouncer {
  readonly port: number;
  /** From here on it does so; `refuse` also ends what is open. */
  set(what: Passing): void;
  /** Ends connections that lost bytes, as a router does that has forgotten them; without it they stay silent for ever. */
  resetBroken(): void;
  lostBytes(): number;
}

/** Two sockets that are one connection, and whether bytes of it were lost. */
interface Passage {
  readonly near: Socket;
  readonly far: Socket;
  isBroken: boolean;
}

/** Starts it; it ends with the test. */
export async function startProxy(t: TestLike, toPort: number): Promise<Bouncer> {
  const passages = new Set<Passage>();
  let what: Passing = 'pass';
  let lost = 0;

  function end(passage: Passage): void {
    passages.delete(passage);
    for (const socket of [passage.near, passage.far]) socket.destroy();
  }

  function join(passage: Passage, from: Socket, to: Socket): void {
    from.on('data', (bytes: Buffer) => {
      // A gap in the stream cannot be healed: what comes after it would be read as something else.
      if (what === 'pass' && !passage.isBroken) return void (to.writable && to.write(bytes));
      lost += bytes.length;
      passage.isBroken = true;
    });
    // What ends a connection here is what this is for; it is seen at 'close'.
    from.on('error', () => from.destroy());
    from.on('close', () => {
      // Nobody hears of the other's end while everything is swallowed.
      if (what === 'drop' || passage.isBroken) return;
      end(passage);
    });
  }

  const server = createServer((near) => {
    if (what === 'refuse') return void near.destroy();
    const passage: Passage = { near, far: connect(toPort, '127.0.0.1'), isBroken: what === 'drop' };
    passages.add(passage);
    join(passage, near, passage.far);
    join(passage, passage.far, near);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  t.teardown(async () => {
    for (const passage of passages) end(passage);
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    set(next) {
      what = next;
      if (next === 'refuse') for (const passage of passages) end(passage);
    },
    resetBroken() {
      for (const passage of passages) if (passage.isBroken) end(passage);
    },
    lostBytes: () => lost,
  };
}
