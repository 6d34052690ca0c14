// What travels with a request from the worker that took it to the one that answers it, and what does not.
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { TLSSocket } from 'node:tls';

/** Says where a request came from; taken only from the socket between workers, and never from outside. */
const FROM_HEADER = 'muster-piped';
/** Says in the answer that whoever asked is signed in; never goes outside. */
export const SIGNED_IN_HEADER = 'muster-signed-in';

/** Headers of one connection, not of the request (RFC 9110, 7.6.1), and `expect`, which each hop answers for itself. */
const ofOneHop = new Set([
  'connection',
  'expect',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

const piped = new WeakSet<IncomingMessage>();
const local = new WeakSet<IncomingMessage>();

/** True when another worker took the request. */
export function isPiped(request: IncomingMessage): boolean {
  return piped.has(request);
}

/** Notes that a request came by the listener for people at this machine; the worker that answers it knows it too. */
export function markLocal(request: IncomingMessage): void {
  local.add(request);
}

/** True when it did. */
export function isLocal(request: IncomingMessage): boolean {
  return local.has(request);
}

/** Names that `connection` lists are of one hop too. */
function listedIn({ connection }: IncomingHttpHeaders): Set<string> {
  return new Set((connection ?? '').split(',').map((name) => name.trim().toLowerCase()));
}

/** Headers as they came, in order and with repetitions, without those of one hop. */
function keepHeaders(message: IncomingMessage): [string, string][] {
  const listed = listedIn(message.headers);
  const kept: [string, string][] = [];
  for (let at = 0; at + 1 < message.rawHeaders.length; at += 2) {
    const name = message.rawHeaders[at] ?? '';
    const key = name.toLowerCase();
    if (!ofOneHop.has(key) && !listed.has(key) && key !== FROM_HEADER)
      kept.push([name, message.rawHeaders[at + 1] ?? '']);
  }
  return kept;
}

/** Raw pairs as an object; a name that came twice has a list. */
function toObject(pairs: readonly [string, string][]): OutgoingHttpHeaders {
  const object: Record<string, string | string[]> = {};
  for (const [name, value] of pairs) {
    const before = object[name];
    object[name] = before === undefined ? value : [before, value].flat();
  }
  return object;
}

/** The headers a request goes on with, and where it came from. */
export function requestHeaders(request: IncomingMessage): OutgoingHttpHeaders {
  const { socket, headers } = request;
  const headersOn = toObject(keepHeaders(request));
  // A body without a length is handed on as one, and no other without its length, whatever `connection` lists: what follows a
  // request without a body is the next request, which would say of itself where it came from.
  if (headers['transfer-encoding'] !== undefined) headersOn['transfer-encoding'] = 'chunked';
  else if (headers['content-length'] !== undefined) headersOn['content-length'] = headers['content-length'];
  // The one that counted where it was taken; Node throws when it is given two.
  if (headers.host !== undefined) headersOn.host = headers.host;
  const way = isLocal(request) ? 'local' : socket instanceof TLSSocket ? 'tls' : 'plain';
  headersOn[FROM_HEADER] = `${way} ${socket.remoteAddress ?? ''} ${socket.remotePort ?? 0}`;
  return headersOn;
}

/** The headers an answer goes out with. */
export function answerHeaders(answer: IncomingMessage): OutgoingHttpHeaders {
  const kept = keepHeaders(answer).filter(([name]) => name.toLowerCase() !== SIGNED_IN_HEADER);
  // Who answers wants the connection to end after this, as after a stream.
  const closes = listedIn(answer.headers).has('close');
  return { ...toObject(kept), ...(closes ? { connection: 'close' } : {}) };
}

/** Makes a request that came over the socket between workers look as it did where it was taken; false when it did not come from a worker. */
export function restoreOrigin(request: IncomingMessage): boolean {
  const from = request.headers[FROM_HEADER];
  if (typeof from !== 'string') return false;
  delete request.headers[FROM_HEADER];
  const [way, address, port] = from.split(' ');
  // One request at a time uses the socket, so it has the addresses of that one.
  define(request.socket, 'remoteAddress', address);
  define(request.socket, 'remotePort', Number(port));
  define(request.socket, 'encrypted', way === 'tls');
  piped.add(request);
  if (way === 'local') markLocal(request);
  return true;
}

function define(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, configurable: true });
}
