// The typed API client: every request of the command line and of the quick start goes through it.

import { MusterError } from '@muster/protocol';
import createClient from 'openapi-fetch';
import { Agent, fetch as undiciFetch } from 'undici';
import { fail } from '../errors.ts';
import type { Profile } from '../profile.ts';
import type { paths } from './schema.d.ts';

/** Time a connection usually may take, ms. */
const CONNECT_TIMEOUT_MS = 10_000;

/** The client of one server. */
export interface Api {
  readonly http: ReturnType<typeof createClient<paths>>;
  /** Sends a request whose answer the caller knows the form of; bytes go as they are, anything else as JSON. @throws MusterError E_CONNECT and the server's */
  send<T>(route: string, body?: unknown): Promise<T>;
  /** The body of an answer in pieces. @throws MusterError E_CONNECT and the server's */
  download(path: string): AsyncGenerator<Uint8Array>;
  /** Opens a stream of server-sent events; the caller ends it with the signal. */
  events(path: string, signal: AbortSignal): AsyncGenerator<ServerEvent>;
  close(): Promise<void>;
}

/** One server-sent event. */
export interface ServerEvent {
  readonly event: string;
  readonly data: unknown;
}

/** The problem document of RFC 9457 as the server writes it. */
interface Problem {
  readonly code?: unknown;
  readonly detail?: unknown;
  readonly title?: unknown;
}

/** Turns a refused answer into an error with the server's code and sentence. */
function problemOf(problem: Problem | undefined, status: number): MusterError {
  if (typeof problem?.code !== 'string')
    return fail('E_ANSWER', { detail: `The server answered with status ${status} and no explanation.` });
  const sentence =
    typeof problem.detail === 'string' ? problem.detail : String(problem.title ?? problem.code);
  return new MusterError(problem.code, { sentence, retryable: false });
}

/** The data of an answer, or its problem as an exception. */
export async function take<T>(
  answer: Promise<{ data?: T; error?: unknown; response: { status: number } }>,
): Promise<T> {
  let result: Awaited<typeof answer>;
  try {
    result = await answer;
  } catch (cause) {
    throw fail('E_CONNECT', { cause });
  }
  if (result.data !== undefined) return result.data;
  throw problemOf(result.error as Problem | undefined, result.response.status);
}

/** Makes the client for a sign-in. */
export function createApi(profile: Profile, connectTimeoutMs = CONNECT_TIMEOUT_MS): Api {
  const dispatcher = new Agent({
    connect: { timeout: connectTimeoutMs, ...(profile.ca === null ? {} : { ca: profile.ca }) },
    bodyTimeout: 0,
  });
  const headers = { authorization: `Bearer ${profile.token}` };
  const pass = (input: Request) =>
    undiciFetch(input.url, {
      method: input.method,
      headers: [...input.headers],
      signal: input.signal,
      dispatcher,
      ...(input.body === null ? {} : { body: input.body, duplex: 'half' }),
    } as Parameters<typeof undiciFetch>[1]) as unknown as Promise<Response>;
  const http = createClient<paths>({ baseUrl: profile.url, headers, fetch: pass });

  async function request(route: string, body?: unknown): Promise<UndiciResponse> {
    const [method = 'GET', path = ''] = route.split(' ');
    const isBytes = body instanceof Uint8Array;
    const type = isBytes ? 'application/octet-stream' : 'application/json';
    const payload = isBytes ? body : JSON.stringify(body);
    let response: UndiciResponse;
    try {
      response = await undiciFetch(new URL(path, profile.url), {
        method,
        headers: body === undefined ? headers : { ...headers, 'content-type': type },
        dispatcher,
        ...(payload === undefined ? {} : { body: payload }),
      });
    } catch (cause) {
      throw fail('E_CONNECT', { cause });
    }
    if (!response.ok) throw problemOf(await readProblem(response), response.status);
    return response;
  }

  async function* download(path: string): AsyncGenerator<Uint8Array> {
    const response = await request(`GET ${path}`);
    try {
      for await (const piece of response.body ?? []) yield piece;
    } catch (cause) {
      throw fail('E_CONNECT', { cause });
    }
  }

  async function send<T>(route: string, body?: unknown): Promise<T> {
    const response = await request(route, body);
    try {
      return (await response.json()) as T;
    } catch (cause) {
      throw fail(cause instanceof SyntaxError ? 'E_ANSWER' : 'E_CONNECT', { cause });
    }
  }

  async function* events(path: string, signal: AbortSignal): AsyncGenerator<ServerEvent> {
    let response: Awaited<ReturnType<typeof undiciFetch>>;
    try {
      response = await undiciFetch(new URL(path, profile.url), {
        headers: { ...headers, accept: 'text/event-stream' },
        dispatcher,
        signal,
      });
    } catch (cause) {
      if (signal.aborted) return;
      throw fail('E_CONNECT', { cause });
    }
    if (!response.ok || response.body === null) throw problemOf(await readProblem(response), response.status);
    yield* parseEvents(response.body, signal);
  }

  return { http, send, download, events, close: () => dispatcher.close() };
}

type UndiciResponse = Awaited<ReturnType<typeof undiciFetch>>;

/** The problem of a refusal; undefined where something else than our server answered. */
async function readProblem(response: UndiciResponse): Promise<Problem | undefined> {
  try {
    return (await response.json()) as Problem;
  } catch {
    return undefined;
  }
}

/** Reads the text of a stream of events (WHATWG HTML, server-sent events); comments and ids are passed over. */
async function* parseEvents(
  body: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for await (const piece of body) {
      rest += decoder.decode(piece, { stream: true });
      const blocks = rest.split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const event = parseEvent(block);
        if (event !== null) yield event;
      }
    }
  } catch (cause) {
    if (signal.aborted) return;
    throw fail('E_CONNECT', { cause });
  }
}

function parseEvent(block: string): ServerEvent | null {
  const lines = block.split('\n');
  const read = (field: string) =>
    lines
      .filter((line) => line.startsWith(`${field}:`))
      .map((line) => line.slice(field.length + 1).trimStart());
  const data = read('data').join('\n');
  const event = read('event')[0] ?? 'message';
  // A beat only says that the server is there.
  return data === '' || event === 'beat' ? null : { event, data: JSON.parse(data) };
}
