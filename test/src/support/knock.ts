// Knocks at a route: the code of the answer and its text; of a stream, that it began, or what it tells.
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { until } from './wait.ts';

/** A call. */
export interface Knock {
  readonly method: string;
  readonly path: string;
  readonly token: string | null;
  readonly body: object | undefined;
  /** Loopback address to come from. */
  readonly from?: string;
  /** A stream is kept open; otherwise it is left as soon as it begins. */
  readonly keeps?: boolean;
}

/** The answer. */
export interface Knocked {
  readonly status: number;
  /** Of a problem; else `done`. */
  readonly code: string;
  readonly text: string;
  /** All that a stream has told so far. */
  received(): string;
  /** Waits until a stream has told that. */
  until(text: string): Promise<void>;
  /** Resolves when a stream has ended. */
  readonly ended: Promise<void>;
}

/** A server turns connections away that come faster than people do. */
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

/** Calls over plain HTTP; streams, and calls from an address, on a connection of their own. */
export function knock(
  url: string,
  { method, path, token, body, from, keeps = false }: Knock,
): Promise<Knocked> {
  const headers = {
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  const origin =
    from === undefined && !keeps && !path.includes('/events') && !path.endsWith('/live')
      ? { agent }
      : { agent: false as const, ...(from === undefined ? {} : { localAddress: from }) };
  return new Promise((resolve, reject) => {
    const request = httpRequest(new URL(path, url), { method, headers, ...origin }, (response) => {
      const answer = follow(response);
      if (response.headers['content-type']?.startsWith('text/event-stream')) {
        resolve(answer());
        if (!keeps) request.destroy();
        return;
      }
      response.on('end', () => resolve(answer()));
    });
    request.on('error', reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function follow(response: IncomingMessage): () => Knocked {
  let text = '';
  response.setEncoding('utf8');
  response.on('data', (piece: string) => {
    text += piece;
  });
  response.on('error', () => undefined);
  const ended = new Promise<void>((resolve) => response.once('close', resolve));
  return () => ({
    status: response.statusCode ?? 0,
    code: (response.statusCode ?? 0) < 400 ? 'done' : codeOf(text),
    text,
    received: () => text,
    async until(wanted) {
      await until(`the stream tells ${wanted}`, async () => text.includes(wanted));
    },
    ended,
  });
}

function codeOf(text: string): string {
  return /"code":"(E_[A-Z_]+)"/.exec(text)?.[1] ?? 'done';
}
