// Turns what the database client throws into codes: gone for now, busy for now, or the statement's own fault.
import { isMusterError, type MusterError } from '@muster/protocol';
import { fail } from '../../errors.ts';

/**
 * `gone`: nothing gets through until the database is back · `busy`: this statement may work when repeated ·
 * `fault`: it will fail again.
 */
export type FailureKind = 'gone' | 'busy' | 'fault';

/** Codes of the client and of the sockets below it. */
const goneCodes = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAGAIN',
  '25006', // read-only: a cluster fails over
]);
/** SQLSTATE classes: 08 connection, 53 out of disk, memory or connections, 57P shutdown and recovery, 58 I/O error. */
const goneClasses = ['08', '53', '57P', '58'];
const busyCodes = new Set([
  '40001', // serialization failure
  '40P01', // deadlock
  '55P03', // lock not available
  '57014', // canceled, as by statement_timeout
]);

/** What kind of failure this is; anything that does not come from the database is a fault. */
export function classifyFailure(error: unknown): FailureKind {
  const ours = findOurs(error);
  if (ours !== undefined) return ours.code === 'E_UNAVAILABLE' ? 'gone' : 'fault';
  const code = codeOf(error);
  if (code === undefined) return 'fault';
  if (busyCodes.has(code)) return 'busy';
  const isGone =
    goneCodes.has(code) || goneClasses.some((start) => code.length === 5 && code.startsWith(start));
  return isGone ? 'gone' : 'fault';
}

/** True for a failure that passes without anybody changing the statement. */
export function isPassing(error: unknown): boolean {
  return classifyFailure(error) !== 'fault';
}

/** E_UNAVAILABLE for a passing failure of the database; anything else comes back as it was. */
export function mapDatabaseError(error: unknown): unknown {
  const ours = findOurs(error);
  if (ours !== undefined) return ours;
  if (!isPassing(error)) return error;
  return fail('E_UNAVAILABLE', { cause: error });
}

/** Runs a query and throws its failure mapped. */
export async function withMappedErrors<T>(work: () => PromiseLike<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw mapDatabaseError(error);
  }
}

/** True when a unique or exclusion constraint refused the row; with a name, that constraint. */
export function isConflict(error: unknown, constraint?: string): boolean {
  const found = withCode(error);
  if (found?.code !== '23505' && found?.code !== '23P01') return false;
  return constraint === undefined || ('constraint_name' in found && found.constraint_name === constraint);
}

/** SQLSTATE or system code of an error or of what caused it; drizzle wraps what the client threw. */
export function codeOf(error: unknown): string | undefined {
  return withCode(error)?.code;
}

/** What refused the query before it was sent; drizzle wraps that as well. */
function findOurs(error: unknown): MusterError | undefined {
  let current = error;
  for (let depth = 0; current instanceof Error && depth < 5; depth += 1) {
    if (isMusterError(current)) return current;
    current = current.cause;
  }
  return undefined;
}

function withCode(error: unknown): (Error & { code: string }) | undefined {
  let current = error;
  for (let depth = 0; current instanceof Error && depth < 5; depth += 1) {
    if (hasCode(current)) return current;
    // A connection to a name with several addresses fails with all their reasons.
    current = current instanceof AggregateError ? current.errors[0] : current.cause;
  }
  return undefined;
}

function hasCode(error: Error): error is Error & { code: string } {
  return 'code' in error && typeof error.code === 'string';
}
