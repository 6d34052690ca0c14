// The listener for people at this machine: plain HTTP on loopback, where browsers have passkeys without trusting a certificate of ours.
//
// `localhost` is a secure context without TLS (W3C Secure Contexts, 3.1), and what goes over loopback leaves the machine nowhere. Names
// are checked, since the page of another site may have its own name resolved to this address (DNS rebinding).
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { fail } from '../../errors.ts';
import { MAX_LOCAL_CONNECTIONS } from '../../limits.ts';
import { sendBareProblem } from './bare-problem.ts';
import { markLocal } from './piped.ts';
import { closeSocketsInTime, type HttpApp, setTimeouts } from './server.ts';
import { localOrigin } from './site.ts';

/** No setting changes these. Both, so that nobody else on this machine answers under the name that people are shown. */
const ADDRESSES = ['127.0.0.1', '::1'] as const;
/** What a machine without IPv6 says of the second. */
const NO_SUCH_ADDRESS: ReadonlySet<string> = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT']);

/** What it is made of. */
export interface LocalListenerOptions {
  readonly port: number;
  /** Answers a request as the server's own listener does, here or by the controller. */
  readonly take: RequestListener;
}

/** Makes it, before the application is ready; `listen` throws E_LISTEN. It closes with the application. */
export function createLocalListener(
  app: HttpApp,
  options: LocalListenerOptions,
): { listen(): Promise<void> } {
  const servers = ADDRESSES.map((address) => ({ address, server: createLocalServer(options) }));
  let closed: Promise<unknown> = Promise.resolve();
  app.addHook('preClose', async () => {
    closed = Promise.all(servers.map(({ server }) => new Promise((resolve) => server.close(resolve))));
  });
  for (const { server } of servers) closeSocketsInTime(app, server, 'connection');
  // Hooks of the end run in reverse: this before those above, which call off the cut of what does not end.
  app.addHook('onClose', async () => void (await closed));
  return {
    async listen() {
      for (const { server, address } of servers) await listenOn(server, address, options.port);
    },
  };
}

function createLocalServer({ port, take }: LocalListenerOptions): Server {
  const own = new URL(localOrigin(port));
  const hosts = new Set(
    ['localhost', '127.0.0.1', '[::1]'].map((name) => own.host.replace('localhost', name)),
  );
  const server = createServer((request, response) => {
    markLocal(request);
    // What is answered while the server closes leaves a connection that nobody would use again.
    response.once('close', () => {
      if (!server.listening) setImmediate(() => server.closeIdleConnections());
    });
    if (hosts.has(request.headers.host?.toLowerCase() ?? '')) take(request, response);
    else sendBareProblem(response, 'E_HOST', { detail: `Open ${own.origin} on this machine.` });
  });
  setTimeouts(server);
  server.maxConnections = MAX_LOCAL_CONNECTIONS;
  return server.on('upgrade', refuseUpgrade);
}

/** Agents come by TLS, to the other listener; a page has no business with such a socket at all. */
function refuseUpgrade(_request: IncomingMessage, socket: Socket): void {
  socket.on('error', () => socket.destroy());
  socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n', () =>
    socket.destroy(),
  );
}

async function listenOn(server: Server, host: (typeof ADDRESSES)[number], port: number): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port }, resolve);
    });
  } catch (cause) {
    const why = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    if (host === '::1' && NO_SUCH_ADDRESS.has(why)) return;
    const detail = `The server cannot listen on ${host}, port ${port}, for people at this machine (${why}); stop what uses it, or choose another with --console-port.`;
    throw fail('E_LISTEN', { cause, detail });
  }
}
