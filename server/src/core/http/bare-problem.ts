// A problem document for whoever no application answers: before it is asked, or when there is none.
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { fail, statusOf } from '../../errors.ts';

/** What stands in front of such an answer, whoever gives it: a browser may guess nothing, load nothing and frame nothing. */
export const bareHeaders = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;

/** Answers as the application would (problem.ts), and ends the connection. */
export function sendBareProblem(
  response: ServerResponse,
  code: Parameters<typeof fail>[0],
  { detail, headers = {} }: { readonly detail: string; readonly headers?: OutgoingHttpHeaders },
): void {
  const status = statusOf(code);
  const { message: title, retryable } = fail(code);
  const type = `urn:muster:error:${code}`;
  const instance = 'urn:muster:request:none';
  const body = JSON.stringify({ type, title, status, code, retryable, detail, instance });
  response.writeHead(status, {
    'content-type': 'application/problem+json',
    'content-length': Buffer.byteLength(body),
    ...bareHeaders,
    connection: 'close',
    ...headers,
  });
  response.end(body);
}
