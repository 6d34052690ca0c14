// What was thrown while a plan was made, in words: faults of the protocol have a sentence of their own.
import { isMusterError } from '@muster/protocol';
import { ApiError } from '../../api/client.ts';

/** Pure. */
export function toProblem(error: unknown): unknown {
  return isMusterError(error)
    ? new ApiError(0, { code: error.code, detail: error.message, retryable: false })
    : error;
}
