// The raw limit beside the server: ws alone, plain or with TLS, that takes frames and counts them, or sends them back.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { join } from 'node:path';
import { WebSocketServer } from 'ws';

const [mode = 'sink', tlsFolder = ''] = process.argv.slice(2);
const server =
  tlsFolder === ''
    ? createServer()
    : createTlsServer({
        minVersion: 'TLSv1.3',
        key: readFileSync(join(tlsFolder, 'server.key')),
        cert: readFileSync(join(tlsFolder, 'server.pem')),
      });
// No option that the server under test does not set as well, so that only its own work differs.
const sockets = new WebSocketServer({
  server,
  clientTracking: false,
  perMessageDeflate: false,
  maxPayload: 256 * 1024,
});
let frames = 0;
let connections = 0;
sockets.on('connection', (socket) => {
  connections++;
  socket.on('message', (data) => {
    frames++;
    if (mode === 'echo') socket.send(data);
  });
  socket.on('close', () => connections--);
});
// What it has counted, for whoever asks.
server.on('request', (_request, response) => response.end(JSON.stringify({ frames, connections })));
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  process.stdout.write(`ready ${tlsFolder === '' ? 'http' : 'https'}://127.0.0.1:${port}\n`);
});
