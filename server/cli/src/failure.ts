// Turns what a command threw into one sentence with its code, and the exit code.
import { isMusterError, type MusterError } from '@muster/protocol';
import { CommanderError } from 'commander';
import { fail } from './errors.ts';
import { type ExitCode, exitCodeOf } from './exit-codes.ts';
import { safeText } from './output/safe-text.ts';

/** What is said, and how the process ends. */
export interface Failure {
  /** Lines for standard error; empty where something was said already. */
  readonly message: string;
  readonly exitCode: ExitCode;
}

/** System codes of node's TLS that mean: the other side may be anybody. */
const untrusted = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_SIGNATURE_FAILURE',
]);

/** What the system says, for a person. */
const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens at that address',
  ECONNRESET: 'the connection was cut',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'the host name could not be looked up',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that network',
  ETIMEDOUT: 'it did not answer in time',
  UND_ERR_CONNECT_TIMEOUT: 'it did not answer in time',
  UND_ERR_HEADERS_TIMEOUT: 'it did not answer in time',
  UND_ERR_SOCKET: 'the connection was cut',
  EPROTO: 'it does not speak TLS there',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS there',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS there',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet; check the clock of this computer',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
};

/** The system code nearest to the root of an error. */
export function systemCode(error: unknown): string | undefined {
  let code: string | undefined;
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    if ('code' in at && typeof at.code === 'string' && !isMusterError(at)) code = at.code;
    if (at instanceof AggregateError && code === undefined) code = systemCode(at.errors[0]);
  }
  return code;
}

/** What a person at a terminal can do about it, said as exactly as the system knows it. */
function explain(error: MusterError): MusterError {
  // What the server says about headers is for programs.
  if (error.code === 'E_SIGNED_OUT') return fail('E_SIGNED_OUT', { cause: error });
  if (error.code !== 'E_CONNECT') return error;
  const code = systemCode(error.cause);
  if (code === undefined) return error;
  if (untrusted.has(code)) return fail('E_UNTRUSTED', { cause: error });
  const reason = reasons[code];
  if (reason === undefined) return error;
  return fail('E_CONNECT', {
    cause: error,
    detail: `The server cannot be reached: ${reason}; check the address and that the server runs.`,
  });
}

/** What to say about an error. @throws whatever is not an expected failure */
export function describeFailure(error: unknown): Failure {
  // Commander has written its message, help or version itself.
  if (error instanceof CommanderError) return { message: '', exitCode: error.exitCode === 0 ? 0 : 2 };
  if (!isMusterError(error)) throw error;
  const known = explain(error);
  const lines = known.message.split('\n').map(safeText);
  const code = `(${safeText(known.code)})`;
  // Of an expression the caret comes last: nothing may stand behind it.
  const at = known.code === 'E_EXPRESSION' ? 0 : lines.length - 1;
  const said = lines.map((line, place) => (place === at ? `${line} ${code}` : line));
  return { message: `${said.join('\n')}\n`, exitCode: exitCodeOf(known.code) };
}

/** Commander's own complaint in our words: a sentence, the code, and where to read on. */
export function formatUsageError(text: string, path: string): string {
  const [first = '', ...more] = text
    .replace(/^error: /, '')
    .trim()
    .split('\n');
  const sentence = safeText(`${first.slice(0, 1).toUpperCase()}${first.slice(1)}`).replace(
    /([^.?!])$/,
    '$1.',
  );
  const hint = more.map((line) => ` ${safeText(line.replace(/^\((.*)\)$/, '$1'))}`).join('');
  return `${sentence}${hint} See ${path} --help. (E_USAGE)\n`;
}
