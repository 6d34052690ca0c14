// The one way to the server: typed requests with the session's cookie, and errors as the server says them.

import type { paths } from '@muster/cli/api-types';
import createClient from 'openapi-fetch';
import { keepCall } from './last-call.ts';

/** The problem document of RFC 9457 as the server writes it. */
interface Problem {
  readonly code?: string;
  readonly title?: string;
  readonly detail?: string;
  readonly instance?: string;
  readonly retryable?: boolean;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

/** A request that was refused, in the server's words. */
export class ApiError extends Error {
  readonly code: string;
  readonly status: number;
  /** Id under which the server's log knows the request; null when it never got there. */
  readonly requestId: string | null;
  readonly retryable: boolean;
  readonly fields: readonly { readonly path: string; readonly message: string }[];

  constructor(status: number, problem: Problem) {
    super(problem.detail ?? problem.title ?? `The server answered with status ${status}.`);
    this.name = 'ApiError';
    this.code = problem.code ?? (status === 0 ? 'E_CONNECT' : 'E_ANSWER');
    this.status = status;
    this.requestId = problem.instance?.replace('urn:muster:request:', '') ?? null;
    this.retryable = problem.retryable ?? status === 0;
    this.fields = problem.errors ?? [];
  }
}

/** Asked when an act needs that the person proves to be there; true: done, send it again. */
let stepUp: () => Promise<boolean> = async () => false;

/** The session says how a person proves to be there. */
export function onStepUp(handler: () => Promise<boolean>): void {
  stepUp = handler;
}

/** A proof that holds for less, ms, may have run out before a browser has asked for a file. */
const LEAST_PROOF_MS = 30_000;

/** Before something is fetched by a link, which cannot ask back: true when the person has proven to be there. */
export async function proveAhead(): Promise<boolean> {
  const { provenForMs } = await take(api.GET('/api/v1/session'));
  return provenForMs >= LEAST_PROOF_MS || stepUp();
}

async function sendProven(request: Request): Promise<Response> {
  const again = request.clone();
  const response = await fetch(request);
  if (response.status !== 401) return response;
  const problem = (await response.clone().json()) as Problem;
  if (problem.code !== 'E_STEP_UP' || !(await stepUp())) return response;
  return fetch(again);
}

async function send(request: Request): Promise<Response> {
  const copy = request.clone();
  const response = await sendProven(request);
  if (response.ok) await keepCall(copy);
  return response;
}

/** Requests by path; use `take` around them. */
export const api = createClient<paths>({ baseUrl: '/', fetch: send });

/** The data of an answer, or its problem as an `ApiError`. */
export async function take<T>(
  answer: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<T> {
  let result: Awaited<typeof answer>;
  try {
    result = await answer;
  } catch {
    throw new ApiError(0, { detail: 'The server cannot be reached. Check the connection and try again.' });
  }
  if (result.response.ok) return result.data as T;
  throw new ApiError(result.response.status, (result.error ?? {}) as Problem);
}
