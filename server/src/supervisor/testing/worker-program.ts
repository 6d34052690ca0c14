// A stand-in for a worker: its supervisor's settings say how it behaves, so that every way to fail can be had for real.
import { createServer } from 'node:net';
import type { Order, Report } from '../words.ts';

function say(said: Report): void {
  process.send?.({ said });
}

function begin(behavior: string): void {
  if (behavior === 'dies') process.exit(3);
  if (behavior === 'never ready') return;
  const failed = { word: 'failed', message: 'It says why.' } as const;
  if (behavior === 'cannot listen') say({ ...failed, code: 'E_LISTEN', retryable: false });
  else if (behavior === 'database away') say({ ...failed, code: 'E_UNAVAILABLE', retryable: true });
  else if (behavior === 'listens') listen();
  else say({ word: 'ready', url: 'https://127.0.0.1:1' });
  if (behavior === 'cannot listen' || behavior === 'database away') process.disconnect();
}

/** Greets whoever connects with its own process id. */
function listen(): void {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.write(`${process.pid}`);
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    say({ word: 'ready', url: `http://127.0.0.1:${port}` });
  });
}

let behavior = '';
process.on('message', ({ said }: { said?: Order }) => {
  if (said?.word === 'ping') say({ word: 'pong' });
  if (said?.word === 'stop' && behavior !== 'never stops') process.exit(0);
  if (said?.word !== 'begin') return;
  behavior = said.config.organization;
  begin(behavior);
});
say({ word: 'here' });
