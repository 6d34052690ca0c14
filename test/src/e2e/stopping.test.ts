// A server that is told to stop ends in good order, whatever its clients are at.
import { once } from 'node:events';
import t from 'tap';
import { findPostgres } from '../support/processes.ts';
import { dial } from '../support/raw-socket.ts';
import { prepareServer } from '../support/server-process.ts';
import { FILE_PATIENCE_MS } from '../support/wait.ts';

t.setTimeout(FILE_PATIENCE_MS);

t.test('a client whose request comes by drops keeps no server from stopping', async (t) => {
  const server = await prepareServer(t);
  await server.start();
  // A whole request first, so that the connection counts as one that is used; the second one has no end.
  const socket = await dial(server.url);
  socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(socket, 'data');
  socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\nX: ');
  // More often than a silent connection is cut.
  const drops = setInterval(() => socket.write('x'), 1_000);
  const cut = once(socket.resume(), 'close').then(() => clearInterval(drops));
  t.teardown(() => void socket.destroy());
  t.equal(await server.stop(), 0, server.output());
  t.match(server.output(), '"msg":"server stopped"');
  t.notMatch(server.output(), /did not stop|something keeps/);
  t.same((await findPostgres(server.dataDir)).all, [], 'nothing of PostgreSQL is left');
  await cut;
});
