// The HTTP server with every default that is unsafe set: timeouts, sizes, headers, errors, permissions.
import { randomUUID } from 'node:crypto';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyServerFactory,
  fastify,
  LogController,
  type RawReplyDefaultExpression,
  type RawRequestDefaultExpression,
  type RawServerDefault,
} from 'fastify';
import { fail, statusOf } from '../../errors.ts';
import { MAX_BODY_BYTES, MAX_PARAM_CHARS } from '../../limits.ts';
import {
  CONNECTION_TIMEOUT_MS,
  HANDLER_TIMEOUT_MS,
  HTTP_STOP_MS,
  KEEP_ALIVE_MS,
  REQUEST_TIMEOUT_MS,
} from '../../timing.ts';
import type { Logger } from '../log.ts';
import { bareHeaders } from './bare-problem.ts';
import { beginTlsWhenHeard } from './heard.ts';
import { createNotFound, type PageAnswer } from './methods.ts';
import { type PermissionOptions, type RouteEntry, requirePermissions } from './permission.ts';
import { sendProblem } from './problem.ts';
import { guardDevices, type Scopes } from './scope.ts';
import { refuseForeign, type Site } from './site.ts';
import { validatorCompiler } from './validation.ts';

/** The application as features see it: handlers get the types of their TypeBox schemas. */
export type HttpApp = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

declare module 'fastify' {
  interface FastifyInstance {
    /** Asks again who stands behind a request that is still being answered. */
    authenticate: PermissionOptions['authenticate'];
  }
}

export interface HttpOptions extends PermissionOptions {
  readonly log: Logger;
  /** Key and certificate chain in PEM; undefined where a proxy ends TLS. */
  readonly tls: { readonly key: string; readonly cert: string } | undefined;
  /** Judges limits to some devices; without it whoever is limited reaches none. */
  readonly scopes?: Scopes;
  /** Decides who answers what comes in; without it everything is answered `here`, by the application. */
  readonly front?: (request: IncomingMessage, response: ServerResponse, here: RequestListener) => void;
  /** Answers addresses that no route takes but people open in a browser; null: it is none of those. */
  readonly page?: PageAnswer;
  /** Addresses of the console: pages of other sites change nothing. Without it every origin is foreign. */
  readonly site?: Site;
}

export interface Http {
  /** Listens when its owner says so; `app.close()` waits for requests under way. */
  readonly app: HttpApp;
  /** The application as a listener, for requests that come another way. */
  readonly answer: RequestListener;
  /** What the server's own socket does with a request: hands it to the front, or answers it. */
  readonly take: RequestListener;
  /** Every route registered so far. */
  readonly routes: readonly RouteEntry[];
}

/** Makes the server; it does not listen yet. Plugins that add routes come after this. */
export async function createHttp(options: HttpOptions): Promise<Http> {
  let answer: RequestListener = () => undefined;
  let take: RequestListener = () => undefined;
  const logger: FastifyBaseLogger = options.log.child({ part: 'http' });
  const app: HttpApp = fastify({
    serverFactory: createServerFactory(options, (handler, listener) => {
      answer = handler;
      take = listener;
    }),
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    bodyLimit: MAX_BODY_BYTES,
    handlerTimeout: HANDLER_TIMEOUT_MS,
    routerOptions: { maxParamLength: MAX_PARAM_CHARS },
    // Only then is the address of a client what the proxy says.
    trustProxy: options.tls === undefined ? 'loopback' : false,
    return503OnClosing: true,
    forceCloseConnections: 'idle',
    // Before any hook ran, so that nothing has set the headers of an answer.
    frameworkErrors: (error, request, reply) => void sendProblem(error, request, reply.headers(bareHeaders)),
    clientErrorHandler: answerBrokenRequest,
  });
  app.setValidatorCompiler(validatorCompiler);
  app.decorate('authenticate', options.authenticate);
  app.setErrorHandler(sendProblem);
  answerInTime(app);
  // Not at `localhost`: browsers would ask everything else there for TLS too, whatever the port.
  await app.register(
    helmet,
    helmetOptions(options.tls !== undefined && options.site?.passkeyName !== 'localhost'),
  );
  await app.register(rateLimit, { global: false });
  refuseForeign(app, options.site ?? { url: '', origins: [], passkeyName: null });
  const routes = requirePermissions(app, options);
  guardDevices(app, options.scopes);
  app.setNotFoundHandler(createNotFound(routes, options.page));
  closeSocketsInTime(app, app.server, options.tls ? 'secureConnection' : 'connection');
  app.addHook('onResponse', async (request, reply) => {
    const { method, routeOptions, id } = request;
    const ms = Math.round(reply.elapsedTime);
    // The pattern, not the address: queries may hold what nobody else should read.
    options.log.debug(
      { method, route: routeOptions.url, status: reply.statusCode, ms, reqId: id },
      'request answered',
    );
  });
  return {
    app,
    answer: (request, response) => answer(request, response),
    take: (request, response) => take(request, response),
    routes,
  };
}

