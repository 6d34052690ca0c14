// A small real HTTP server that answers what a test says, and keeps what it was asked.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it came. */
export interface Asked {
  readonly method: string;
  /** Path with its query. */
  readonly path: string;
  readonly authorization: string;
  readonly body: unknown;
}

/** What is answered: JSON, or a function that writes the answer itself. */
export type Answer =
  | { readonly status?: number; readonly json: unknown }
  | ((request: IncomingMessage, response: ServerResponse) => void);

/** The server. */
export interface TestServer {
  readonly url: string;
  readonly asked: Asked[];
  /** Ends it with all its connections. */
  stop(): Promise<void>;
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const piece of request) text += String(piece);
  return text === '' ? null : JSON.parse(text);
}

/** A problem document as the server writes it. */
export function problem(status: number, code: string, detail: string): Answer {
  return {
    status,
    json: { type: `urn:muster:error:${code}`, title: detail, status, code, detail, retryable: false },
  };
}

/** Starts a server; what it does not find is a 404 with a code. */
export async function startServer(answer: (asked: Asked) => Answer | undefined): Promise<TestServer> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      const { method = '', url = '' } = request;
      const one = {
        method,
        path: decodeURIComponent(url),
        authorization: request.headers.authorization ?? '',
        body,
      };
      asked.push(one);
      const found = answer(one) ?? problem(404, 'E_NOT_FOUND', 'There is nothing at this address.');
      if (typeof found === 'function') return found(request, response);
      response.writeHead(found.status ?? 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(found.json));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
