// Server-sent events: live views that cost nothing while nothing happens, and end when the reader is too slow.
import type { ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { fail } from '../../errors.ts';
import { MAX_SSE_QUEUED_BYTES, MAX_SSE_STREAMS } from '../../limits.ts';
import { SSE_BEAT_MS, SSE_RECHECK_MS } from '../../timing.ts';
import type { Clock } from '../clock.ts';
import { mayGoOn } from './scope.ts';

/** One event. The name and id must not hold line breaks; data is sent as JSON. */
export interface StreamEvent {
  readonly event: string;
  readonly data: unknown;
  /** Sent back by the browser as Last-Event-ID when it connects again. */
  readonly id?: string | number;
}

/** An open stream. */
export interface EventStream {
  /** False when the stream is closed, also just now because its reader is too slow. */
  send(event: StreamEvent): boolean;
  /** Bytes that the reader has not taken yet; who sends much leaves things out before the stream is too slow. */
  backlogBytes(): number;
  /** Ends it in good order. */
  close(): void;
  /** Id of the last event the reader saw before a break; undefined on a first connection. */
  readonly lastEventId: string | undefined;
  /** Resolves when the stream has ended, whoever ended it. */
  readonly closed: Promise<void>;
}

/** The open streams of a server. */
export interface EventStreams {
  /** Takes over the response. Throws E_BUSY when too many streams are open, E_UNAVAILABLE when the server is closing. */
  open(request: FastifyRequest, reply: FastifyReply): EventStream;
  count(): number;
}

/** Makes the set; the server's closing closes all of them, and so does the end of a token the streams that were opened with it. */
export function createEventStreams(
  app: FastifyInstance,
  clock: Clock,
  maxStreams = MAX_SSE_STREAMS,
): EventStreams {
  const open = new Map<EventStream, FastifyRequest>();
  let isClosing = false;
  let cancelCheck: (() => void) | undefined;

  /** One timer for all streams, and none while nobody watches. */
  function watch(): void {
    cancelCheck?.();
    cancelCheck = open.size === 0 ? undefined : clock.after(SSE_RECHECK_MS, () => void check());
  }

  async function check(): Promise<void> {
    for (const streams of groupBySignIn(open)) await closeSignedOut(app, streams);
    watch();
  }

  app.addHook('preClose', async () => {
    isClosing = true;
    for (const stream of open.keys()) stream.close();
  });
  return {
    open(request, reply) {
      // Its request was under way when the closing began, and nobody would ever end it.
      if (isClosing) throw fail('E_UNAVAILABLE');
      if (open.size >= maxStreams) throw fail('E_BUSY', { detail: 'Too many live views are open.' });
      const stream = openStream(request, reply, clock);
      open.set(stream, request);
      if (open.size === 1) watch();
      void stream.closed.then(() => {
        open.delete(stream);
        if (open.size === 0) watch();
      });
      return stream;
    },
    count: () => open.size,
  };
}

type Watched = readonly [EventStream, FastifyRequest];

/** Streams of signed-in people by what they signed in with: one question each, however many views somebody has open. */
function groupBySignIn(open: ReadonlyMap<EventStream, FastifyRequest>): Iterable<Watched[]> {
  const groups = new Map<string, Watched[]>();
  for (const watched of open) {
    const { principal, headers } = watched[1];
    if (principal === null) continue;
    const key = JSON.stringify([principal.tenant, headers.authorization, headers.cookie]);
    groups.set(key, [...(groups.get(key) ?? []), watched]);
  }
  return groups.values();
}

/** Ends the streams whose reader could not open them any more. The browser connects again, and is told why not. */
async function closeSignedOut(app: FastifyInstance, streams: readonly Watched[]): Promise<void> {
  const [first] = streams;
  if (first === undefined) return;
  try {
    const principal = await app.authenticate(first[1]);
    for (const [stream, request] of streams) if (!(await mayGoOn(request, principal))) stream.close();
  } catch (err) {
    // While the database is away, or the index is made, nobody can be signed out; it is asked again.
    app.log.debug({ err }, 'it could not be found out who watches');
  }
}

function openStream(request: FastifyRequest, reply: FastifyReply, clock: Clock): EventStream {
  const response = reply.raw;
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) response.setHeader(name, value);
  }
  reply.hijack();
  // A silent stream is healthy; the server's timeout for idle sockets is not meant for it.
  response.socket?.setTimeout(0);
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    // A stream that ends at shutdown must not leave an idle socket that the closing server would wait for.
    connection: 'close',
  });
  response.write('retry: 3000\n\n');
  const cancelBeat = beatOn(response, clock);
  const closed = new Promise<void>((resolve) => {
    response.once('close', () => {
      cancelBeat();
      resolve();
    });
  });
  return {
    send: (event) => write(response, formatEvent(event)),
    backlogBytes: () => response.writableLength,
    // A reader that does not take the end would hold up the closing of the server.
    close: () => void response.end(() => response.socket?.destroySoon()),
    lastEventId: readLastEventId(request),
    closed,
  };
}

/** An event and no comment: pages are not told of comments, and must notice a server that fell silent without closing anything. */
const BEAT = formatEvent({ event: 'beat', data: null });

function beatOn(response: ServerResponse, clock: Clock): () => void {
  let cancel = clock.after(SSE_BEAT_MS, beat);
  function beat(): void {
    if (write(response, BEAT)) cancel = clock.after(SSE_BEAT_MS, beat);
  }
  return () => cancel();
}

/** What a slow reader has not taken yet lies in memory: there is a limit to that. */
function write(response: ServerResponse, text: string): boolean {
  if (response.destroyed || response.writableEnded) return false;
  response.write(text);
  if (response.writableLength <= MAX_SSE_QUEUED_BYTES) return true;
  response.destroy();
  return false;
}

/** The wire form (WHATWG HTML, 9.2.6). JSON holds no raw line break, so data is one line. */
export function formatEvent({ event, data, id }: StreamEvent): string {
  const idLine = id === undefined ? '' : `id: ${oneLine(String(id))}\n`;
  return `${idLine}event: ${oneLine(event)}\ndata: ${JSON.stringify(data)}\n\n`;
}

function oneLine(text: string): string {
  return text.replaceAll(/[\r\n\0]/g, ' ');
}

function readLastEventId(request: FastifyRequest): string | undefined {
  const value = request.headers['last-event-id'];
  return typeof value === 'string' && value !== '' && value.length <= 200 ? value : undefined;
}
