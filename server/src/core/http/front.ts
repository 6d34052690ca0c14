// Who answers a request when a server has several workers: the one that took it, or the controller, to whom it is piped.
//
//   taken ── own route, or this is the controller ──▶ answered here
//     └─ controller known ──▶ piped ──▶ answered there
//     └─ none ──▶ waits, at most CONTROLLER_WAIT_MS ──▶ E_UNAVAILABLE
import {
  Agent,
  type ClientRequest,
  createServer,
  type IncomingMessage,
  type RequestListener,
  request as requestHttp,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import { MAX_PIPED_HEADER_BYTES, MAX_PIPED_REQUESTS } from '../../limits.ts';
import {
  CONNECTION_TIMEOUT_MS,
  CONTROLLER_WAIT_MS,
  PIPE_AGAIN_MS,
  PIPE_SILENT_MS,
  REQUEST_TIMEOUT_MS,
} from '../../timing.ts';
import type { Clock } from '../clock.ts';
import type { Logger } from '../log.ts';
import { sendBareProblem } from './bare-problem.ts';
import { removeStaleSockets, socketOf } from './pipe-folder.ts';
import { answerHeaders, isLocal, requestHeaders, restoreOrigin, SIGNED_IN_HEADER } from './piped.ts';

/** What the front needs. */
export interface FrontDeps {
  readonly clock: Clock;
  readonly log: Logger;
  /** Folder of the sockets between workers. */
  readonly folder: string;
  /** Name of this worker. */
  readonly id: string;
  /** Paths that every worker answers for itself. */
  readonly own: ReadonlySet<string>;
  /** A request of somebody who is signed in came over that socket. */
  signedIn(socket: Socket): void;
}

/** The front of a worker. */
export interface Front {
  /** Answers a request, or lets it be answered; `here` is this worker's own application. */
  answer(request: IncomingMessage, response: ServerResponse, here: RequestListener): void;
  /** This worker is the controller: it answers by itself from now on, and what others pipe. `present` are all workers. */
  serve(here: RequestListener, present: readonly string[]): Promise<void>;
  /** Another worker is the controller; null when it is gone. */
  follow(id: string | null): void;
  /** Ends streams and lets nobody wait any more; what is under way is finished. */
  drain(): void;
  /** Call it when the application has closed. */
  stop(): Promise<void>;
}

/** A request that waits for a controller, or is on its way to one. */
interface Passage {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly here: RequestListener;
  readonly untilMs: number;
  /** Its body has begun to be read: nobody else can be asked. */
  isSpent: boolean;
}

/** Makes the front; until it is told of a controller, requests wait. */
export function createFront(deps: FrontDeps): Front {
  return new WorkerFront(deps);
}

class WorkerFront implements Front {
  private readonly deps: FrontDeps;
  private readonly agent = new Agent({ keepAlive: true, maxSockets: MAX_PIPED_REQUESTS, maxFreeSockets: 16 });
  private readonly waiting = new Set<() => void>();
  /** Answers that are streams: nobody else ends them. */
  private readonly streams = new Set<ServerResponse>();
  private controller: string | null = null;
  private isController = false;
  private isDraining = false;
  private server: Server | null = null;
  private closed: Promise<void> | undefined;
  private count = 0;

  constructor(deps: FrontDeps) {
    this.deps = deps;
  }

  answer(request: IncomingMessage, response: ServerResponse, here: RequestListener): void {
    const path = request.url?.split('?')[0] ?? '';
    if (this.isController || this.deps.own.has(path)) {
      here(request, response);
      return;
    }
    if (this.count >= MAX_PIPED_REQUESTS) {
      refuse(response, 'E_BUSY');
      return;
    }
    this.count += 1;
    response.once('close', () => {
      this.count -= 1;
      // A connection that turns idle while the server closes would keep it, and nobody would use it again.
      if (this.isDraining) request.socket.destroySoon();
    });
    // While somebody else works on it the silence of its socket means nothing.
    request.socket.setTimeout(0);
    const untilMs = this.deps.clock.monotonic() + CONTROLLER_WAIT_MS;
    this.pass({ request, response, here, untilMs, isSpent: false }).catch((err: unknown) => {
      // Nothing that a request says may end the process.
      this.deps.log.error({ err }, 'a request could not be handed on');
      response.destroy();
    });
  }

  async serve(here: RequestListener, present: readonly string[]): Promise<void> {
    const { folder, id } = this.deps;
    await removeStaleSockets(folder, present);
    if (this.isDraining) return;
    const server = createServer({ maxHeaderSize: MAX_PIPED_HEADER_BYTES }, (request, response) => {
      if (restoreOrigin(request)) here(request, response);
      else response.destroy();
    });
    // The workers end idle connections, not this side: a request may be on its way over one.
    server.keepAliveTimeout = 0;
    server.requestTimeout = REQUEST_TIMEOUT_MS;
    server.headersTimeout = REQUEST_TIMEOUT_MS;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(socketOf(folder, id), resolve);
    });
    if (this.isDraining) {
      server.close();
      return;
    }
    this.server = server;
    this.isController = true;
    this.wake();
  }

  follow(id: string | null): void {
    this.controller = id;
    if (id !== null) this.wake();
  }

  drain(): void {
    if (this.isDraining) return;
    this.isDraining = true;
    this.wake();
    // What others would still pipe waits for the next controller; this application has begun to refuse.
    this.closed = this.close();
    for (const response of this.streams) endStream(response);
  }

  async stop(): Promise<void> {
    this.drain();
    this.agent.destroy();
    // What turned idle since; other workers keep their connections.
    this.server?.closeIdleConnections();
    await this.closed;
  }

  private async close(): Promise<void> {
    const { server } = this;
    if (server === null) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeIdleConnections();
    const cancel = this.deps.clock.after(PIPE_SILENT_MS, () => server.closeAllConnections());
    await closed;
    cancel();
  }

  private wake(): void {
    for (const wake of [...this.waiting]) wake();
  }

  /** Tries as long as nothing was lost by trying, and time is left. */
  private async pass(passage: Passage): Promise<void> {
    const { request, response, here, untilMs } = passage;
    while (!response.destroyed) {
      if (this.isController) {
        here(request, response);
        return;
      }
      if (this.controller !== null) {
        const outcome = await this.pipe(passage, this.controller);
        if (outcome === 'answered') return;
        if (passage.isSpent) break;
      }
      if (this.isDraining || this.deps.clock.monotonic() >= untilMs) break;
      await this.untilChanged(untilMs);
    }
    if (!response.destroyed) refuse(response, 'E_UNAVAILABLE');
  }

  /** Resolves when there may be another controller, soon after the present one did not take a request, or when the time is over. */
  private untilChanged(untilMs: number): Promise<void> {
    return new Promise((resolve) => {
      const leftMs = Math.max(0, untilMs - this.deps.clock.monotonic());
      const cancel = this.deps.clock.after(
        this.controller === null ? leftMs : Math.min(leftMs, PIPE_AGAIN_MS),
        done,
      );
      const { waiting } = this;
      function done(): void {
        cancel();
        waiting.delete(done);
        resolve();
      }
      waiting.add(done);
    });
  }

  /** Resolves when the answer is through, or broke off when it had begun; `failed` when none came. */
  private pipe(passage: Passage, controller: string): Promise<'answered' | 'failed'> {
    const { request, response } = passage;
    return new Promise((resolve) => {
      const upstream = requestHttp({
        socketPath: socketOf(this.deps.folder, controller),
        agent: this.agent,
        method: request.method ?? 'GET',
        path: request.url ?? '/',
        headers: requestHeaders(request),
        setHost: false,
        timeout: PIPE_SILENT_MS,
      });
      const abandon = () => void upstream.destroy();
      response.once('close', abandon);
      upstream.on('timeout', abandon);
      upstream.on('error', (err) => {
        response.off('close', abandon);
        this.deps.log.debug({ err, controller }, 'a request could not be piped');
        if (response.headersSent) response.destroy();
        resolve(response.headersSent ? 'answered' : 'failed');
      });
      upstream.on('response', (answer) => {
        this.relay(answer, passage);
        // A stream may be silent for long.
        upstream.setTimeout(0);
        answer.once('close', () => {
          response.off('close', abandon);
          resolve('answered');
        });
      });
      sendBody(passage, upstream);
    });
  }

  private relay(answer: IncomingMessage, { request, response }: Passage): void {
    // The local listener counts by itself; its sockets are none of the gateway's.
    if (answer.headers[SIGNED_IN_HEADER] !== undefined && !isLocal(request))
      this.deps.signedIn(request.socket);
    response.writeHead(answer.statusCode ?? 502, answerHeaders(answer));
    if (answer.headers['content-type']?.startsWith('text/event-stream') === true) {
      this.streams.add(response);
      response.once('close', () => this.streams.delete(response));
      // The controller may have opened it just before this worker was told to stop.
      if (this.isDraining) endStream(response);
    } else {
      // Its silence means something again: who does not read its answer must not keep its place.
      request.socket.setTimeout(CONNECTION_TIMEOUT_MS);
    }
    // An answer that breaks off must not look complete.
    answer.once('aborted', () => response.destroy());
    answer.once('error', () => response.destroy());
    answer.pipe(response);
  }
}

/** Nobody else ends a stream. */
function endStream(response: ServerResponse): void {
  response.end(() => response.socket?.destroySoon());
}

/** Begins once the other side is there, so that a request that reached nobody can go to somebody else. */
function sendBody(passage: Passage, upstream: ClientRequest): void {
  const { request } = passage;
  const hasBody =
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
  // Asking again changes nothing twice only where there is nothing to change.
  const isSafe = request.method === 'GET' || request.method === 'HEAD';
  function begin(): void {
    passage.isSpent = hasBody || !isSafe;
    if (hasBody) request.pipe(upstream);
    else upstream.end();
  }
  upstream.once('socket', (socket) => {
    if (socket.connecting) socket.once('connect', begin);
    else begin();
  });
}

/** Nobody is there who could answer. */
function refuse(response: ServerResponse, code: 'E_UNAVAILABLE' | 'E_BUSY'): void {
  const detail = 'No worker of the server answers requests just now; try again shortly.';
  sendBareProblem(response, code, { detail, headers: { 'retry-after': '5' } });
}