/**
 * The framework's own timer ends with the request's body (fastify 5.12.8, lib/route.js: at 'close' of the request), so that whoever
 * had sent one would hear nothing until the socket is closed as silent.
 */
function answerInTime(app: HttpApp): void {
  app.addHook('onRequest', async (request, reply) => {
    const timer = setTimeout(() => {
      if (!reply.sent) void reply.send(fail('E_UNAVAILABLE'));
    }, request.routeOptions.handlerTimeout);
    reply.raw.once('close', () => clearTimeout(timer));
  });
}

const tlsOptions = {
  minVersion: 'TLSv1.3',
  handshakeTimeout: CONNECTION_TIMEOUT_MS,
  // The list that Node has otherwise is copied for each connection, and each copy keeps a block of 8 KB.
  ALPNCallback: ({ protocols }: { protocols: string[] }) => protocols.find((name) => name === 'http/1.1'),
} as const;

/** TLS 1.3 only; with a factory of its own, Fastify leaves the timeouts to us. */
function createServerFactory(
  { tls, front }: Pick<HttpOptions, 'tls' | 'front'>,
  made: (answer: RequestListener, listener: RequestListener) => void,
): FastifyServerFactory<RawServerDefault> {
  return (handler) => {
    const answer: RequestListener = (request, response) => handler(request, response);
    const listener: RequestListener =
      front === undefined ? answer : (request, response) => front(request, response, answer);
    made(answer, listener);
    const server: Server = tls
      ? beginTlsWhenHeard(createHttpsServer({ ...tlsOptions, key: tls.key, cert: tls.cert }, listener))
      : createHttpServer(listener);
    setTimeouts(server);
    return server;
  };
}

/** Node's own are longer, or none. */
export function setTimeouts(server: Server): void {
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.headersTimeout = REQUEST_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.setTimeout(CONNECTION_TIMEOUT_MS);
}

/**
 * Browsers open sockets ahead of need. Node counts one that never carried a request as busy, so that closing
 * would wait for it until it times out.
 */
export function closeSocketsInTime(
  app: HttpApp,
  server: Server,
  event: 'connection' | 'secureConnection',
): void {
  const unused = new Set<Socket>();
  const use = ({ socket }: { readonly socket: Socket }) => void unused.delete(socket);
  server.on(event, (socket: Socket) => {
    unused.add(socket);
    socket.once('close', () => unused.delete(socket));
  });
  server.on('request', use);
  server.on('upgrade', use);
  let isClosing = false;
  let cut: NodeJS.Timeout | undefined;
  app.addHook('preClose', async () => {
    isClosing = true;
    for (const socket of unused) socket.destroy();
    // From its closing on Node measures no request any more: one that comes by drops, or an answer that nobody reads, would hold it up.
    cut = setTimeout(() => server.closeAllConnections(), HTTP_STOP_MS);
  });
  app.addHook('onClose', async () => clearTimeout(cut));
  // Nor does it close what turns idle only after the closing began.
  app.addHook('onSend', async (_request, reply) => {
    if (isClosing) reply.header('connection', 'close');
  });
}

function helmetOptions(promisesTls: boolean) {
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'self'"],
        'script-src': ["'self'"],
        // The chart and editor libraries set styles on elements.
        'style-src': ["'self'", "'unsafe-inline'"],
        'img-src': ["'self'", 'data:'],
        'connect-src': ["'self'"],
        'object-src': ["'none'"],
        'base-uri': ["'none'"],
        'form-action': ["'self'"],
        'frame-ancestors': ["'none'"],
        'require-trusted-types-for': ["'script'"],
        // One policy, made by the console before anything else; server/console/src/app/trusted.ts.
        'trusted-types': ['default'],
      },
    },
    // Without subdomains: they may be others' services.
    strictTransportSecurity: promisesTls ? { maxAge: 31_536_000, includeSubDomains: false } : false,
    referrerPolicy: { policy: 'no-referrer' as const },
  };
}

/** What is no HTTP at all is answered on the bare socket. */
function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const code = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'E_TIMEOUT' : 'E_REQUEST';
  const status = statusOf(code);
  const body = JSON.stringify({ type: `urn:muster:error:${code}`, title: fail(code).message, status, code });
  const head = [
    `HTTP/1.1 ${status} ${status === 408 ? 'Request Timeout' : 'Bad Request'}`,
    'content-type: application/problem+json',
    ...Object.entries(bareHeaders).map(([name, value]) => `${name}: ${value}`),
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
