// The server's log: JSON lines, static messages, and no secret in them whatever an error carries along.
import { type DestinationStream, type Logger, pino } from 'pino';

export type { Logger };

/** Levels a configuration may name. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** What an error looks like in the log. */
interface LoggedError {
  type: string;
  message: string;
  code?: string;
  stack?: string;
  cause?: LoggedError;
}

const MAX_CAUSES = 4;
/** Fields that never reach the log, at the top and one level down. */
const secretFields = [
  'password',
  'pass',
  'token',
  'secret',
  'seed',
  'authorization',
  'cookie',
  'key',
  'databaseUrl',
];

/** Makes the log. Without a destination, lines go to standard output without a worker thread (it costs 11 MB). */
export function createLogger(options: { level: LogLevel; destination?: DestinationStream }): Logger {
  const settings = {
    level: options.level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: describeError, error: describeError },
    redact: { paths: secretFields.flatMap((field) => [field, `*.${field}`]), censor: '[redacted]' },
  };
  return options.destination ? pino(settings, options.destination) : pino(settings);
}

/** A log that says nothing. */
export const silentLog: Logger = pino({ level: 'silent' });

/**
 * An error in closed form. Database drivers hang query parameters onto their errors (drizzle even into the
 * message), so fields are picked one by one and never spread.
 */
function describeError(error: unknown, depth = 0): LoggedError {
  if (!(error instanceof Error))
    return { type: typeof error, message: 'something was thrown that is no error' };
  const isDrizzle = error.message.startsWith('Failed query:');
  const logged: LoggedError = {
    type: error.name,
    message: isDrizzle ? 'failed query' : error.message,
  };
  if ('code' in error && typeof error.code === 'string') logged.code = error.code;
  if (error.stack) logged.stack = isDrizzle ? framesOf(error.stack) : error.stack;
  if (error.cause !== undefined && depth < MAX_CAUSES) logged.cause = describeError(error.cause, depth + 1);
  return logged;
}

/** The stack without its message, which may span lines. */
function framesOf(stack: string): string {
  const first = stack.search(/^ {4}at /m);
  return first < 0 ? '' : stack.slice(first);
}
