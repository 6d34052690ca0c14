// Every error leaves as one problem document (RFC 9457) with a stable code; what is unexpected stays in the log.
import { isMusterError } from '@muster/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { fail, statusOf } from '../../errors.ts';
import { MAX_PROBLEM_ERRORS } from '../../limits.ts';
import { mapDatabaseError } from '../db/failures.ts';

/** The document. */
export const Problem = Type.Object({
  type: Type.String({ description: 'urn:muster:error: and the code.' }),
  title: Type.String({
    description: 'What is wrong and what to do, one sentence, the same for every occurrence of the code.',
  }),
  status: Type.Integer({ description: 'The HTTP status, repeated.' }),
  code: Type.String({ description: 'Stable code, listed in docs/errors.md.' }),
  detail: Type.Optional(Type.String({ description: 'What is known of this occurrence.' })),
  instance: Type.String({
    description: 'urn:muster:request: and the id under which the log knows the request.',
  }),
  retryable: Type.Boolean({ description: 'True when the same request may succeed later.' }),
  errors: Type.Optional(
    Type.Array(
      Type.Object({
        path: Type.String({ description: 'Part of the request and JSON pointer, such as body/name.' }),
        message: Type.String({ description: 'What the value must be.' }),
      }),
    ),
  ),
});
export type Problem = Static<typeof Problem>;

/** Seconds after which a client should try again what fails for a passing reason. */
const RETRY_AFTER_SECONDS = 5;

/** Codes of the framework's own errors. */
const frameworkCodes = new Map<string, Parameters<typeof fail>[0]>([
  ['FST_ERR_CTP_BODY_TOO_LARGE', 'E_SIZE'],
  ['FST_ERR_CTP_INVALID_MEDIA_TYPE', 'E_MEDIA_TYPE'],
  ['FST_ERR_CTP_EMPTY_JSON_BODY', 'E_JSON'],
  ['FST_ERR_CTP_INVALID_JSON_BODY', 'E_JSON'],
  ['FST_ERR_HANDLER_TIMEOUT', 'E_UNAVAILABLE'],
]);

const codes = new WeakMap<FastifyRequest, string>();

/** Code of the problem that a request was answered with; undefined where it was none. */
export function codeOfProblem(request: FastifyRequest): string | undefined {
  return codes.get(request);
}

/** Answers an error; the last stop of every request that fails. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const known = toKnown(error);
  if (known.code === 'E_INTERNAL') request.log.error({ err: error, reqId: request.id }, 'request failed');
  const status = statusOf(known.code);
  codes.set(request, known.code);
  if (known.retryable && !reply.hasHeader('retry-after')) reply.header('retry-after', RETRY_AFTER_SECONDS);
  if (known.code === 'E_SIGNED_OUT') reply.header('www-authenticate', 'Bearer');
  const problem: Problem = {
    type: `urn:muster:error:${known.code}`,
    title: fail(known.code).message,
    status,
    code: known.code,
    instance: `urn:muster:request:${request.id}`,
    retryable: known.retryable,
  };
  if (known.detail !== undefined && known.detail !== problem.title) problem.detail = known.detail;
  const errors = listFieldErrors(error);
  if (errors.length > 0) problem.errors = errors;
  // The route's own serializer knows only its answers.
  return reply
    .code(status)
    .type('application/problem+json')
    .serializer((payload: unknown) => JSON.stringify(payload))
    .send(problem);
}

interface Known {
  readonly code: Parameters<typeof fail>[0];
  readonly detail: string | undefined;
  readonly retryable: boolean;
}

function toKnown(thrown: unknown): Known {
  const error = mapDatabaseError(thrown);
  if (isMusterError(error) && isListed(error.code)) {
    return { code: error.code, detail: error.message, retryable: error.retryable };
  }
  const code = codeOfFramework(error);
  return { code, detail: undefined, retryable: fail(code).retryable };
}

/** Codes that are in a catalog have a status of their own or the 400 of the protocol's. */
function isListed(code: string): code is Known['code'] {
  return statusOf(code) !== 500 || code === 'E_INTERNAL';
}

/** What the framework hangs onto its errors. */
type FrameworkError = Error & { validation?: unknown; code?: unknown; statusCode?: unknown };

function isFrameworkError(error: unknown): error is FrameworkError {
  return error instanceof Error;
}

function codeOfFramework(error: unknown): Known['code'] {
  if (!isFrameworkError(error)) return 'E_INTERNAL';
  const { validation, code, statusCode } = error;
  if (validation) return 'E_VALIDATION';
  const named = frameworkCodes.get(String(code));
  if (named) return named;
  if (typeof statusCode !== 'number' || statusCode < 400 || statusCode >= 500) return 'E_INTERNAL';
  return error instanceof SyntaxError ? 'E_JSON' : 'E_REQUEST';
}

interface Violation {
  readonly instancePath?: string;
  readonly message?: string;
  readonly params?: Record<string, unknown>;
}

/** One line per field of a validation error; values are not repeated. */
function listFieldErrors(error: unknown): { path: string; message: string }[] {
  if (!(error instanceof Error) || !('validation' in error) || !Array.isArray(error.validation)) return [];
  const context = 'validationContext' in error ? String(error.validationContext) : 'request';
  const violations: readonly Violation[] = error.validation;
  return violations
    .slice(0, MAX_PROBLEM_ERRORS)
    .map(({ instancePath = '', message = 'is not valid', params = {} }) => ({
      path: `${context}${instancePath}`,
      message:
        typeof params.additionalProperty === 'string'
          ? `must not have "${params.additionalProperty.slice(0, 100)}"`
          : message,
    }));
}
