// Proves that a core does not wait for ever for an executor that took its connection and says nothing.
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { loadConfig } from '../../config.ts';
import { frameMessage } from './frames.ts';
import { createLink } from './link.ts';

t.test('who says nothing is left and knocked at again; who answers is kept', async (t) => {
  // A socket's path may have 107 bytes, too few for a folder named after this test.
  const stateDir = await mkdtemp(join(tmpdir(), 'muster-link-'));
  const config = loadConfig({ file: { stateDir, executor: 'service' }, env: {}, flags: {} });
  const sockets: Socket[] = [];
  let closed = 0;
  // The first two are never answered.
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    if (sockets.push(socket) > 2) socket.write(frameMessage({ type: 'ready', trustVersion: 1, openRuns: 0 }));
  });
  await new Promise<void>((resolve) => {
    server.listen(join(stateDir, 'executor.sock'), resolve);
  });
  const nothing = () => undefined;
  const answered = new Promise<void>((resolve) => {
    const link = createLink({
      config,
      answerMs: 50,
      take: () => resolve(),
      closed: () => {
        closed += 1;
      },
      isNeeded: () => true,
      log: { info: nothing, warn: nothing },
    });
    t.teardown(async () => {
      await link.stop();
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await rm(stateDir, { recursive: true, maxRetries: 5 });
    });
    link.knock();
  });
  await answered;
  // More than two where this process gets no time between an answer and its being read: that one is left as well.
  const left = closed;
  t.ok(left >= 2, 'who says nothing is left');
  t.equal(sockets.length, left + 1, 'one knock after the other');
  await new Promise((resolve) => setTimeout(resolve, 200));
  t.same(
    { closed, connections: sockets.length },
    { closed: left, connections: left + 1 },
    'who answers is kept',
  );
});
